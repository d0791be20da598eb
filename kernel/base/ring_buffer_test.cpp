// SPDX-License-Identifier: MIT
#include "kernel/base/ring_buffer.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace base {
namespace {

TEST(RingBuffer, first_in_first_out_until_full) {
    RingBuffer<int, 4> ring;
    EXPECT_TRUE(ring.empty());
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(ring.push(i));
    EXPECT_TRUE(ring.full());
    EXPECT_FALSE(ring.push(99));
    for (int i = 0; i < 4; ++i) EXPECT_EQ(ring.pop(), i);
    EXPECT_EQ(ring.pop(), std::nullopt);
}

TEST(RingBuffer, agrees_with_a_queue_over_many_random_steps) {
    RingBuffer<unsigned, 16> ring;
    std::deque<unsigned> oracle;
    std::mt19937 random(42);
    for (unsigned i = 0; i < 200'000; ++i) {
        if (random() % 2 == 0) {
            EXPECT_EQ(ring.push(i), oracle.size() < 16);
            if (oracle.size() < 16) oracle.push_back(i);
        } else if (auto const got = ring.pop()) {
            ASSERT_FALSE(oracle.empty());
            EXPECT_EQ(*got, oracle.front());
            oracle.pop_front();
        } else {
            EXPECT_TRUE(oracle.empty());
        }
        ASSERT_EQ(ring.size(), oracle.size());
    }
}

}  // namespace
}  // namespace base
