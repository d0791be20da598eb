// SPDX-License-Identifier: MIT
//
// What the textbooks promise of each policy, over ten seconds of virtual time and more.
#include <gtest/gtest.h>

#include <memory>

#include "kernel/threads/policies/eevdf.hpp"
#include "kernel/threads/policies/mlfq.hpp"
#include "kernel/threads/policies/priority.hpp"
#include "kernel/threads/policies/virtual_cpu.hpp"
#include "kernel/threads/round_robin.hpp"

namespace threads {
namespace {

using base::Duration;

constexpr Duration ten_seconds = Duration::seconds(10);
constexpr Duration forever = Duration::seconds(1000);

// Of a run of so long.
double share(VirtualCpu::Job const& job, Duration time = ten_seconds) {
    return static_cast<double>(job.worked.as_nanoseconds()) / static_cast<double>(time.as_nanoseconds());
}

template <class P>
class Fair : public testing::Test {
protected:
    P policy;
    VirtualCpu cpu{policy};
};
using FairPolicies = testing::Types<RoundRobin, MlfqPolicy, EevdfPolicy>;
TYPED_TEST_SUITE(Fair, FairPolicies);

TYPED_TEST(Fair, equals_get_equal_shares_within_one_percent) {
    // The end of the measurement falls into some slice: the longest must be below 1 %.
    this->policy.set_time_slice(Duration::milliseconds(1));
    std::vector<VirtualCpu::Job*> jobs;
    for (int i = 0; i < 7; ++i) jobs.push_back(&this->cpu.add(forever, Duration()));
    this->cpu.run(ten_seconds);
    for (auto const* job : jobs) {
        EXPECT_NEAR(share(*job), 1.0 / 7, 0.01 / 7);
        // In turns, and not one after the other: none is longer than the longest slice,
        // MLFQ's at its lowest level.
        EXPECT_GE(job->turns, job->worked.as_milliseconds() / 8);
        EXPECT_LE(job->longest_wait, Duration::milliseconds(6 * 8));
    }
}

TYPED_TEST(Fair, nobody_starves_beside_a_crowd_that_wakes_all_the_time) {
    VirtualCpu::Job& busy = this->cpu.add(forever, Duration());
    for (int i = 0; i < 20; ++i) this->cpu.add(Duration::milliseconds(2), Duration::milliseconds(1 + i % 3));
    this->cpu.run(ten_seconds);
    EXPECT_GT(share(busy), 0.02);
    EXPECT_LT(busy.longest_wait, Duration::milliseconds(1'500));
}

TYPED_TEST(Fair, the_processor_is_never_idle_while_somebody_is_ready) {
    VirtualCpu::Job const& a = this->cpu.add(forever, Duration());
    VirtualCpu::Job const& b = this->cpu.add(Duration::milliseconds(3), Duration::milliseconds(7));
    this->cpu.run(ten_seconds);
    EXPECT_EQ(a.worked + b.worked, ten_seconds);
}

// Beside three who never sleep, one that works for 1 ms every 20.
template <class P>
Duration longest_wait_of_the_interactive(Duration request = {}) {
    P policy;
    VirtualCpu cpu(policy);
    for (int i = 0; i < 3; ++i) cpu.add(forever, Duration());
    VirtualCpu::Job& interactive = cpu.add(Duration::milliseconds(1), Duration::milliseconds(20));
    interactive.thread.fair.request = request;
    cpu.run(Duration::milliseconds(100));
    interactive.longest_wait = {};  // all began at once, and its first request was a slice
    cpu.run(ten_seconds);
    EXPECT_GT(interactive.turns, 100u);
    return interactive.longest_wait;
}

TEST(Latency, round_robin_makes_the_interactive_wait_for_everybody) {
    EXPECT_GE(longest_wait_of_the_interactive<RoundRobin>(), Policy::default_slice * 2);
}

TEST(Latency, eevdf_keeps_its_deadlines_and_serves_who_asks_for_little_soon) {
    // By its virtual deadline at the latest, and a slice: all four count the same.
    EXPECT_LE(longest_wait_of_the_interactive<EevdfPolicy>(), Policy::default_slice * 5);
    EXPECT_LE(longest_wait_of_the_interactive<EevdfPolicy>(Duration::milliseconds(1)),
              Policy::default_slice + Duration::milliseconds(4));
}

TEST(Latency, eevdf_counts_what_a_thread_ran_alone_for_a_year) {
    EevdfPolicy policy;
    Thread thread;
    for (auto const priority : {std::uint8_t{0}, normal_priority, std::uint8_t{priority_count - 1}}) {
        thread.priority = priority;
        thread.fair = {};
        policy.ran(thread, Duration::seconds(365 * 86'400));
        auto const exact = 365 * 86'400e9L * 1024 / EevdfPolicy::weight(thread);
        EXPECT_NEAR(static_cast<double>(thread.fair.virtual_time / exact), 1.0, 1e-12) << +priority;
    }
}

TEST(Mlfq, finds_out_who_is_interactive) {
    MlfqPolicy policy;
    VirtualCpu cpu(policy);
    for (int i = 0; i < 3; ++i) cpu.add(forever, Duration());
    VirtualCpu::Job& interactive = cpu.add(Duration::milliseconds(1), Duration::milliseconds(200));
    cpu.run(ten_seconds);
    // Right after a boost all are equal; half a period later it runs at once.
    cpu.run(Duration::milliseconds(500));
    interactive.longest_wait = {};
    cpu.run(Duration::milliseconds(400));
    EXPECT_EQ(interactive.longest_wait, Duration());
}

TEST(Eevdf, shares_are_as_the_weights_within_one_percent) {
    EevdfPolicy policy;
    VirtualCpu cpu(policy);
    std::vector<VirtualCpu::Job*> jobs;
    for (std::uint8_t const priority : {13, 16, 16, 18, 20})
        jobs.push_back(&cpu.add(forever, Duration(), priority));
    cpu.run(ten_seconds * 10);  // with five unequal weights a turn of all takes long
    double sum = 0;
    for (auto const* job : jobs) sum += static_cast<double>(EevdfPolicy::weight(job->thread));
    for (auto const* job : jobs) {
        double const due = static_cast<double>(EevdfPolicy::weight(job->thread)) / sum;
        EXPECT_NEAR(share(*job, ten_seconds * 10), due, 0.01 * due);
    }
}

TEST(Eevdf, no_lag_exceeds_two_slices) {
    EevdfPolicy policy;
    VirtualCpu cpu(policy);
    std::vector<VirtualCpu::Job*> jobs;
    for (std::uint8_t const priority : {14, 16, 17}) jobs.push_back(&cpu.add(forever, Duration(), priority));
    for (int i = 0; i < 1000; ++i) {
        cpu.run(Duration::milliseconds(7));
        for (auto const* job : jobs) {
            std::int64_t const lag =
                (policy.average() - job->thread.fair.virtual_time) * EevdfPolicy::weight(job->thread) / 1024;
            EXPECT_LE(std::abs(lag), 2 * Policy::default_slice.as_nanoseconds());
        }
    }
}

TEST(Priority, the_urgent_run_when_they_like_and_the_others_share_the_rest) {
    PriorityPolicy policy;
    VirtualCpu cpu(policy);
    VirtualCpu::Job const& low = cpu.add(forever, Duration(), 1);
    VirtualCpu::Job const& one = cpu.add(forever, Duration(), 10);
    VirtualCpu::Job const& two = cpu.add(forever, Duration(), 10);
    VirtualCpu::Job const& urgent = cpu.add(Duration::milliseconds(1), Duration::milliseconds(3), 30);
    cpu.run(ten_seconds);
    EXPECT_EQ(urgent.longest_wait, Duration());
    EXPECT_NEAR(share(urgent), 0.25, 0.001);
    EXPECT_NEAR(share(one), 0.375, 0.00375);
    EXPECT_NEAR(share(two), 0.375, 0.00375);
    EXPECT_EQ(low.worked, Duration()) << "this policy lets the least urgent starve";
}

}  // namespace
}  // namespace threads
