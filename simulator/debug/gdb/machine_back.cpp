// SPDX-License-Identifier: GPL-2.0-or-later
//
// Backwards. A stop before now is found by running earlier stretches again, the
// newest first, in which stops do not stop but are remembered.
#include <algorithm>
#include <array>

#include "simulator/debug/gdb/machine_target.hpp"
#include "simulator/debug/last_instruction.hpp"

namespace sim::debug::gdb {

using engine::Gpr;
using machine::Moment;
using machine::RunStop;

namespace {
constexpr std::uint64_t first_stretch = 4096, piece = 1'000'000;
constexpr unsigned most_handlers = 64;  // interrupts skipped in one step back
constexpr std::size_t most_events = 4096;
}  // namespace

// Short stretches first, for what is near; then from checkpoint to checkpoint.
Stop MachineTarget::go_back(std::function<bool()> const& cancelled) {
    Moment const now = machine_.moment();
    std::vector<Moment> starts = machine_.checkpoints().moments();
    for (std::uint64_t back = first_stretch; back < piece && back < now.retired; back *= 8)
        starts.push_back({now.retired - back, 0});
    std::sort(starts.begin(), starts.end());
    Moment until = now;
    std::vector<engine::VirtAddr> addresses;
    if (watches_.empty())
        for (StopPoint const& p : points_) addresses.push_back(p.address);
    for (std::size_t i = starts.size(); i-- > 0;) {
        Moment const from = starts[i];
        // What cannot contain a stop is not run again.
        if (watches_.empty()) until = std::min(until, machine_.checkpoints().without(addresses, until));
        if (from >= until) continue;
        go_to(from);
        see_watched();
        collecting_ = until;
        last_.reset();
        began_ = Moment::never();
        observation_.rewind();
        while (machine_.moment() < until && !cancelled()) {
            auto const r =
                machine_.run({.moment = std::min(until, Moment{machine_.moment().retired + piece, 0})});
            if (r.stop != RunStop::reached && r.stop != RunStop::interrupted) break;
        }
        collecting_.reset();
        if (cancelled()) {
            go_to(now);
            return stop(Stop::Cause::interrupted);
        }
        if (last_) {
            Hit const hit = *last_;
            go_to(hit.at);
            return stop_at(hit);
        }
        until = from;
    }
    go_to({});
    return stop(Stop::Cause::history_begin);
}

Stop MachineTarget::step_back() {
    if (machine_.moment().retired == 0) {
        go_to({});
        return stop(Stop::Cause::history_begin);
    }
    step_back_once();
    stopped_ = {machine_.moment(), stepping_};
    return stop(Stop::Cause::stepped);
}

// To before the instruction that was executed last; when that ended an
// interrupt's handler, to before the one that the interrupt followed.
void MachineTarget::step_back_once() {
    for (unsigned i = 0; i < most_handlers; ++i) {
        engine::Cpu const& cpu = machine_.cpu(stepping_);
        engine::CpuState const here = cpu.state();
        go_before_last();
        Moment const before = machine_.moment();
        std::array<std::uint8_t, 2> code{};
        bool const iretq =
            observation_.memory(stepping_).read(cpu.state().rip, code) && code[0] == 0x48 && code[1] == 0xcf;
        if (!iretq) return;
        auto const began = interruption_of(here, before);
        if (!began) return;
        go_to(*began);
        if (began->retired == 0) return;
    }
}

// To before the last instruction of the processor that steps; of the machine, when
// that one has executed none.
void MachineTarget::go_before_last() {
    std::uint64_t const now = machine_.moment().retired;
    auto const before = before_last_instruction(machine_, stepping_, [this](Moment at) {
        go_to(at);
        return true;
    });
    go_to(before.value_or(Moment{now > 0 ? now - 1 : 0, 0}));
}

// The delivery that interrupted a thread exactly here, before a moment.
std::optional<Moment> MachineTarget::interruption_of(engine::CpuState const& here, Moment before) {
    EventView const events = observation_.events().view();
    Moment at = before;
    for (std::size_t i = 0; i < most_events; ++i) {
        auto const n = events.previous(EventGroup::interrupts, at);
        if (!n) return std::nullopt;
        Event const& e = events.all[*n];
        at = e.at;
        if (e.kind != EventKind::interrupt || e.cpu != stepping_ || e.b != here.rip) continue;
        Moment const candidate{e.at.retired, 0};
        go_to(candidate);
        engine::CpuState const then = machine_.cpu(stepping_).state();
        if (then.rip == here.rip && then[Gpr::rsp] == here[Gpr::rsp]) return candidate;
        go_to(before);
        return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace sim::debug::gdb
