// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/student_run.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "simulator/board/pc.hpp"
#include "simulator/debug/probes.hpp"
#include "simulator/recording/images.hpp"

namespace lab {
namespace {

using sim::machine::Moment;
using sim::machine::RunLimit;
using sim::machine::RunStop;

// A kernel that is not ready by then never will be. The machine has no network
// here: the server waits 30 s for an address, asleep, and then listens anyway.
constexpr std::uint64_t patience_ns = 40'000'000'000;
constexpr std::uint64_t patience_instructions = 500'000'000;
constexpr unsigned panic_status = 101;

sim::machine::MachineConfig configuration(std::filesystem::path const& elf) {
    sim::machine::MachineConfig config;
    config.image = sim::recording::read_blob(elf);
    return config;
}

}  // namespace

StudentRun::StudentRun(std::filesystem::path const& elf) : elf_(elf) {
    auto config = configuration(elf);
    symbols_ = sim::debug::Symbols::from_bytes(*config.image.bytes);
    for (auto const& probe : sim::debug::read_probes(*config.image.bytes))
        if (probe.name == "app_ready") ready_address_ = probe.address;
    machine_ = sim::board::make_pc(std::move(config));
    machine_->cpu().set_observer(this);
}

StudentRun::~StudentRun() { machine_->cpu().set_observer(nullptr); }

bool StudentRun::run_to_ready() {
    if (!ready_address_) return false;
    std::array<sim::engine::VirtAddr, 1> const stop_at = {*ready_address_};
    machine_->cpu().set_watched_addresses(stop_at);
    result_ = machine_->run(RunLimit{.moment = {patience_instructions, 0}, .virtual_ns = patience_ns});
    machine_->cpu().set_watched_addresses({});
    return result_.stop == RunStop::observer;
}

std::string StudentRun::ended() const {
    switch (result_.stop) {
        case RunStop::exited:
            return result_.status == panic_status ? "the kernel panicked"
                                                  : fmt::format("the kernel exited with status {}", result_.status);
        case RunStop::shutdown: return "the processor gave up (triple fault)";
        case RunStop::halted: return "the processor halted and nothing could wake it";
        default: return fmt::format("nothing for {} s of the machine's time", patience_ns / 1'000'000'000);
    }
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

std::string StudentRun::location() const {
    std::uint64_t const rip = machine_->cpu().state().rip;
    std::string text = symbols_->describe(rip);
    if (auto line = symbols_->line_at(rip)) text += ", " + symbols_->describe(*line);
    return text;
}

std::vector<std::string> StudentRun::callers() const {
    // The chain of saved frame pointers; the kernel keeps them everywhere.
    std::vector<std::string> names;
    std::uint64_t frame = machine_->cpu().state()[sim::engine::Gpr::rbp];
    while (names.size() < 3) {
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

std::optional<Moment> StudentRun::first_write(std::uint64_t physical, std::function<bool(std::uint64_t)> holds) {
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

bool StudentRun::on_address(sim::engine::VirtAddr) { return true; }

bool StudentRun::on_memory(sim::engine::Access, sim::engine::PhysAddr, unsigned, std::uint64_t) { return true; }

}  // namespace lab
