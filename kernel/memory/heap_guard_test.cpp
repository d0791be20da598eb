// SPDX-License-Identifier: MIT
#include "kernel/memory/heap_guard.hpp"

#include <gtest/gtest.h>

#include <array>

namespace memory::guard {
namespace {

class HeapGuard : public testing::Test {
protected:
    alignas(16) std::array<std::byte, 64> memory{};
    Slot slot{memory};
};

TEST_F(HeapGuard, every_byte_behind_an_object_is_watched) {
    for (std::size_t const size : {std::size_t{0}, std::size_t{1}, std::size_t{20}, std::size_t{48}}) {
        for (std::size_t at = size; at < 64 - sizeof(Tail); ++at) {
            arm(slot, {static_cast<std::uint32_t>(size), 1});
            EXPECT_TRUE(is_intact(slot));
            slot[at] = std::byte{0};
            EXPECT_FALSE(is_intact(slot)) << size << " bytes, written at " << at;
        }
    }
}

TEST_F(HeapGuard, an_object_is_its_owners) {
    arm(slot, {40, 7});
    std::fill_n(slot.begin(), 40, std::byte{0});
    EXPECT_TRUE(is_intact(slot));
    EXPECT_EQ(tail(slot).size, 40u);
    EXPECT_EQ(tail(slot).allocated_by, 7u);
}

TEST_F(HeapGuard, a_size_that_cannot_be_is_damage_and_not_followed) {
    arm(slot, {40, 7});
    slot[56] = slot[57] = slot[58] = slot[59] = std::byte{0xff};
    EXPECT_FALSE(is_intact(slot));
}

TEST_F(HeapGuard, a_write_after_free_shows) {
    arm(slot, {40, 7});
    poison(slot);
    slot[0] = std::byte{1};  // the heap's own link
    EXPECT_TRUE(is_poisoned(slot));
    slot[39] = std::byte{0};
    EXPECT_FALSE(is_poisoned(slot));
}

}  // namespace
}  // namespace memory::guard
