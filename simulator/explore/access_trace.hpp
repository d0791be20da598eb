// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a watched run did to shared memory, and what can be concluded from it:
// which accesses conflict, where a preemption could change their order, and
// whether two runs are the same run in another order that does not matter.
// Plain data and pure functions.
//
// Two accesses conflict if they touch the same eight bytes from two threads and
// one of them writes. Everything that a program can see of a schedule is the
// order of its conflicting accesses (Mazurkiewicz traces).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "simulator/machine/moment.hpp"

namespace sim::explore {

using Granule = std::uint64_t;  // physical address / 8

struct Access {
    machine::Moment at;      // before the instruction
    machine::Moment before;  // a preemption must come here to fall before the access
    std::uint64_t thread = 0;
    Granule granule = 0;
    std::uint64_t rip = 0;
    bool write = false;
    bool open = true;   // interrupts were on
    bool alone = true;  // no other thread was ready: nobody to switch to
    friend bool operator==(Access const&, Access const&) = default;
};

struct AccessTrace {
    std::vector<Access> accesses;                // in order
    std::map<std::uint64_t, std::string> names;  // of threads
    // Accesses beyond the limit are not kept; the trace says so.
    bool truncated = false;
};
constexpr std::size_t most_accesses = 2'000'000;

// Granules that two threads touch, one of them writing.
std::set<Granule> conflicts(AccessTrace const&);

// Where a preemption could reorder conflicting accesses: ascending, each once,
// all at or after `from`.
std::vector<machine::Moment> candidates(AccessTrace const&, machine::Moment from);

// Equal for two runs whose conflicting accesses come in the same order, up to
// what commutes.
std::uint64_t order_hash(AccessTrace const&);

// Two conflicting accesses of two threads, in order, as indices.
struct Pair {
    std::size_t first = 0, second = 0;
};
// The pair that the preemption of `thread` at `at` made: what another thread did
// to the very place that the preempted one touches when it is back; rather in
// the program than inside a lock (with interrupts off). With none such, the last
// conflict of the run. None when there is no conflict at all.
std::optional<Pair> conflicting_pair(AccessTrace const&, machine::Moment at, std::uint64_t thread);

}  // namespace sim::explore
