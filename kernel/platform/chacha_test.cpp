// SPDX-License-Identifier: MIT
#include "kernel/platform/chacha.hpp"

#include <gtest/gtest.h>

#include <set>

namespace platform {
namespace {

TEST(ChaCha, gives_the_block_of_the_rfc) {  // [rfc8439 §2.3.2]
    ChaCha::Key const key = {0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c,
                             0x13121110, 0x17161514, 0x1b1a1918, 0x1f1e1d1c};
    auto const block = ChaCha::block(key, 1, {0x09000000, 0x4a000000, 0x00000000});
    EXPECT_EQ(block, (std::array<std::uint32_t, 16>{0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3,
                                                    0xc7f4d1c7, 0x0368c033, 0x9aaa2204, 0x4e6cd4c3,
                                                    0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9,
                                                    0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2}));
}

TEST(ChaCha, does_not_repeat_itself) {
    ChaCha generator({1, 2, 3});
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 10'000; ++i) seen.insert(generator.next());
    EXPECT_EQ(seen.size(), 10'000u);
}

TEST(ChaCha, is_the_same_for_the_same_seed_and_another_for_another) {
    ChaCha one({1}), same({1}), other({2});
    for (int i = 0; i < 20; ++i) {
        std::uint64_t const value = one.next();
        EXPECT_EQ(value, same.next());
        EXPECT_NE(value, other.next());
    }
}

}  // namespace
}  // namespace platform
