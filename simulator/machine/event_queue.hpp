// SPDX-License-Identifier: GPL-2.0-or-later
//
// The one queue of what will happen at a virtual time: the devices' timers, in
// the order (deadline, insertion number), so that ties are broken the same way
// in every run. Part of the machine's saved state.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "simulator/machine/state.hpp"

namespace sim::machine {

struct Event {
    std::uint64_t deadline_ns = 0;
    std::uint64_t number = 0;  // of insertion; never reused
    std::uint32_t device = 0;  // index in the machine's list
    std::uint32_t timer = 0;   // the device's own number for it

    friend auto operator<=>(Event const&, Event const&) = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("deadline_ns", self.deadline_ns);
        visit("number", self.number);
        visit("device", self.device);
        visit("timer", self.timer);
    }
};

class EventQueue {
public:
    // At most one event for each (device, timer): arming again moves it.
    void arm(std::uint32_t device, std::uint32_t timer, std::uint64_t deadline_ns);
    void disarm(std::uint32_t device, std::uint32_t timer);
    void clear();

    // The first one, without removing it.
    std::optional<Event> first() const;
    // Removes and returns the first if it is due.
    std::optional<Event> pop_due(std::uint64_t now_ns);

    std::set<Event> const& events() const { return events_; }

    void save(StateWriter&) const;
    void load(StateReader&);

private:
    std::set<Event> events_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, Event> by_timer_;
    std::uint64_t next_number_ = 0;
};

}  // namespace sim::machine
