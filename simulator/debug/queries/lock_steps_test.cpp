// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/queries/lock_steps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sim::debug::queries {
namespace {

using testing::ElementsAre;

constexpr std::uint64_t lock = 0x1000, other = 0x2000, a = 0xA, b = 0xB;
constexpr auto waits = EventKind::lock_wait, acquires = EventKind::lock_acquire,
               releases = EventKind::lock_release;

struct Told {
    EventKind kind;
    std::uint64_t thread, lock;
};

// One at each moment, from 1 on.
LockSteps steps_of(std::vector<Told> const& life, std::optional<std::uint64_t> last = std::nullopt) {
    LockSteps steps(lock, last ? std::optional(machine::Moment{*last, 0}) : std::nullopt);
    for (std::size_t n = life.size(); n-- > 0;) {
        Event e;
        e.at = {n + 1, 0};
        e.kind = life[n].kind;
        e.a = life[n].lock;
        e.b = life[n].thread;
        steps.tell(e, [](std::uint64_t thread) { return thread == a ? "a" : ""; });
    }
    return steps;
}

std::vector<std::string> text(LockSteps const& steps) {
    std::vector<std::string> lines;
    for (auto const& step : steps.steps()) {
        using Kind = LockHistory::Step::Kind;
        char const* const what = step.kind == Kind::waits      ? " waits "
                                 : step.kind == Kind::acquires ? " acquires "
                                                               : " releases ";
        lines.push_back(step.thread + what + to_string(step.at));
    }
    return lines;
}

TEST(LockSteps, are_in_order_and_of_this_lock_only) {
    LockSteps const steps = steps_of({{acquires, a, lock},
                                      {acquires, b, other},
                                      {waits, b, lock},
                                      {releases, a, lock},
                                      {acquires, b, lock}});
    EXPECT_THAT(text(steps), ElementsAre("a acquires 1", "0xb waits 3", "a releases 4", "0xb acquires 5"));
    EXPECT_EQ(steps.holder(), b);
    EXPECT_EQ(steps.taken(), (machine::Moment{5, 0}));
}

// A wait that times out comes between the last time that it was taken and its release.
TEST(LockSteps, a_wait_that_came_to_nothing_hides_no_release) {
    LockSteps const steps = steps_of({{acquires, a, lock}, {waits, b, lock}, {releases, a, lock}}, 1);
    EXPECT_THAT(text(steps), ElementsAre("a acquires 1", "0xb waits 2", "a releases 3"));
    EXPECT_EQ(steps.holder(), 0u) << "it is free";
}

// What was there later is not its own.
TEST(LockSteps, another_lock_in_the_same_memory_is_left_out) {
    LockSteps const steps = steps_of({{acquires, a, lock},
                                      {releases, a, lock},
                                      {waits, b, lock},
                                      {acquires, b, lock},
                                      {releases, b, lock}},
                                     1);
    EXPECT_THAT(text(steps), ElementsAre("a acquires 1", "a releases 2"));
    EXPECT_EQ(steps.holder(), 0u);
    EXPECT_EQ(steps.taken(), (machine::Moment{1, 0}));
}

TEST(LockSteps, have_an_end) {
    std::vector<Told> life(1, {acquires, a, lock});
    life.resize(200, {waits, b, lock});
    LockSteps const steps = steps_of(life);
    EXPECT_EQ(steps.steps().size(), LockSteps::most_steps);
    EXPECT_EQ(steps.taken(), (machine::Moment{1, 0})) << "it is looked for all the same";
}

}  // namespace
}  // namespace sim::debug::queries
