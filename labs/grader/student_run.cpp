// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/student_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "labs/grader/exam.hpp"
#include "simulator/board/pc.hpp"
#include "simulator/debug/probes.hpp"
#include "simulator/debug/registers.hpp"
#include "simulator/recording/images.hpp"
#include "simulator/recording/sha256.hpp"

namespace lab {
namespace {

using sim::machine::Moment;
using sim::machine::RunLimit;
using sim::machine::RunStop;

sim::machine::MachineConfig configuration(std::filesystem::path const& elf, Stage const& stage) {
    sim::machine::MachineConfig config;
    config.image = sim::recording::read_blob(elf);
    config.command_line = stage.command_line;
    config.memory_bytes = stage.memory_bytes;
    if (!stage.module.empty()) {
        auto bytes = std::make_shared<std::vector<std::uint8_t> const>(stage.module);
        config.initrd = {.name = "module", .sha256 = sim::recording::sha256(*bytes), .bytes = bytes};
    }
    return config;
}

}  // namespace

StudentRun::StudentRun(std::filesystem::path const& elf, Stage stage) : elf_(elf), stage_(std::move(stage)) {
    auto config = configuration(elf, stage_);
    symbols_ = sim::debug::Symbols::from_bytes(*config.image.bytes);
    probes_ = sim::debug::read_probes(*config.image.bytes);
    machine_ = sim::board::make_pc(std::move(config));
    machine_->cpu().set_observer(this);
}

StudentRun::~StudentRun() { machine_->cpu().set_observer(nullptr); }

RunLimit StudentRun::limit() const {
    return {.moment = {stage_.budget_instructions, 0}, .virtual_ns = stage_.budget_ns};
}

std::vector<sim::engine::VirtAddr> StudentRun::probes_in(std::string const& function,
                                                         std::string const& name) const {
    auto const& all = symbols_->functions();
    auto const is_it = [&](auto const& one) { return one.name == function; };
    auto const found = std::find_if(all.begin(), all.end(), is_it);
    if (std::count_if(all.begin(), all.end(), is_it) != 1)
        throw KernelError(fmt::format("the kernel has not one function {}, but none or several", function));
    std::vector<sim::engine::VirtAddr> places;
    for (auto const& probe : probes_)
        if (probe.name == name && probe.address >= found->low && probe.address < found->high)
            places.push_back(probe.address);
    return places;
}

bool StudentRun::run_to_probe(std::string const& name, std::string const& function) {
    std::vector<sim::engine::VirtAddr> stop_at;  // a probe may stand in several places
    if (!function.empty()) stop_at = probes_in(function, name);
    for (auto const& probe : probes_)
        if (function.empty() && probe.name == name) stop_at.push_back(probe.address);
    if (stop_at.empty()) return false;
    machine_->cpu().set_watched_addresses(stop_at);
    result_ = machine_->run(limit());
    machine_->cpu().set_watched_addresses({});
    return result_.stop == RunStop::observer;
}

bool StudentRun::run_to_address(std::uint64_t address) {
    std::array<sim::engine::VirtAddr, 1> const stop_at = {address};
    machine_->cpu().set_watched_addresses(stop_at);
    result_ = machine_->run(limit());
    machine_->cpu().set_watched_addresses({});
    return result_.stop == RunStop::observer;
}

sim::machine::RunResult StudentRun::run_to_end() { return result_ = machine_->run(limit()); }

bool StudentRun::exited_with(unsigned status) const {
    return result_.stop == RunStop::exited && result_.status == status;
}

bool StudentRun::out_of_instructions() const {
    return machine_->moment().retired >= stage_.budget_instructions;
}

std::string StudentRun::ended() const {
    switch (result_.stop) {
        case RunStop::exited:
            return panicked() ? "the kernel panicked"
                              : fmt::format("the kernel exited with status {}", result_.status);
        case RunStop::shutdown:
            return "the processor gave up (triple fault)" + story_of_exceptions();
        case RunStop::halted:
            return "the processor halted and nothing could wake it";
        default:
            return out_of_instructions()
                       ? fmt::format("it was not done after {} instructions", stage_.budget_instructions)
                       : fmt::format("nothing for {} s of the machine's time",
                                     stage_.budget_ns / 1'000'000'000);
    }
}

std::string StudentRun::cause_of_end() const {
    switch (result_.stop) {
        case RunStop::exited:
            return panicked()
                       ? "the console view has the panic's words; an assertion names its line, an exception "
                         "its address."
                       : "something ended the kernel before its time: the console view has its last words.";
        case RunStop::shutdown:
            return "the first exception is the cause, the others followed: an address that is not mapped, or "
                   "a stack that is none.";
        case RunStop::halted:
            return "HLT with interrupts off, or a wait for what never comes.";
        default:
            return out_of_instructions()
                       ? "a loop whose condition never becomes false, in the function that is named or in a "
                         "caller."
                       : "it slept: HLT until an interrupt that nobody acts on, or a wait for what never "
                         "comes.";
    }
}

std::uint64_t StudentRun::address_of(std::string const& symbol) const {
    if (auto const found = symbols_->address_of_symbol(symbol)) return *found;
    throw KernelError(fmt::format("the kernel has no symbol {}", symbol));
}

sim::debug::PhysicalReader StudentRun::physical() const {
    return [this](std::uint64_t address) -> std::optional<std::uint64_t> {
        std::array<std::uint8_t, 8> bytes;
        if (!machine_->peek(address, bytes)) return {};
        std::uint64_t value;
        std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    };
}

std::optional<std::vector<std::uint8_t>> StudentRun::read(std::uint64_t address, std::uint64_t length) const {
    std::vector<std::uint8_t> bytes(length);
    std::uint64_t done = 0;
    while (done < length) {
        auto const walk = machine_->cpu().walk(address + done, sim::engine::Access::read, false);
        if (!walk.present) return {};
        std::uint64_t const piece = std::min(length - done, 4096 - ((address + done) & 4095));
        if (!machine_->peek(walk.physical, std::span(bytes).subspan(done, piece))) return {};
        done += piece;
    }
    return bytes;
}

std::optional<std::uint64_t> StudentRun::read_word(std::uint64_t address) const {
    auto const bytes = read(address, 8);
    if (!bytes) return {};
    std::uint64_t word;
    std::memcpy(&word, bytes->data(), sizeof word);
    return word;
}

std::string StudentRun::location() const {
    std::uint64_t const rip = machine_->cpu().state().rip;
    std::string text = symbols_->describe(rip);
    if (auto line = symbols_->line_at(rip)) text += ", " + symbols_->describe(*line);
    return text;
}

std::vector<std::string> StudentRun::callers(std::size_t most) const {
    // The chain of saved frame pointers; the kernel keeps them everywhere.
    std::vector<std::string> names;
    std::uint64_t frame = machine_->cpu().state()[sim::engine::Gpr::rbp];
    while (names.size() < most) {
        auto const bytes = read(frame, 16);
        if (!bytes) break;
        std::uint64_t next, back;
        std::memcpy(&next, bytes->data(), 8);
        std::memcpy(&back, bytes->data() + 8, 8);
        auto const* function = symbols_->function_at(back);
        if (!function) break;
        names.push_back(function->name);
        if (next <= frame) break;
        frame = next;
    }
    return names;
}

std::string StudentRun::whereabouts() const {
    std::string text = "in " + location();
    for (auto const& caller : callers()) text += "\n<- " + caller;
    return text;
}

std::optional<Moment> StudentRun::first_write(std::uint64_t physical,
                                              std::function<bool(std::uint64_t)> holds) {
    Moment const end = machine_->moment();
    machine_->seek(Moment{});
    std::array<sim::engine::Cpu::MemoryRange, 1> const range = {
        sim::engine::Cpu::MemoryRange{.start = physical, .length = 8, .read = false, .write = true}};
    machine_->cpu().set_watched_memory(range);
    std::optional<Moment> found;
    while (!found && machine_->moment() < end) {
        auto const result = machine_->run(RunLimit{.moment = end});
        if (result.stop != RunStop::observer) break;
        auto const entry = this->physical()(physical);
        if (entry && holds(*entry)) found = machine_->moment();
    }
    machine_->cpu().set_watched_memory({});
    return found;
}

Moment StudentRun::first_use_of_tables(std::uint64_t root, Moment end) {
    // The kernel loads its tables once, so halving finds the moment.
    std::uint64_t before = 0, after = end.retired;  // not yet; in use
    while (after - before > 1) {
        std::uint64_t const middle = before + (after - before) / 2;
        machine_->seek(Moment{middle, 0});
        bool const used = sim::debug::paging_of(machine_->cpu().state()).root == root;
        (used ? after : before) = middle;
    }
    machine_->seek(Moment{after, 0});
    return machine_->moment();
}

void StudentRun::on_interrupt(std::uint8_t vector, bool external, std::uint32_t error_code,
                              sim::engine::VirtAddr address) {
    constexpr std::size_t most = 4;
    if (external || vector >= 32) return;
    Moment const now = machine_->moment();
    if (!exceptions_.empty() && exceptions_.back().at != now) exceptions_.clear();
    if (exceptions_.size() < most)
        exceptions_.push_back({now, vector, error_code, address, machine_->cpu().state().rip});
}

std::string StudentRun::story_of_exceptions() const {
    std::string text;
    for (auto const& one : exceptions_) {
        text += text.empty() ? ": first " : ", then ";
        text += sim::debug::exception_name(one.vector);
        if (one.vector == 14)
            text +=
                fmt::format(" at {:#x} ({})", one.address, sim::debug::explain_page_fault(one.error_code));
        if (&one == &exceptions_.front()) text += " in " + symbols_->describe(one.rip);
    }
    return text;
}

bool StudentRun::on_address(sim::engine::VirtAddr) { return true; }

bool StudentRun::on_memory(sim::engine::Access, sim::engine::PhysAddr, unsigned, std::uint64_t) {
    return true;
}

}  // namespace lab
