// SPDX-License-Identifier: MIT
#include "kernel/memory/stacks.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace memory {
namespace {

TEST(StackSlots, no_two_slots_overlap_and_numbers_come_back) {
    for (std::size_t i = 0; i < StackSlots::slot_count; ++i) {
        EXPECT_EQ(StackSlots::slot_of_top(StackSlots::top(i)), i);
        EXPECT_EQ(StackSlots::top(i) - StackSlots::start, (i + 1) * StackSlots::slot_size);
    }
}

TEST(StackSlots, hands_out_each_slot_once_until_it_is_released) {
    auto slots = std::make_unique<StackSlots>();
    for (std::size_t i = 0; i < StackSlots::slot_count; ++i) EXPECT_EQ(slots->take("t", 4096), i);
    EXPECT_EQ(slots->take("t", 4096), std::nullopt);
    slots->release(17);
    EXPECT_EQ(slots->take("t", 4096), 17u);
}

TEST(StackSlots, knows_whose_guard_an_address_is) {
    auto slots = std::make_unique<StackSlots>();
    auto const slot = slots->take("worker", 8192).value();
    base::VirtAddr const top = StackSlots::top(slot);
    EXPECT_EQ(slots->guard_at(base::VirtAddr(top.raw() - 8193)), "worker");
    EXPECT_EQ(slots->guard_at(base::VirtAddr(top.raw() - 8192)), "") << "the stack itself";
    EXPECT_EQ(slots->guard_at(base::VirtAddr(top.raw() + 1)), "") << "a free slot";
    EXPECT_EQ(slots->guard_at(base::VirtAddr(0)), "");
}

}  // namespace
}  // namespace memory
