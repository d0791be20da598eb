// SPDX-License-Identifier: MIT
#include "kernel/base/address.hpp"

#include <gtest/gtest.h>

#include <type_traits>

namespace base {
namespace {

TEST(Address, aligns_down_and_up) {
    PhysAddr const address(0x12345);
    EXPECT_EQ(address.align_down(0x1000), PhysAddr(0x12000));
    EXPECT_EQ(address.align_up(0x1000), PhysAddr(0x13000));
    EXPECT_EQ(PhysAddr(0x13000).align_up(0x1000), PhysAddr(0x13000));
    EXPECT_EQ(address.page_offset(), 0x345u);
}

TEST(Address, a_frame_contains_its_first_and_last_byte) {
    EXPECT_EQ(FrameNumber::containing(PhysAddr(0x5000)), FrameNumber(5));
    EXPECT_EQ(FrameNumber::containing(PhysAddr(0x5fff)), FrameNumber(5));
    EXPECT_EQ(FrameNumber::containing(PhysAddr(0x6000)), FrameNumber(6));
    EXPECT_EQ(FrameNumber(6).start(), PhysAddr(0x6000));
}

TEST(Address, kinds_do_not_mix) {
    EXPECT_FALSE((std::is_convertible_v<PhysAddr, VirtAddr>));
    EXPECT_FALSE((std::is_convertible_v<std::uint64_t, PhysAddr>));
    EXPECT_FALSE((std::is_constructible_v<VirtAddr, PhysAddr>));
    EXPECT_FALSE((std::is_constructible_v<PhysAddr, FrameNumber>));
}

}  // namespace
}  // namespace base
