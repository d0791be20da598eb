// SPDX-License-Identifier: GPL-2.0-or-later
//
// Steps to interrupts, packets and switches. The index of events knows the newest
// million; what it has forgotten is lived again.
#include <algorithm>

#include "simulator/debug/mover.hpp"

namespace sim::debug {

using machine::Moment;

namespace {

// The nearest of a group strictly before or after a moment. Page faults are
// interrupts, too, for a person who steps.
std::optional<Event> nearest(EventView const& events, EventGroup group, Moment from, Direction direction) {
    std::optional<Event> found;
    auto const consider = [&](EventGroup g) {
        bool const back = direction == Direction::backward;
        auto const n = back ? events.previous(g, from) : events.next(g, from);
        if (!n) return;
        Event const& e = events.all[*n];
        if (!found || (back ? e.at > found->at : e.at < found->at)) found = e;
    };
    consider(group);
    if (group == EventGroup::interrupts) consider(EventGroup::faults);
    return found;
}

}  // namespace

Reliver Mover::reliver(std::function<bool()> const& cancelled) {
    return {machine_, observation_, [this](Moment at) { go_to(at); }, cancelled};
}

std::optional<Event> Mover::event_before(EventGroup group, Moment now,
                                         std::function<bool()> const& cancelled) {
    EventView const known = observation_.events().view();
    if (auto found = nearest(known, group, now, Direction::backward)) return found;
    if (known.forgotten == 0) return std::nullopt;
    std::optional<Event> found;
    each_forgotten_event_back(reliver(cancelled), now, [&](Event const& e) {
        auto const its = group_of(e.kind);
        if (its == group || (group == EventGroup::interrupts && its == EventGroup::faults)) found = e;
        return !found;
    });
    if (!found || cancelled()) go_to(now);
    return cancelled() ? std::nullopt : found;
}

std::optional<Event> Mover::event_after(EventGroup group, Moment now,
                                        std::function<bool()> const& cancelled) {
    EventView const known = observation_.events().view();
    if (known.forgotten != 0 && known.all.begin() != known.all.end())
        for (Moment const oldest = known.all[known.all.begin()].at; now <= oldest && !cancelled();) {
            Moment const to{std::min(now.retired + first_stretch, oldest.retired + 1), 0};
            EventView const lived = live_again(reliver(cancelled), {now, to});
            if (auto found = nearest(lived, group, now, Direction::forward)) return found;
            if (machine_.moment() <= now) break;
            now = machine_.moment();
        }
    return nearest(known, group, now, Direction::forward);
}

// To the next event of a kind: known already, or found by running on. The run
// passes it by some instructions and comes back to it exactly.
void Mover::step_event(EventGroup group, std::function<bool()> const& cancelled) {
    if (!began_step_) {
        began_step_ = true;
        started_at_ = machine_.moment();
    }
    for (;;) {
        if (auto const found = event_after(group, started_at_, cancelled)) {
            go_to(found->at);
            started_at_ = found->at;
            stepping_ = found->cpu;
            if (goal_ != Goal::step) return;
            if (--steps_left_ == 0) return finish();
            continue;
        }
        observation_.interrupt_at(group);
        run_some({machine_.moment().retired + slice_instructions_, 0});
        observation_.interrupt_at({});
        auto const found = nearest(observation_.events().view(), group, started_at_, Direction::forward);
        if (goal_ != Goal::step) {
            // Ended or hit a breakpoint; an event on the way counts all the same.
            if (!found) return;
            state_ = RunState::running;
            goal_ = Goal::step;
            reason_.clear();
            stopped_by_.reset();
            stopped_.reset();
            go_to(found->at);
            stepping_ = found->cpu;
            return finish();
        }
        if (found) continue;
        // None until here; what happens at this very moment may come still.
        std::uint64_t const count = machine_.moment().retired;
        started_at_ = std::max(started_at_, Moment{count > 0 ? count - 1 : 0, 0});
        if (time_is_up()) return;
    }
}

}  // namespace sim::debug
