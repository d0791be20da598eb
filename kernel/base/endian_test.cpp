// SPDX-License-Identifier: MIT
#include "kernel/base/endian.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace base {
namespace {

TEST(Endian, stores_the_byte_order_in_its_name) {
    std::uint8_t bytes[8];
    Be32 const big(0x01020304);
    std::memcpy(bytes, &big, 4);
    EXPECT_EQ(bytes[0], 1);
    EXPECT_EQ(bytes[3], 4);
    Le32 const little(0x01020304);
    std::memcpy(bytes, &little, 4);
    EXPECT_EQ(bytes[0], 4);
    EXPECT_EQ(bytes[3], 1);
}

TEST(Endian, gives_back_what_was_stored) {
    for (std::uint64_t value : {0ULL, 1ULL, 0x80ULL, 0x0102030405060708ULL, ~0ULL}) {
        EXPECT_EQ(Be64(value).value(), value);
        EXPECT_EQ(Le64(value).value(), value);
        EXPECT_EQ(Be32(static_cast<std::uint32_t>(value)).value(), static_cast<std::uint32_t>(value));
        EXPECT_EQ(Be16(static_cast<std::uint16_t>(value)).value(), static_cast<std::uint16_t>(value));
    }
}

TEST(Endian, may_lie_at_any_address) {
    struct Odd {
        std::uint8_t first;
        Be32 number;
        Le16 last;
    };
    static_assert(sizeof(Odd) == 7);
    Odd odd{};
    odd.number.set(0xdeadbeef);
    odd.last.set(0x1234);
    EXPECT_EQ(odd.number.value(), 0xdeadbeefu);
    EXPECT_EQ(odd.last.value(), 0x1234u);
}

}  // namespace
}  // namespace base
