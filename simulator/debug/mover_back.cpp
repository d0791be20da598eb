// SPDX-License-Identifier: GPL-2.0-or-later
//
// Backward movement. What was before is found by running an earlier stretch
// again, longer ones until the answer is inside.
#include <fmt/format.h>

#include "simulator/debug/mover.hpp"

namespace sim::debug {

using machine::Moment;

namespace {
constexpr std::uint64_t first_window = 256, last_window = 1U << 20;
}

// Every instruction of the last `back` before `now`, oldest first. The machine
// stands at `now` afterwards.
std::vector<Mover::Sample> Mover::samples(std::uint64_t back, Moment now) {
    std::vector<Sample> taken;
    go_to({now.retired > back ? now.retired - back : 0, 0});
    observation_.ignore_stops(true);
    observation_.take_interrupts();
    while (machine_.moment().retired < now.retired) {
        engine::CpuState const cpu = machine_.cpu().state();
        Moment const at = machine_.moment();
        taken.push_back({at, cpu.rip, cpu[engine::Gpr::rbp], cpu[engine::Gpr::rsp], false});
        observation_.rewind();
        auto r = machine_.run({.moment = {at.retired + 1, 0}});
        while (r.stop == machine::RunStop::interrupted) r = machine_.run({.moment = {at.retired + 1, 0}});
        if (observation_.take_interrupts() != 0) taken.back().interrupted = true;
        if (machine_.moment().retired == at.retired) break;
    }
    observation_.ignore_stops(false);
    if (machine_.moment() != now) go_to(now);
    return taken;
}

// The beginning of this line, or of the line before when we stand at a beginning.
std::optional<Moment> Mover::earlier_line(bool over, std::function<bool()> const& cancelled) {
    Moment const now = machine_.moment();
    engine::CpuState const cpu = machine_.cpu().state();
    Function const* const function = symbols_->function_at(cpu.rip);
    for (std::uint64_t window = first_window; window <= last_window && !cancelled(); window *= 8) {
        std::vector<Sample> const before = samples(window, now);
        std::optional<SourceLine> line;  // the one whose beginning we look for
        std::optional<Moment> begin;
        bool first = true;
        for (std::size_t i = before.size(); i-- > 0;) {
            Sample const& s = before[i];
            auto const here = symbols_->line_at(s.rip);
            if (!here) continue;
            // Stepping over: only instructions of this very frame count.
            if (over && function &&
                (symbols_->function_at(s.rip) != function || s.rsp + 8 < cpu[engine::Gpr::rsp]))
                continue;
            if (first) {
                line = here;
                first = false;
            }
            if (*here != *line) return begin;
            begin = s.at;
        }
        if (begin && window >= now.retired) return begin;  // the run begins inside this line
        if (window >= now.retired) break;
    }
    return std::nullopt;
}

// Where this function was called from: the last time that its call was executed
// on this very stack.
std::optional<Moment> Mover::call_site(std::function<bool()> const& cancelled) {
    auto const call = call_of_this_function();
    if (!call) return counted_call_site(cancelled);
    observation_.set_temporary(Observation::Temporary{call->address, call->stack_pointer});
    auto const hit = earlier_hit(Observation::Collect::temporary, cancelled);
    observation_.set_temporary({});
    return hit;
}

// The same where frames cannot be trusted: calls and returns are counted.
std::optional<Moment> Mover::counted_call_site(std::function<bool()> const& cancelled) {
    Moment const now = machine_.moment();
    for (std::uint64_t window = first_window; window <= last_window && !cancelled(); window *= 8) {
        std::vector<Sample> const before = samples(window, now);
        GuestMemory const memory = observation_.memory();
        CodeMode const mode = code_mode(machine_.cpu().state());
        long depth = 0;
        for (std::size_t i = before.size(); i-- > 0;) {
            if (before[i].interrupted && --depth < 0) return before[i].at;
            std::array<std::uint8_t, 15> bytes{};
            std::size_t const n = memory.read_some(before[i].rip, bytes);
            Instruction const instruction = disassembler_.one(before[i].rip, std::span(bytes).first(n), mode);
            if (instruction.returns && !before[i].interrupted) ++depth;
            if (instruction.call && !before[i].interrupted && --depth < 0) return before[i].at;
        }
        if (window >= now.retired) break;
    }
    return std::nullopt;
}

// The last stop before now: forward from each checkpoint, newest first, where
// stops do not stop but are remembered.
std::optional<Moment> Mover::earlier_hit(Observation::Collect what, std::function<bool()> const& cancelled) {
    Moment const now = machine_.moment();
    std::vector<Moment> const starts = machine_.checkpoints().moments();
    Moment until = now;
    for (std::size_t i = starts.size(); i-- > 0;) {
        if (starts[i] >= until) continue;
        if (cancelled()) {
            go_to(now);
            finish("cancelled");
            return std::nullopt;
        }
        go_to(starts[i]);
        observation_.collect_hits(what);
        observation_.begin_at(Moment::never());
        observation_.rewind();
        while (machine_.run({.moment = until}).stop == machine::RunStop::interrupted) {
        }
        auto const hit = observation_.last_hit();
        observation_.collect_hits(Observation::Collect::nothing);
        if (hit && *hit < now) return hit;
        until = starts[i];
    }
    return std::nullopt;
}

void Mover::step_backward(std::function<bool()> const& cancelled) {
    while (goal_ == Goal::step && steps_left_ > 0) {
        Moment const now = machine_.moment();
        if (now == Moment{}) return finish("this is the beginning");
        std::optional<Moment> to;
        EventView const events = observation_.events().view();
        auto earlier = [&](EventGroup g) {
            auto const n = events.previous(g, now);
            return n ? std::optional(events.all[*n].at) : std::nullopt;
        };
        switch (step_.unit) {
            case StepUnit::instruction:
                to = now.sub > 0 ? Moment{now.retired, now.sub - 1} : Moment{now.retired - 1, 0};
                break;
            case StepUnit::line:
            case StepUnit::line_over:
                to = symbols_->has_debug_info() ? earlier_line(step_.unit == StepUnit::line_over, cancelled)
                                                : Moment{now.retired - (now.retired > 0), 0};
                if (!to && step_.unit == StepUnit::line_over) to = earlier_line(false, cancelled);
                break;
            case StepUnit::function:
                to = call_site(cancelled);
                break;
            case StepUnit::interrupt: {
                to = earlier(EventGroup::interrupts);
                auto const fault = earlier(EventGroup::faults);
                if (fault && (!to || *fault > *to)) to = fault;
                break;
            }
            case StepUnit::packet:
                to = earlier(EventGroup::packets);
                break;
            case StepUnit::context_switch:
                to = earlier(EventGroup::switches);
                break;
        }
        if (cancelled() && !to) {
            go_to(now);
            return finish("cancelled");
        }
        if (!to) {
            go_to(now);
            return finish(fmt::format("no earlier {}", name_of(step_.unit)));
        }
        go_to(*to);
        if (--steps_left_ == 0) return finish();
        if (time_is_up()) return;
    }
}

}  // namespace sim::debug
