// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/event_queue.hpp"

#include <vector>

#include "simulator/machine/moment.hpp"

namespace sim::machine {

void EventQueue::arm(std::uint32_t device, std::uint32_t timer, std::uint64_t deadline_ns) {
    disarm(device, timer);
    Event const event{deadline_ns, next_number_++, device, timer};
    events_.insert(event);
    by_timer_.emplace(std::pair{device, timer}, event);
}

void EventQueue::disarm(std::uint32_t device, std::uint32_t timer) {
    auto const found = by_timer_.find({device, timer});
    if (found == by_timer_.end()) return;
    events_.erase(found->second);
    by_timer_.erase(found);
}

void EventQueue::clear() {
    events_.clear();
    by_timer_.clear();
    next_number_ = 0;
}

std::optional<Event> EventQueue::first() const {
    if (events_.empty()) return std::nullopt;
    return *events_.begin();
}

std::optional<Event> EventQueue::pop_due(std::uint64_t now_ns) {
    if (events_.empty() || events_.begin()->deadline_ns > now_ns) return std::nullopt;
    Event const event = *events_.begin();
    disarm(event.device, event.timer);
    return event;
}

void EventQueue::save(StateWriter& writer) const {
    writer("next_number", next_number_);
    writer("events", std::vector<Event>(events_.begin(), events_.end()));
}

void EventQueue::load(StateReader& reader) {
    std::vector<Event> events;
    clear();
    reader("next_number", next_number_);
    reader("events", events);
    for (Event const& event : events) {
        if (event.deadline_ns >= end_of_time_ns)
            throw StateError("a saved event is due when no time is left");
        if (event.number >= next_number_) throw StateError("saved event has a number from the future");
        if (!by_timer_.emplace(std::pair{event.device, event.timer}, event).second)
            throw StateError("saved events hold one timer twice");
        events_.insert(event);
    }
}

}  // namespace sim::machine
