// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/disturbance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

#include "simulator/machine/interrupt_fault.hpp"

namespace sim::explore {

using Kind = Disturbance::Kind;

namespace {

// The order of time; of one time some order that is always the same.
auto key(Happening const& one) {
    return std::tie(one.at_ns, one.machine, one.processor, one.kind, one.vector, one.number);
}

links::WorldInput frame_fault(Disturbance const& one, std::uint64_t warm_ns) {
    using Action = links::FaultLine::Action;
    links::FaultLine line;
    line.action = one.kind == Kind::drop    ? Action::drop
                  : one.kind == Kind::delay ? Action::delay
                                            : Action::duplicate;
    line.number = one.of.number;
    line.delay_ns = one.kind == Kind::delay ? one.ns : 0;
    std::string const text = to_string(line);
    return {warm_ns, links::fault_target, "", machine::InputKind::device_fault, {text.begin(), text.end()}};
}

}  // namespace

std::string describe(Disturbance const& one) {
    std::string const who =
        one.of.machine + (one.of.processor ? fmt::format("'s processor {}", one.of.processor) : "");
    std::string const interrupt =
        fmt::format("interrupt {:#x} of {}, number {},", one.of.vector, who, one.of.number);
    switch (one.kind) {
        case Kind::delay:
            return fmt::format("frame {} comes {} late", one.of.number, machine::duration_text(one.ns));
        case Kind::drop:
            return fmt::format("frame {} is lost", one.of.number);
        case Kind::duplicate:
            return fmt::format("frame {} comes twice", one.of.number);
        case Kind::late:
            return fmt::format("{} comes {} late", interrupt, machine::duration_text(one.ns));
        case Kind::lose:
            return fmt::format("{} is lost", interrupt);
        case Kind::spurious:
            return fmt::format("interrupt {:#x} of {} comes at {:.6f} ms, unasked", one.of.vector, who,
                               static_cast<double>(one.at_ns) / 1e6);
        case Kind::preempt:
            return fmt::format("{} loses {} at its step {}", who, machine::duration_text(one.ns),
                               one.of.number);
    }
    return "?";
}

std::vector<links::WorldInput> inputs_of(std::vector<Disturbance> const& all, std::uint64_t warm_ns) {
    std::vector<links::WorldInput> inputs;
    for (Disturbance const& one : all) {
        Happening const& of = one.of;
        auto const arrives = [&](std::uint64_t at_ns, machine::Arrival arrival) {
            inputs.push_back(
                {at_ns, of.machine, std::move(arrival.target), arrival.kind, std::move(arrival.bytes)});
        };
        switch (one.kind) {
            case Kind::late:
                arrives(warm_ns, machine::late_interrupt(of.processor, of.vector, of.number, one.ns));
                break;
            case Kind::lose:
                arrives(warm_ns, machine::lost_interrupt(of.processor, of.vector, of.number));
                break;
            case Kind::spurious:
                arrives(one.at_ns, machine::spurious_interrupt(of.processor, of.vector));
                break;
            case Kind::preempt:
                arrives(of.at_ns, machine::stall_of(one.ns));
                break;
            default:
                inputs.push_back(frame_fault(one, warm_ns));
        }
    }
    std::stable_sort(inputs.begin(), inputs.end(),
                     [](auto const& a, auto const& b) { return a.at_ns < b.at_ns; });
    return inputs;
}

std::vector<machine::Input> disturbances_in(std::vector<machine::Input> const& life,
                                            links::WorldLog const& log, std::string const& machine) {
    std::vector<machine::Input> result;
    auto next = life.begin();
    for (links::WorldInput const& input : log.inputs) {
        if (input.target != machine) continue;
        auto const found = std::find_if(next, life.end(), [&](machine::Input const& one) {
            return one.kind == input.kind && one.target == input.device && one.bytes == input.bytes;
        });
        if (found == life.end()) continue;  // it had ended
        next = std::next(found);
        if (!input.moment) result.push_back(*found);
    }
    return result;
}

std::vector<Disturbance> choices_after(std::vector<Disturbance> const& disturbances,
                                       std::vector<Happening> const& happenings,
                                       DisturbanceBounds const& bounds, std::uint64_t warm_ns) {
    unsigned frames = 0, interrupts = 0, preemptions = 0;
    std::optional<Happening> last;
    for (Disturbance const& one : disturbances) {
        ++(one.kind == Kind::preempt               ? preemptions
           : one.of.kind == Happening::Kind::frame ? frames
                                                   : interrupts);
        Happening here = one.of;
        if (one.kind == Kind::spurious) here.at_ns = one.at_ns;
        if (!last || key(*last) < key(here)) last = here;
    }
    std::uint64_t const after_ns = last ? last->at_ns : 0;
    std::vector<Disturbance> choices;
    std::uint64_t last_ns = warm_ns;
    for (Happening const& one : happenings) {
        std::uint64_t const before_ns = std::exchange(last_ns, one.at_ns);
        if (last && !(key(*last) < key(one))) continue;
        switch (one.kind) {
            case Happening::Kind::frame:
                if (frames >= bounds.frames) break;
                choices.push_back({Kind::delay, one, bounds.frame_delay_ns});
                choices.push_back({Kind::drop, one});
                choices.push_back({Kind::duplicate, one});
                break;
            case Happening::Kind::interrupt:
                if (interrupts >= bounds.interrupts) break;
                choices.push_back({Kind::late, one, bounds.late_ns});
                choices.push_back({Kind::lose, one});
                // As if it came early, between what was before and its own time.
                choices.push_back(
                    {Kind::spurious, one, 0,
                     std::max(after_ns + 1, before_ns + (one.at_ns - std::min(before_ns, one.at_ns)) / 2)});
                break;
            case Happening::Kind::step:
                if (preemptions < bounds.preemptions)
                    choices.push_back({Kind::preempt, one, bounds.stall_ns});
        }
    }
    return choices;
}

}  // namespace sim::explore
