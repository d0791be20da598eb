// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/cpuid.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace sim::machine {
namespace {

engine::CpuidResult ask(std::uint32_t leaf, std::uint32_t subleaf = 0) {
    return cpuid(leaf, subleaf, {0, 1});
}

TEST(Cpuid, the_clocks_are_told_in_both_ways_and_agree) {
    auto const crystal = ask(0x15);
    EXPECT_EQ(std::uint64_t{crystal.ecx} * crystal.ebx / crystal.eax, 1'000'000'000u);
    EXPECT_EQ(ask(0x40000010).eax, 1'000'000u);
    EXPECT_EQ(ask(0x40000010).ebx, 1'000'000u);
    EXPECT_TRUE(ask(0x80000007).edx & 1u << 8);
    EXPECT_GE(ask(0).eax, 0x15u);
    EXPECT_GE(ask(0x40000000).eax, 0x40000010u);
}

TEST(Cpuid, promises_what_the_board_has) {
    auto const features = ask(1);
    EXPECT_TRUE(features.edx & 1u << 9);
    EXPECT_TRUE(features.ecx & 1u << 21);
    EXPECT_TRUE(features.ecx & 1u << 24);
    EXPECT_TRUE(features.ecx & 1u << 31);
    EXPECT_EQ(features.ebx >> 24, 0u);
    // And not what nobody has: XSAVE, AVX, RDRAND, MONITOR, machine checks.
    EXPECT_FALSE(features.ecx & (1u << 26 | 1u << 28 | 1u << 30 | 1u << 3));
    EXPECT_FALSE(features.edx & (1u << 7 | 1u << 14));
}

TEST(Cpuid, beyond_the_last_leaf_answers_the_last_one) {
    EXPECT_EQ(ask(0x17).eax, ask(0x16).eax);
    EXPECT_EQ(ask(0x3FFFFFFF).eax, ask(0x16).eax);
    EXPECT_EQ(ask(0x50000000).eax, 0u);
}

}  // namespace
}  // namespace sim::machine
