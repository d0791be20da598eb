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

// What an exception is likely to come from; its place is told elsewhere.
char const* cause_of_exception(std::uint8_t vector) {
    switch (vector) {
        case 0:
            return "a division by zero, or one whose result is too large, in the line that is named.";
        case 6:
            return "no instruction stands there: a jump or a return to a wrong address, or a function that "
                   "returns nothing.";
        case 12:
        case 13:
            return "an address that is not canonical, as sums of numbers that are none make it, or a value "
                   "that a special register refuses.";
        case 14:
            return "the address is that of a null pointer or of nothing that is mapped, or its page forbids "
                   "the access. How is it made in the line that is named?";
        default:
            return "the instruction that is named; the console view has all registers.";
    }
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
        if (probe.name == name && symbols_->whole_at(probe.address) == &*found)
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
            if (!panicked()) return fmt::format("the kernel exited with status {}", result_.status);
            switch (blame().panic) {
                case Panic::exception:
                    return "the kernel panicked" + story_of_exceptions();
                case Panic::assertion:
                    return "the kernel panicked: an assertion does not hold";
                default:
                    return "the kernel panicked";
            }
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
            if (!panicked())
                return "something ended the kernel before its time: the console view has its last words.";
            switch (blame().panic) {
                case Panic::exception:
                    return cause_of_exception(exceptions_.front().vector);
                case Panic::assertion:
                    return "what the ASSERT of this line asks for is not so; the console view has its words.";
                default:
                    return "the console view has the panic's words.";
            }
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

std::string StudentRun::location_of(std::uint64_t address) const {
    std::string text = symbols_->describe(address);
    if (auto line = symbols_->line_at(address)) text += ", " + symbols_->describe(*line);
    return text;
}

std::string StudentRun::location() const { return location_of(machine_->cpu().state().rip); }

std::vector<std::uint64_t> StudentRun::calls(std::size_t most) const {
    // The chain of saved frame pointers; the kernel keeps them everywhere.
    std::vector<std::uint64_t> places;
    std::uint64_t frame = machine_->cpu().state()[sim::engine::Gpr::rbp];
    while (places.size() < most) {
        auto const bytes = read(frame, 16);
        if (!bytes) break;
        std::uint64_t next, back;
        std::memcpy(&next, bytes->data(), 8);
        std::memcpy(&back, bytes->data() + 8, 8);
        // A function that does not return may end with the call.
        if (!symbols_->function_at(back - 1)) break;
        places.push_back(back - 1);
        if (next <= frame) break;
        frame = next;
    }
    return places;
}

std::vector<std::string> StudentRun::callers(std::size_t most) const {
    std::vector<std::string> names;
    for (auto const place : calls(most)) names.push_back(symbols_->whole_at(place)->name);
    return names;
}

StudentRun::Blame StudentRun::blame() const {
    constexpr std::size_t deep = 16;
    // On the way from whoever is to blame to the end of the panic.
    constexpr std::string_view ways[] = {
        "base::panic",        "base::assertion_failed", "arch::unhandled_exception",
        "arch::on_exception", "on_exception",           "trap_dispatch",
        "common_stub"};
    Blame blame{.panic = panicked() ? Panic::words : Panic::none, .places = {machine_->cpu().state().rip}};
    for (auto const place : calls(deep)) blame.places.push_back(place);
    if (blame.panic == Panic::none) return blame;
    std::size_t first = 0;
    for (std::size_t i = 0; i < blame.places.size(); ++i) {
        auto const* function = symbols_->whole_at(blame.places[i]);
        if (!function || std::find(std::begin(ways), std::end(ways), function->name) == std::end(ways))
            continue;
        first = i + 1;
        if (function->name == "base::assertion_failed") blame.panic = Panic::assertion;
        if (function->name == "arch::unhandled_exception" && !exceptions_.empty())
            blame.panic = Panic::exception;
        if (blame.panic == Panic::assertion) break;
    }
    if (first == 0) return blame;
    blame.places.erase(blame.places.begin(), blame.places.begin() + static_cast<std::ptrdiff_t>(first));
    if (blame.panic == Panic::exception) blame.places.insert(blame.places.begin(), exceptions_.front().rip);
    return blame;
}

Moment StudentRun::moment_of_end() const {
    bool const exception = result_.stop == RunStop::shutdown || blame().panic == Panic::exception;
    return exception && !exceptions_.empty() ? exceptions_.front().at : machine_->moment();
}

std::string StudentRun::whereabouts() const {
    constexpr std::size_t most = 4;
    auto const places = blame().places;
    if (places.empty()) return "in " + location();
    std::string text = "in ";
    for (std::size_t i = 0; i < places.size() && i < most; ++i)
        text += i == 0 ? location_of(places[i]) : " <- " + symbols_->whole_at(places[i])->name;
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
        text += !text.empty() ? ", then " : panicked() ? ": " : ": first ";
        text += sim::debug::exception_name(one.vector);
        if (one.vector == 14)
            text +=
                fmt::format(" at {:#x} ({})", one.address, sim::debug::explain_page_fault(one.error_code));
        if (&one == &exceptions_.front() && !panicked()) text += " in " + location_of(one.rip);
    }
    return text;
}

bool StudentRun::on_address(sim::engine::VirtAddr) { return true; }

bool StudentRun::on_memory(sim::engine::Access, sim::engine::PhysAddr, unsigned, std::uint64_t) {
    return true;
}

}  // namespace lab
