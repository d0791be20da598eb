// SPDX-License-Identifier: GPL-2.0-or-later
//
// What makes two events of different builds the same event: not its count, nor
// an address, nor a number that the kernel drew at random, but what happened.
// A segment is known by its connection, its flags and its bytes, a fault by the
// function that caused it, a thread by its name.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "simulator/debug/event_index.hpp"
#include "simulator/debug/symbols.hpp"

namespace sim::debug::compare {

struct KeyedEvent {
    std::uint64_t number = 0;  // in the index
    std::uint64_t count = 0;   // in its group, from 1: packet:17
    EventGroup group = EventGroup::packets;
    machine::Moment at;
    std::uint64_t virtual_ns = 0;
    std::string name;   // "packet:17"
    std::string text;   // what happened, in words that do not depend on the build
    std::string shape;  // the same without what a small change changes: contents, lengths, places
    std::string key;    // equal keys: the same event
    // Of a segment with data: the frame, and where its payload begins.
    std::shared_ptr<std::vector<std::uint8_t> const> frame;
    std::size_t payload = 0;
};

// Of packets, page faults, connections, threads begun and ended, in order, until
// a moment, what happens at it included.
std::vector<KeyedEvent> keyed_events(EventView const&, Symbols const&, machine::Moment until);
// Of one group only: interrupts and switches, too.
std::vector<KeyedEvent> keyed_events(EventView const&, Symbols const&, machine::Moment until, EventGroup);

}  // namespace sim::debug::compare
