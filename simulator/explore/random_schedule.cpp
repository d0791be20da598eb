// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/random_schedule.hpp"

#include <algorithm>

namespace sim::explore {
namespace {

// [splitmix64] The n-th number of a seed, the same on every host.
std::uint64_t random_number(std::uint64_t seed, std::uint64_t n) {
    std::uint64_t x = seed * 0xD134'2543'DE82'EF95 + (n + 1) * 0x9E37'79B9'7F4A'7C15;
    x = (x ^ (x >> 30)) * 0xBF58'476D'1CE4'E5B9;
    x = (x ^ (x >> 27)) * 0x94D0'49BB'1331'11EB;
    return x ^ (x >> 31);
}

}  // namespace

RandomPriorities::RandomPriorities(std::uint64_t seed, unsigned depth, std::uint64_t steps)
    : seed_(seed), next_low_(depth) {
    for (unsigned i = 1; i < depth; ++i)
        changes_.insert(1 + random_number(seed, i) % std::max<std::uint64_t>(steps, 1));
}

// By order of appearance, above those that have fallen.
std::uint64_t RandomPriorities::priority(std::uint64_t thread) {
    auto const [at, fresh] = priorities_.try_emplace(thread, 0);
    if (fresh) at->second = random_number(seed_, 1000 + priorities_.size()) | std::uint64_t{1} << 32;
    return at->second;
}

bool RandomPriorities::outranked(ThreadTracker const& threads) {
    std::uint64_t const mine = priority(threads.running());
    return std::any_of(threads.ready().begin(), threads.ready().end(),
                       [&](std::uint64_t other) { return priority(other) > mine; });
}

bool RandomPriorities::preempt_at_probe(ThreadTracker const& threads, ThreadTracker::Seen const&) {
    if (threads.is_idle(threads.running()) || !outranked(threads)) return false;
    note(threads.running());
    return true;
}

bool RandomPriorities::preempt_at_step(ThreadTracker const& threads, std::uint64_t) {
    std::uint64_t const thread = threads.running();
    if (changes_.contains(++step_)) {
        priorities_[thread] = --next_low_;
        if (outranked(threads)) {
            note(thread);
            ++steps_of_[thread];
            return true;
        }
    }
    ++steps_of_[thread];
    return false;
}

bool FixedPlaces::preempt_at_step(ThreadTracker const& threads, std::uint64_t) {
    std::uint64_t const thread = threads.running();
    return places_.contains({thread, ++steps_of_[thread]});
}

}  // namespace sim::explore
