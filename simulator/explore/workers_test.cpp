// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/workers.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace sim::explore {
namespace {

struct Bench {
    std::atomic<unsigned> interrupts{0};
    void interrupt() { ++interrupts; }
};

Workers<Bench> workers_of(unsigned count) {
    std::vector<std::unique_ptr<Bench>> benches;
    for (unsigned i = 0; i < count; ++i) benches.push_back(std::make_unique<Bench>());
    return Workers<Bench>(std::move(benches));
}

TEST(Workers, the_lowest_that_found_something_is_the_answer_whatever_their_number) {
    for (unsigned count : {1u, 2u, 5u}) {
        auto workers = workers_of(count);
        std::vector<std::atomic<int>> done(100);
        auto const found = workers.run(
            100, [&](Bench&, std::size_t number) { return ++done[number], number % 31 == 30; }, {});
        EXPECT_EQ(found, 30u);
        for (std::size_t i = 0; i <= 30; ++i) EXPECT_EQ(done[i], 1) << i;
        EXPECT_EQ(workers.run(7, [](Bench&, std::size_t) { return false; }, {}), 7u);
        EXPECT_EQ(workers.run(0, [](Bench&, std::size_t) { return true; }, {}), 0u);
    }
}

// A job that lasts until somebody interrupts it: warm-ups and descriptions, too.
TEST(Workers, are_interrupted_when_the_tick_says_so) {
    auto workers = workers_of(2);
    auto const lasts = [](Bench& bench) {
        unsigned const before = bench.interrupts;
        while (bench.interrupts == before) std::this_thread::yield();
    };
    unsigned ticks = 0;
    workers.alone(lasts, [&] { return ++ticks < 3; });
    EXPECT_EQ(ticks, 3u);
    std::atomic<unsigned> begun{0};
    workers.run(
        100, [&](Bench& bench, std::size_t) { return ++begun, lasts(bench), false; }, [] { return false; });
    EXPECT_LE(begun, 2u) << "nothing more is begun";
}

TEST(Workers, what_a_job_throws_comes_back_here) {
    auto workers = workers_of(3);
    EXPECT_THROW(workers.run(9,
                             [](Bench&, std::size_t number) -> bool {
                                 if (number == 4) throw std::runtime_error("four");
                                 return false;
                             },
                             {}),
                 std::runtime_error);
}

}  // namespace
}  // namespace sim::explore
