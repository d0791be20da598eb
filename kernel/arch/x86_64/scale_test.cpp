// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/scale.hpp"

#include <gtest/gtest.h>

namespace arch {
namespace {

constexpr std::uint64_t giga = 1'000'000'000;

TEST(Scale, is_exact_where_rates_divide) {
    Scale const same(giga, giga);
    EXPECT_EQ(same(12345), 12345u);
    EXPECT_EQ(same(UINT64_MAX), UINT64_MAX);
    EXPECT_EQ(Scale(2 * giga, giga)(10), 5u);
    EXPECT_EQ(Scale(giga, 4 * giga)(10), 40u);
    EXPECT_EQ(Scale(giga, 5 * giga)(10), 50u) << "a rate above 2^32";
}

TEST(Scale, stays_within_a_part_per_billion_for_years) {
    for (std::uint64_t const hz : {1'000'000'000ULL, 2'593'906'123ULL, 3'700'000'000ULL, 4'300'000'019ULL,
                                   5'799'999'989ULL, 999'999'937ULL}) {
        Scale const to_ns(hz, giga);
        for (std::uint64_t const seconds : {1ULL, 60ULL, 86'400ULL, 31'536'000ULL, 100ULL * 31'536'000ULL}) {
            auto const exact = static_cast<double>(seconds) * 1e9;
            auto const got = static_cast<double>(to_ns(seconds * hz));
            EXPECT_NEAR(got / exact, 1.0, 1e-9) << hz << " Hz, " << seconds << " s";
        }
    }
}

// Neither early, which would ring again and again until it is time, nor late.
TEST(Scale, finds_a_time_soon_after_a_hundred_years) {
    for (std::uint64_t const hz : {2'400'003'000ULL, 2'995'200'000ULL, 4'300'000'019ULL, 999'999'937ULL}) {
        Scale const to_ns(hz, giga), to_counts(giga, hz);
        std::uint64_t const counts = 100ULL * 31'536'000ULL * hz;
        for (std::int64_t const ns : {1LL, 1'000LL, 1'000'000LL, 1'000'000'000LL}) {
            std::uint64_t const deadline = to_ns(counts) + static_cast<std::uint64_t>(ns);
            std::uint64_t const rings = to_ns(count_after(counts, to_counts, ns));
            EXPECT_GE(rings, deadline) << hz << " Hz, " << ns << " ns";
            EXPECT_LE(rings, deadline + 3) << hz << " Hz, " << ns << " ns";
        }
        EXPECT_EQ(count_after(counts, to_counts, -5), counts + 1) << "what is over is due at once";
    }
}

// The obvious formula, counts * 1e9 / hz in 64 bits, jumps back after 7 s at
// 2.6 GHz. This one never goes back.
TEST(Scale, never_goes_back) {
    Scale const to_ns(2'600'000'000, giga);
    std::uint64_t last = 0;
    for (std::uint64_t counts = 0; counts < 200'000'000'000; counts += 999'999'937) {
        std::uint64_t const ns = to_ns(counts);
        EXPECT_GE(ns, last);
        last = ns;
    }
}

}  // namespace
}  // namespace arch
