// SPDX-License-Identifier: MIT
#include "kernel/http/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace http {
namespace {

TEST(Text, finds_one_byte_that_differs_wherever_it_stands) {
    for (std::size_t size = 0; size <= 33; ++size) {
        std::string const text(size, 'x');
        EXPECT_TRUE(is_text(text, std::string(size, 'x'))) << size;
        EXPECT_TRUE(begins_with(text + "more", text)) << size;
        EXPECT_FALSE(begins_with(text, text + "x")) << size;
        for (std::size_t at = 0; at < size; ++at) {
            std::string other = text;
            other[at] = 'y';
            EXPECT_FALSE(is_text(text, other)) << size << ' ' << at;
        }
    }
}

TEST(Text, reads_decimal_numbers_up_to_the_largest) {
    std::uint64_t value = 7;
    EXPECT_TRUE(parse_decimal("18446744073709551615", value));
    EXPECT_EQ(value, UINT64_MAX);
    EXPECT_TRUE(parse_decimal("000000000000000000000042", value));
    EXPECT_EQ(value, 42u);
    for (std::string_view bad :
         {"", "18446744073709551616", "99999999999999999999", "1a", "/", ":", "-1", " 1", "\xb1"})
        EXPECT_FALSE(parse_decimal(bad, value)) << bad;
    EXPECT_EQ(value, 42u);
}

}  // namespace
}  // namespace http
