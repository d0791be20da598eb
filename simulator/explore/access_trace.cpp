// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/access_trace.hpp"

#include <algorithm>

namespace sim::explore {
namespace {

// Mixes well enough for a table of seen orders. [splitmix64]
std::uint64_t mix(std::uint64_t x) {
    x += 0x9E37'79B9'7F4A'7C15;
    x = (x ^ (x >> 30)) * 0xBF58'476D'1CE4'E5B9;
    x = (x ^ (x >> 27)) * 0x94D0'49BB'1331'11EB;
    return x ^ (x >> 31);
}

bool conflict(Access const& a, Access const& b) {
    return a.granule == b.granule && a.thread != b.thread && (a.write || b.write);
}

}  // namespace

std::set<Granule> conflicts(AccessTrace const& trace) {
    struct Use {
        std::uint64_t thread = 0;
        bool several = false, written = false;
    };
    std::map<Granule, Use> uses;
    for (Access const& access : trace.accesses) {
        auto const [at, fresh] = uses.try_emplace(access.granule, Use{access.thread, false, false});
        at->second.several |= at->second.thread != access.thread;
        at->second.written |= access.write;
    }
    std::set<Granule> result;
    for (auto const& [granule, use] : uses)
        if (use.several && use.written) result.insert(granule);
    return result;
}

std::vector<machine::Moment> candidates(AccessTrace const& trace, machine::Moment from) {
    auto const shared = conflicts(trace);
    std::set<machine::Moment> moments;
    for (Access const& access : trace.accesses)
        if (!access.alone && access.before >= from && shared.contains(access.granule))
            moments.insert(access.before);
    return {moments.begin(), moments.end()};
}

// For each granule: writes in order, and between two writes the reads in any
// order. An access is named by its thread and its number among the thread's
// own, which no schedule changes without changing what the thread did.
std::uint64_t order_hash(AccessTrace const& trace) {
    auto const shared = conflicts(trace);
    struct Line {
        std::uint64_t past = 0, reads = 0;
    };
    std::map<Granule, Line> lines;
    std::map<std::uint64_t, std::uint64_t> numbers;
    for (Access const& access : trace.accesses) {
        if (!shared.contains(access.granule)) continue;
        std::uint64_t const name = mix(mix(access.thread) + numbers[access.thread]++);
        Line& line = lines[access.granule];
        if (access.write) {
            line.past = mix(mix(line.past + line.reads) ^ name);
            line.reads = 0;
        } else {
            line.reads += mix(name ^ 0x5EED);
        }
    }
    std::uint64_t total = 0;
    for (auto const& [granule, line] : lines) total += mix(granule ^ mix(line.past + line.reads));
    return total;
}

std::optional<Pair> conflicting_pair(AccessTrace const& trace, machine::Moment at, std::uint64_t thread) {
    auto const& all = trace.accesses;
    auto const begin = static_cast<std::size_t>(
        std::partition_point(all.begin(), all.end(), [&](Access const& a) { return a.at < at; }) -
        all.begin());
    // Of the others since `at`, the last access to each place, and the last write.
    struct Last {
        std::optional<std::size_t> any, write;
    };
    std::map<Granule, Last> others;
    std::optional<Pair> in_a_lock;
    for (std::size_t i = begin; i < all.size(); ++i) {
        if (all[i].thread != thread) {
            Last& last = others[all[i].granule];
            last.any = i;
            if (all[i].write) last.write = i;
            continue;
        }
        auto const found = others.find(all[i].granule);
        if (found == others.end()) continue;
        auto const& first = all[i].write ? found->second.any : found->second.write;
        if (!first) continue;
        if (all[i].open && all[*first].open) return Pair{*first, i};
        if (!in_a_lock) in_a_lock = Pair{*first, i};
    }
    if (in_a_lock) return in_a_lock;
    std::optional<Pair> latest;
    std::map<Granule, std::size_t> previous;
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto const [found, fresh] = previous.try_emplace(all[i].granule, i);
        if (!fresh && conflict(all[found->second], all[i])) latest = Pair{found->second, i};
        found->second = i;
    }
    return latest;
}

}  // namespace sim::explore
