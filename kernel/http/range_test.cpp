// SPDX-License-Identifier: MIT
#include "kernel/http/range.hpp"

#include <gtest/gtest.h>

namespace http {
namespace {

using Kind = Range::Kind;

void expect_part(std::string_view field, std::uint64_t first, std::uint64_t last) {
    Range const range = parse_range(field, 1000);
    EXPECT_EQ(range.kind, Kind::part) << field;
    EXPECT_EQ(range.first, first) << field;
    EXPECT_EQ(range.last, last) << field;
}

TEST(Range, first_to_last_to_the_end_and_the_last_so_many) {
    expect_part("bytes=0-0", 0, 0);
    expect_part("bytes=0-499", 0, 499);
    expect_part("Bytes = 500-2000", 500, 999);
    expect_part("bytes=999-", 999, 999);
    expect_part("bytes=-1", 999, 999);
    expect_part("bytes=-5000", 0, 999);
    expect_part("bytes=0-18446744073709551615", 0, 999);
}

TEST(Range, behind_the_end_there_is_nothing) {
    for (char const* field : {"bytes=1000-", "bytes=1000-2000", "bytes=18446744073709551615-", "bytes=-0"})
        EXPECT_EQ(parse_range(field, 1000).kind, Kind::nowhere) << field;
    EXPECT_EQ(parse_range("bytes=0-", 0).kind, Kind::nowhere);
    EXPECT_EQ(parse_range("bytes=-0", 0).kind, Kind::nowhere);
}

// The one form that nothing at all can satisfy. [rfc9110 §14.1.2]
TEST(Range, the_last_bytes_of_an_empty_file_are_all_of_it) {
    EXPECT_EQ(parse_range("bytes=-1", 0).kind, Kind::whole);
    EXPECT_EQ(parse_range("bytes=-500", 0).kind, Kind::whole);
}

TEST(Range, what_we_do_not_know_asks_for_all) {
    for (char const* field :
         {"", "bytes", "bytes=", "bytes=-", "bytes=5", "bytes=9-5", "bytes=a-b", "bytes=1-b", "bytes=0-1,5-6",
          "lines=1-2", "bytes=--1", "bytes=18446744073709551616-", "bytes=+1-2"})
        EXPECT_EQ(parse_range(field, 1000).kind, Kind::whole) << field;
}

}  // namespace
}  // namespace http
