// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

namespace arch {
namespace {

// Every size up to 100 at every alignment, against the plainest loop.
class BytesTest : public testing::Test {
protected:
    std::vector<std::byte> random_bytes(std::size_t size) {
        std::vector<std::byte> bytes(size);
        for (auto& b : bytes) b = static_cast<std::byte>(random());
        return bytes;
    }
    std::mt19937 random{3};
};

TEST_F(BytesTest, copies_exactly_what_was_asked_for) {
    for (std::size_t size = 0; size <= 100; ++size)
        for (std::size_t offset = 0; offset < 8; ++offset) {
            auto const from = random_bytes(size + offset);
            auto const before = random_bytes(size + offset + 9);
            auto to = before;
            copy_up(to.data() + offset, from.data() + offset, size);
            auto expected = before;
            std::copy_n(from.begin() + static_cast<long>(offset), size,
                        expected.begin() + static_cast<long>(offset));
            ASSERT_EQ(to, expected) << size << " at " << offset;
        }
}

TEST_F(BytesTest, moves_between_places_that_overlap) {
    for (std::size_t size = 0; size <= 60; ++size)
        for (std::size_t distance = 0; distance <= 20; ++distance) {
            auto const before = random_bytes(size + distance + 1);
            auto up = before, down = before;
            copy_up(up.data(), up.data() + distance, size);
            copy_down(down.data() + distance, down.data(), size);
            for (std::size_t i = 0; i < size; ++i) {
                ASSERT_EQ(up[i], before[i + distance]) << size << ' ' << distance;
                ASSERT_EQ(down[i + distance], before[i]) << size << ' ' << distance;
            }
            ASSERT_EQ(down.back(), before.back());
        }
}

TEST_F(BytesTest, fills_and_leaves_the_neighbours) {
    for (std::size_t size = 0; size <= 100; ++size) {
        auto const before = random_bytes(size + 2);
        auto bytes = before;
        fill(bytes.data() + 1, 0xc3, size);
        EXPECT_EQ(bytes.front(), before.front());
        EXPECT_EQ(bytes.back(), before.back());
        EXPECT_EQ(std::count(bytes.begin() + 1, bytes.end() - 1, std::byte{0xc3}), static_cast<long>(size));
    }
}

TEST_F(BytesTest, compares_as_the_first_different_byte_says) {
    for (int round = 0; round < 20'000; ++round) {
        auto const a = random_bytes(1 + random() % 40);
        auto b = a;
        for (unsigned i = random() % 3; i > 0; --i) b[random() % b.size()] = static_cast<std::byte>(random());
        int const expected = std::memcmp(a.data(), b.data(), a.size());
        int const got = compare(a.data(), b.data(), a.size());
        ASSERT_EQ(got < 0, expected < 0);
        ASSERT_EQ(got > 0, expected > 0);
    }
}

}  // namespace
}  // namespace arch
