// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who ran when: spans for a scheduler chart, computed from the events.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/debug/event_index.hpp"

namespace sim::debug {

enum class SpanState : std::uint8_t { running, ready, blocked, interrupt };
char const* name_of(SpanState);

struct Span {
    std::uint64_t from_ns = 0, to_ns = 0;  // [from, to)
    SpanState state = SpanState::running;
    std::uint64_t vector = 0;  // of an interrupt span
    std::uint64_t event = 0;   // the event that began it
};

struct ThreadTrack {
    // Address; 0 for the processor's track of interrupts. Two threads that lived at one
    // address one after the other have two tracks.
    std::uint64_t thread = 0;
    std::string name;
    std::vector<Span> spans;       // ascending, no overlap within a track
    std::uint64_t running_ns = 0;  // inside the interval
};

struct WakeArrow {
    std::uint64_t at_ns = 0;
    std::uint64_t from_thread = 0;  // the one that ran; 0 when an interrupt handler did it
    std::uint64_t to_thread = 0;
    std::uint64_t event = 0;
};

struct Gantt {
    std::uint64_t from_ns = 0, to_ns = 0;
    std::vector<ThreadTrack> tracks;  // interrupts first, then threads in order of creation
    std::vector<WakeArrow> wakes;
    bool cut = false;  // more than max_spans: the later ones are missing
};

// Spans that touch [from_ns, to_ns). `now_ns`: where the known part ends.
Gantt gantt(EventView const&, std::uint64_t from_ns, std::uint64_t to_ns, std::uint64_t now_ns,
            std::size_t max_spans = 20000);

}  // namespace sim::debug
