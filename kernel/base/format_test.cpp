// SPDX-License-Identifier: MIT
#include "kernel/base/format.hpp"

#include <gtest/gtest.h>

#include <string>

namespace base {
namespace {

template <class... Values>
std::string text(FormatString<std::type_identity_t<Values>...> format, Values const&... values) {
    char buffer[256];
    BufferSink sink(buffer);
    print(sink, format, values...);
    return std::string(sink.text());
}

std::string raw(std::string_view format, std::span<Argument const> values = {}) {
    char buffer[256];
    BufferSink sink(buffer);
    vformat(sink, format, values);
    return std::string(sink.text());
}

TEST(Format, copies_text) {
    EXPECT_EQ(text(""), "");
    EXPECT_EQ(text("plain"), "plain");
    EXPECT_EQ(text("a{{b}}c"), "a{b}c");
}

TEST(Format, writes_integers_of_every_width_and_sign) {
    EXPECT_EQ(text("{}", 0), "0");
    EXPECT_EQ(text("{}", -1), "-1");
    EXPECT_EQ(text("{}", INT64_MAX), "9223372036854775807");
    EXPECT_EQ(text("{}", INT64_MIN), "-9223372036854775808");
    EXPECT_EQ(text("{}", UINT64_MAX), "18446744073709551615");
    EXPECT_EQ(text("{}", std::uint8_t{255}), "255");
    EXPECT_EQ(text("{}", std::int8_t{-128}), "-128");
    EXPECT_EQ(text("{}", std::uint16_t{65535}), "65535");
}

TEST(Format, writes_hexadecimal) {
    EXPECT_EQ(text("{:x}", 0u), "0");
    EXPECT_EQ(text("{:x}", 0xdeadbeefu), "deadbeef");
    EXPECT_EQ(text("{:#x}", 0u), "0x0");
    EXPECT_EQ(text("{:#x}", UINT64_MAX), "0xffffffffffffffff");
    EXPECT_EQ(text("{:x}", -255), "-ff");
    EXPECT_EQ(text("{:x}", INT64_MIN), "-8000000000000000");
}

TEST(Format, pads_numbers_to_the_left_unless_told_otherwise) {
    EXPECT_EQ(text("{:5}|", 42), "   42|");
    EXPECT_EQ(text("{:<5}|", 42), "42   |");
    EXPECT_EQ(text("{:05}|", 42), "00042|");
    EXPECT_EQ(text("{:05}|", -42), "-0042|");
    EXPECT_EQ(text("{:#010x}|", 0xabc), "0x00000abc|");
    EXPECT_EQ(text("{:2}|", 12345), "12345|");
    EXPECT_EQ(text("{:016x}", 0x1234u), "0000000000001234");
}

TEST(Format, pads_text_to_the_right) {
    EXPECT_EQ(text("{:5}|", "ab"), "ab   |");
    EXPECT_EQ(text("{:1}|", "abc"), "abc|");
    EXPECT_EQ(text("{}", std::string_view("in a view")), "in a view");
    EXPECT_EQ(text("{:3}|", 'x'), "x  |");
    EXPECT_EQ(text("{} {}", true, false), "true false");
}

TEST(Format, a_huge_width_is_cut) { EXPECT_EQ(text("{:99999999999}", 1).size(), 64u); }

TEST(Format, writes_pointers_and_addresses) {
    EXPECT_EQ(text("{}", reinterpret_cast<void*>(0x1234)), "0x1234");
    EXPECT_EQ(text("{}", static_cast<void*>(nullptr)), "0x0");
    EXPECT_EQ(text("{} {}", PhysAddr(0x1000), VirtAddr(0xffff800000000000)), "0x1000 0xffff800000000000");
    EXPECT_EQ(text("{}", FrameNumber(16)), "0x10");
}

TEST(Format, writes_time_in_a_readable_unit) {
    EXPECT_EQ(text("{}", Duration::nanoseconds(350)), "350 ns");
    EXPECT_EQ(text("{}", Duration::microseconds(1234)), "1234 us");
    EXPECT_EQ(text("{}", Duration::milliseconds(250)), "250 ms");
    EXPECT_EQ(text("{}", Duration::seconds(90)), "90 s");
    EXPECT_EQ(text("{}", Duration::milliseconds(-250)), "-250 ms");
    EXPECT_EQ(text("{}", Instant::from_boot(Duration::microseconds(1'002'003))), "1.002003");
}

enum class Colour : std::uint8_t { red = 7 };
struct Point {
    int x, y;
};
void format_value(TextSink& sink, Point const& p) { print(sink, "({}, {})", p.x, p.y); }

TEST(Format, writes_enums_as_numbers_and_types_that_know_how) {
    EXPECT_EQ(text("{}", Colour::red), "7");
    EXPECT_EQ(text("at {}", Point{3, -4}), "at (3, -4)");
}

TEST(Format, a_placeholder_without_a_value_shows) {
    Argument const one[] = {Argument(1)};
    EXPECT_EQ(raw("{} {}", one), "1 {?}");
    EXPECT_EQ(raw("{}"), "{?}");
}

TEST(Format, damaged_formats_do_no_harm) {
    Argument const one[] = {Argument(1)};
    EXPECT_EQ(raw("{"), "{?}");
    EXPECT_EQ(raw("}"), "}");
    EXPECT_EQ(raw("a{:", one), "a1");
    EXPECT_EQ(raw("{:zz}", one), "1");
    EXPECT_EQ(raw("}}{{"), "}{");
}

TEST(Format, a_full_buffer_counts_what_it_drops) {
    char small[4];
    BufferSink sink(small);
    print(sink, "{}", 123456);
    EXPECT_EQ(sink.text(), "1234");
    EXPECT_EQ(sink.dropped(), 2u);
    sink.write("more");
    EXPECT_EQ(sink.dropped(), 6u);
}

}  // namespace
}  // namespace base
