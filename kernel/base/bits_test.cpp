// SPDX-License-Identifier: MIT
#include "kernel/base/bits.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

struct Sample : Register<Sample, std::uint32_t> {
    using Top = Bit<31>;
    using Middle = Field<15, 8>;
    using Low = Bit<0>;
};

TEST(Bits, reads_fields_by_the_manuals_bit_numbers) {
    Sample const r{{0x8000'ab01}};
    EXPECT_TRUE(r.has<Sample::Top>());
    EXPECT_EQ(r.get<Sample::Middle>(), 0xabu);
    EXPECT_TRUE(r.has<Sample::Low>());
}

TEST(Bits, replaces_one_field_and_leaves_the_others) {
    Sample const r{{0xffff'ffff}};
    EXPECT_EQ(r.with<Sample::Middle>(0x12).raw, 0xffff'12ffu);
    EXPECT_EQ(r.with<Sample::Top>(0).raw, 0x7fff'ffffu);
}

TEST(Bits, drops_what_does_not_fit_into_a_field) {
    EXPECT_EQ(Sample{}.with<Sample::Middle>(0x1ff).raw, 0xff00u);
    EXPECT_EQ(Sample{}.with<Sample::Low>(2).raw, 0u);
}

TEST(Bits, a_field_may_be_the_whole_register) {
    struct Wide : Register<Wide> {
        using All = Field<63, 0>;
    };
    EXPECT_EQ(Wide{}.with<Wide::All>(~0ULL).raw, ~0ULL);
    EXPECT_EQ((Wide{{~0ULL}}.get<Wide::All>()), ~0ULL);
}

TEST(Bits, aligns_integers) {
    EXPECT_EQ(align_up(0x1001u, 0x1000u), 0x2000u);
    EXPECT_EQ(align_up(0x1000u, 0x1000u), 0x1000u);
    EXPECT_EQ(align_down(0x1fffu, 0x1000u), 0x1000u);
    EXPECT_TRUE(is_aligned(0x2000u, 0x1000u));
    EXPECT_FALSE(is_aligned(0x2008u, 0x1000u));
}

}  // namespace
}  // namespace base
