// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a scheduler chart tells beyond its spans: who waited for which lock, who
// stood in the queue at a time, and how long each thread ran and waited between two
// times. Computed from the events and the chart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "simulator/debug/gantt.hpp"
#include "visualizer/model/model.hpp"
#include "visualizer/model/view_state.hpp"

namespace viz::model {

struct LockWait {
    std::uint64_t thread = 0, lock = 0;
    std::uint64_t owner = 0;               // who held it when the wait began; 0: not known
    std::uint64_t from_ns = 0, to_ns = 0;  // to_ns: it got the lock, or the end of what is known
    std::uint64_t event = 0;               // that began it
    bool got = false;
};
// Those that touch [from_ns, to_ns), in the order in which they began.
std::vector<LockWait> lock_waits(sim::debug::EventView const&, std::uint64_t from_ns, std::uint64_t to_ns,
                                 std::uint64_t now_ns, std::size_t most = 2000);

struct Queued {
    std::uint64_t thread = 0;
    std::uint64_t since_ns = 0;
};
// Who was ready and did not run at a time: who waited longest first.
std::vector<Queued> ready_at(sim::debug::Gantt const&, std::uint64_t ns);

struct ThreadTimes {
    std::uint64_t thread = 0;
    std::string name;
    std::uint64_t running_ns = 0, ready_ns = 0, blocked_ns = 0;
    std::uint64_t lock_ns = 0;  // of what it was blocked
    unsigned runs = 0;          // how often it got the processor
    // The longest time from being ready to running, and when that began.
    std::uint64_t worst_ns = 0, worst_from_ns = 0;
};
// Of every thread that was there between the two, in the chart's order.
std::vector<ThreadTimes> thread_times(sim::debug::Gantt const&, std::vector<LockWait> const&,
                                      std::uint64_t from_ns, std::uint64_t to_ns);

// The stretch that is measured: between the markers, else what is shown.
TimeWindow measured(Model const&, ViewState const&);

// For the text twin "gantt": who is ready now, lock waits, times of each thread.
std::string scheduling_text(Model const&, ViewState const&);
std::string lock_name(Model const&, std::uint64_t lock);

}  // namespace viz::model
