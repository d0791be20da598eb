// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/spin_check.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "simulator/explore/code_at.hpp"

namespace sim::explore {

using machine::Machine;
using machine::Moment;
using machine::RunStop;

namespace {

constexpr std::uint64_t interrupt_flag = 1u << 9;

bool runs(Machine const& machine, unsigned cpu) {
    return !machine.waits_for_start_up(cpu) && !machine.cpu(cpu).asleep();
}

// What has a memory operand may address a device: only jumps and pauses are
// surely plain. IN, OUT and two-byte instructions, among which RDTSC, RDMSR and
// CPUID are, are not.
bool is_plain(Machine const& machine, unsigned cpu, std::uint64_t rip) {
    auto const code = code_at(machine, cpu, rip);
    std::uint8_t const first = code.empty() ? 0 : code[0];
    bool const pause = first == 0xF3 && code.size() > 1 && code[1] == 0x90;
    return (first >= 0x70 && first <= 0x7F) || first == 0xEB || first == 0xE9 || first == 0x90 || pause ||
           first == 0xFA;
}

}  // namespace

// Do the registers of every processor that runs come back, with no memory
// written in between? Then each goes round for ever, whoever's turn it is. Runs
// the machine on: a run may stop anywhere without the guest's knowing.
bool SpinCheck::repeats(Machine& machine) {
    struct Writes final : engine::Observer {
        bool written = false, accessed = false;
        bool on_memory(engine::Access access, engine::PhysAddr, unsigned, std::uint64_t) override {
            accessed = true;
            if (access == engine::Access::write) written = true;
            return false;
        }
    } writes;
    std::vector<engine::Cpu::MemoryRange> ranges;
    for (auto const& region : machine.memory().regions())
        ranges.push_back({region.start, region.bytes.size(), true, true});
    unsigned const count_of = machine.processors();
    std::vector<engine::CpuState> before;
    std::set<unsigned> open;  // have not come back yet
    for (unsigned i = 0; i < count_of; ++i) {
        before.push_back(machine.cpu(i).state());
        if (runs(machine, i)) open.insert(i);
        machine.cpu(i).set_observer(&writes);
        machine.cpu(i).set_watched_memory(ranges);
    }
    processor_ = *open.begin();
    several_ = open.size() > 1;
    std::uint64_t const start = machine.moment().retired;
    // Several take turns: each needs its own.
    std::uint64_t const longest =
        longest_period + (count_of > 1 ? (count_of + 1) * machine.config().quantum : 0);
    bool plain = true;  // no instruction that reads a device or the clock
    std::vector<std::uint64_t> retired(count_of);
    for (std::uint64_t count = 1; count <= longest && !writes.written && !open.empty(); ++count) {
        for (unsigned i = 0; i < count_of; ++i) retired[i] = machine.cpu(i).retired();
        auto const result = machine.run({.moment = {start + count, 0}});
        if (result.stop != RunStop::reached || machine.moment().retired != start + count) break;
        for (unsigned i = 0; i < count_of; ++i) {
            if (machine.cpu(i).retired() == retired[i]) continue;
            engine::CpuState const now = machine.cpu(i).state();
            if (open.contains(i)) plain &= is_plain(machine, i, now.rip);
            if (now == before[i]) open.erase(i);
        }
        period_ = count;
    }
    for (unsigned i = 0; i < count_of; ++i) {
        machine.cpu(i).set_watched_memory({});
        machine.cpu(i).set_observer(nullptr);
    }
    bool const back = open.empty() && !writes.written;
    proven_ = back && plain && !writes.accessed;
    return back;
}

SpinCheck::SpinCheck(Machine& machine, SpinBounds bounds) : machine_(machine), bounds_(bounds) {
    machine.add_access_observer(*this);
}

SpinCheck::~SpinCheck() { machine_.remove_access_observer(*this); }

void SpinCheck::on_access(Machine& machine, machine::Access const&) { touched_ = machine.moment(); }

// Who waits for a time looks at the clock, and will see it.
void SpinCheck::on_clock_read(Machine& machine) { touched_ = machine.moment(); }

void SpinCheck::heard_interrupts() {
    suspicious_ = 0;
    since_.reset();
    deaf_since_.reset();
}

// Can an interrupt change what this processor does? One that waits to be
// started, or sleeps with interrupts off or with no timer armed, can only be
// called by another one, or from outside.
bool SpinCheck::deaf(Machine const& machine, unsigned cpu) const {
    if (machine.waits_for_start_up(cpu)) return true;
    if (!bounds_.host && machine.cpu(cpu).asleep() && machine.events().events().empty()) return true;
    return !(machine.cpu(cpu).state().rflags & interrupt_flag);
}

// Its registers or its memory change, so nothing is proven; but who computes for
// so long with interrupts off, and tells nobody, will hardly come back.
bool SpinCheck::silent(std::uint64_t now) {
    if (!deaf_since_) deaf_since_ = now;
    std::uint64_t const touched = touched_ ? touched_->retired : 0;
    return !bounds_.host && now - std::max(*deaf_since_, touched) >= bounds_.silent;
}

bool SpinCheck::spins(Machine& machine) {
    bool suspicious = !machine.ended(), running = false;
    for (unsigned i = 0; i < machine.processors(); ++i) {
        suspicious &= deaf(machine, i);
        running |= runs(machine, i);
    }
    if (!suspicious || !running) {
        heard_interrupts();
        return false;
    }
    std::uint64_t const now = machine.moment().retired;
    if (silent(now)) {
        // One that only reads is told as the loop that it is.
        if (repeats(machine)) return true;
        silent_since_ = touched_ ? Moment{touched_->retired + 1, 0} : Moment{};
        return true;
    }
    // Look at the 1st, 2nd, 4th, 8th ... suspicion in a row.
    ++suspicious_;
    if ((suspicious_ & (suspicious_ - 1)) != 0 && !since_) return false;
    if (!since_ || now - *since_ >= bounds_.repeating || suspicious_ % 64 == 0) {
        if (!repeats(machine)) {
            since_.reset();
            return false;
        }
        if (proven_) return true;
        if (!since_) since_ = now;
        return !bounds_.host && now - *since_ >= bounds_.repeating;
    }
    return false;
}

}  // namespace sim::explore
