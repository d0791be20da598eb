// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a scheduler chart tells beyond its spans: who waited for which lock, who
// stood in the queue at a time, and how long each thread ran and waited between two
// times. Computed from the events and the chart. Threads are called as they were at
// that time, for where one is gone its address may be another's by now; locks are
// called as the kernel calls them now.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "simulator/debug/gantt.hpp"
#include "visualizer/model/model.hpp"
#include "visualizer/model/view_state.hpp"

namespace viz::model {

struct LockWait {
    enum class End : std::uint8_t {
        got,      // the lock
        gone,     // its thread ended or waits for another one, or the kernel knows of no wait
                  // any more: that it got this one was not heard
        lasting,  // where the known part ends
        longer    // no end was found as far as was looked
    };
    std::uint64_t thread = 0, lock = 0;
    std::uint64_t owner = 0;               // who held it when the wait began; 0: not known
    std::uint64_t from_ns = 0, to_ns = 0;  // to_ns: its end
    std::uint64_t event = 0;               // that began it
    std::uint64_t woken_ns = 0;            // when its thread was first woken or ran again; 0: not yet
    End end = End::lasting;
    std::string thread_name, owner_name;  // as they were called when it began
    std::string lock_name;                // as it is called now; else its address
};
struct LockWaits {
    std::vector<LockWait> list;  // those that began last, in their order
    std::size_t left_out = 0;    // how many earlier ones there are
};
// Those that touch [from_ns, to_ns), each with its end, which may lie behind to_ns.
// `known_ns`: where the known part ends. Locks are called by their addresses.
LockWaits lock_waits(sim::debug::EventView const&, std::uint64_t from_ns, std::uint64_t to_ns,
                     std::uint64_t known_ns, std::size_t most = 2000);
// The same with the locks' names. Where the known part ends now, and the kernel's locks
// were asked for, one lasts only if its lock has it in line: who gives up is heard of by
// nobody else.
LockWaits lock_waits(Model const&, TimeWindow, std::uint64_t known_ns);
// "worker 1 waits 70 us for log lock, which logger holds; still does".
std::string sentence(LockWait const&, std::string const& length);

struct Queued {
    std::uint64_t thread = 0;
    std::uint64_t since_ns = 0;
    std::string name;
};
// Who was ready and did not run at a time: who waited longest first.
std::vector<Queued> ready_at(sim::debug::Gantt const&, std::uint64_t ns);

struct ReadyNow {
    std::vector<Queued> list;
    bool in_order = false;  // as the kernel's queue has them; else who waits longest first
};
// The kernel's own queue where it is known, empty too; else what the events tell.
ReadyNow ready_now(Model const&);

struct ThreadTimes {
    std::uint64_t thread = 0;
    std::string name;
    std::uint64_t running_ns = 0, ready_ns = 0, blocked_ns = 0;
    // From asking for a lock to having it: blocked, and then ready until it runs again.
    std::uint64_t lock_ns = 0;
    unsigned runs = 0;  // how often it got the processor
    // The longest time from being ready to running, and when that began: of it what
    // lies between the two.
    std::uint64_t worst_ns = 0, worst_from_ns = 0;
};
// Of every thread that was there between the two, in the chart's order. Where two
// lived at one address, each has the waits of its own life.
std::vector<ThreadTimes> thread_times(sim::debug::Gantt const&, std::vector<LockWait> const&,
                                      std::uint64_t from_ns, std::uint64_t to_ns);

// The stretch that is measured: between the markers, else what is shown.
TimeWindow measured(Model const&, ViewState const&);

// All of it, for a stretch.
struct Scheduling {
    TimeWindow window;
    bool marked = false;  // it lies between the markers
    bool ahead = false;   // nothing of it is lived yet
    std::vector<ThreadTimes> times;
    LockWaits waits;
    bool cut = false;  // the chart, and with it the times: too many spans
};
Scheduling scheduling(Model const&, TimeWindow, std::uint64_t known_ns);

// For the text twin "gantt", until now. The JSON is an object.
std::string scheduling_text(Model const&, ViewState const&);
nlohmann::ordered_json scheduling_json(Model const&, ViewState const&);

}  // namespace viz::model
