// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/wait_circles.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulator/debug/text.hpp"

namespace sim::debug {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Lock lock(std::uint64_t address, std::uint64_t owner, std::vector<std::uint64_t> waiters) {
    return {address, "lock " + std::to_string(address), owner, std::move(waiters), {}};
}

TEST(WaitCircles, are_found_whatever_waits_beside_them) {
    KernelView kernel;
    // 1 and 2 wait for each other, 3 for one of them; 4 for 5, which waits for nobody.
    kernel.locks = {lock(10, 1, {2, 3}), lock(20, 2, {1}), lock(30, 3, {}), lock(40, 5, {4})};
    EXPECT_THAT(wait_circles(kernel), ElementsAre(ElementsAre(WaitStep{1, 20}, WaitStep{2, 10})));
    // And a second one, of three; and one with itself.
    kernel.locks.push_back(lock(60, 6, {8})), kernel.locks.push_back(lock(70, 7, {6}));
    kernel.locks.push_back(lock(80, 8, {7})), kernel.locks.push_back(lock(90, 9, {9}));
    EXPECT_THAT(wait_circles(kernel),
                ElementsAre(ElementsAre(WaitStep{1, 20}, WaitStep{2, 10}),
                            ElementsAre(WaitStep{6, 70}, WaitStep{7, 80}, WaitStep{8, 60}), ElementsAre(WaitStep{9, 90})));
}

TEST(WaitCircles, are_not_seen_where_somebody_can_go_on) {
    KernelView kernel;
    EXPECT_THAT(wait_circles(kernel), IsEmpty());
    kernel.locks = {lock(10, 1, {2, 3}), lock(20, 2, {4}), lock(30, 0, {5})};
    EXPECT_THAT(wait_circles(kernel), IsEmpty());
}

TEST(WaitCircles, are_told_in_words_and_mark_their_locks) {
    Snapshot s;
    s.kernel.locks_health.declared = true;
    for (auto const& [address, name] : {std::pair{1, "anna"}, {2, "bert"}, {3, "carl"}}) {
        Thread t;
        t.address = static_cast<std::uint64_t>(address), t.name = name;
        s.kernel.threads.push_back(std::move(t));
    }
    s.kernel.locks = {lock(10, 1, {2, 3}), lock(20, 2, {1})};
    std::string text = *print_view(s, "locks");
    EXPECT_THAT(text, HasSubstr("deadlock: anna waits for lock 20, held by bert; bert waits for lock 10, held by anna\n"));
    EXPECT_THAT(*print_view_json(s, "locks"), HasSubstr("\"circle\": 1"));
    s.kernel.locks[1].waiters.clear();
    text = *print_view(s, "locks");
    EXPECT_THAT(text, Not(HasSubstr("deadlock")));
    EXPECT_THAT(*print_view_json(s, "locks"), Not(HasSubstr("circle")));
}

}  // namespace
}  // namespace sim::debug
