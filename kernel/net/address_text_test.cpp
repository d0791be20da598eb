// SPDX-License-Identifier: MIT
#include "kernel/net/address_text.hpp"

#include <gtest/gtest.h>

namespace net {
namespace {

TEST(AddressText, addresses_are_read_as_written) {
    EXPECT_EQ(parse_ipv4("10.0.2.15"), Ipv4Address(10, 0, 2, 15));
    EXPECT_EQ(parse_ipv4("255.255.255.255"), Ipv4Address::broadcast());
    EXPECT_EQ(parse_ipv4_configuration("10.0.0.2/24"),
              (Ipv4Configuration{Ipv4Address(10, 0, 0, 2), 24, {}, {}}));
    EXPECT_EQ(parse_endpoint("10.0.0.1", Port(80)), (Endpoint{Ipv4Address(10, 0, 0, 1), Port(80)}));
    EXPECT_EQ(parse_endpoint("10.0.0.1:8080", Port(80)), (Endpoint{Ipv4Address(10, 0, 0, 1), Port(8080)}));
}

TEST(AddressText, addresses_are_printed_as_they_are_read) {
    char text[20];
    base::BufferSink sink(text);
    base::print(sink, "{}", Ipv4Address(10, 0, 2, 255));
    EXPECT_EQ(sink.text(), "10.0.2.255");
}

TEST(AddressText, a_name_has_a_dot_and_perhaps_a_port) {
    auto const read = [](std::string_view text) {
        auto const found = parse_named_endpoint(text, Port(80));
        return found ? std::string(found->name) + ' ' + std::to_string(found->port.value()) : "refused";
    };
    EXPECT_EQ(read("www.example.com"), "www.example.com 80");
    EXPECT_EQ(read("a.b:8080"), "a.b 8080");
    for (char const* wrong : {"", "nobody", "nobody:1.2", "a.b:", "a.b:0", "a.b:65536", "a.b:1x", ":80"})
        EXPECT_EQ(read(wrong), "refused") << wrong;
}

TEST(AddressText, ipv6_is_read_and_written_as_people_do) {
    struct {
        char const* text;
        std::uint64_t high, low;
    } const cases[] = {{"::", 0, 0},
                       {"::1", 0, 1},
                       {"1::", 0x1'0000'0000'0000, 0},
                       {"fe80::1", 0xfe80ull << 48, 1},
                       {"2001:db8::1:0:0:1", 0x2001'0db8'0000'0000, 0x0001'0000'0000'0001},
                       {"2001:db8:0:1:1:1:1:1", 0x2001'0db8'0000'0001, 0x0001'0001'0001'0001},
                       {"1:2:3:4:5:6:7:8", 0x0001'0002'0003'0004, 0x0005'0006'0007'0008},
                       {"1:2:3:4:5:6:7:0", 0x0001'0002'0003'0004, 0x0005'0006'0007'0000},
                       {"0:1::", 0x0000'0001'0000'0000, 0},
                       {"ff02::1:ff00:a9", 0xff02ull << 48, 0x1'ff00'00a9}};
    for (auto const& c : cases) {
        EXPECT_EQ(parse_ipv6(c.text), Ipv6Address(c.high, c.low)) << c.text;
        char text[48];
        base::BufferSink sink(text);
        base::print(sink, "{}", Ipv6Address(c.high, c.low));
        EXPECT_EQ(sink.text(), c.text);
    }
    EXPECT_EQ(parse_ipv6("FE80:0:0:0:0:0:0:A"), Ipv6Address(0xfe80ull << 48, 10));
    EXPECT_EQ(parse_ipv6("::ffff:10.0.0.1"), Ipv6Address(0, 0xffff'0a00'0001));
    EXPECT_EQ(parse_ipv6("64:ff9b::1.2.3.4"), Ipv6Address(0x0064'ff9b'0000'0000, 0x0102'0304));
    EXPECT_EQ(parse_ipv6_prefixed("fd00::2/64")->length, 64);
    EXPECT_EQ(parse_endpoint("[fd00::2]:8080", Port(80)),
              (Endpoint{Ipv6Address(0xfd00ull << 48, 2), Port(8080)}));
    EXPECT_EQ(parse_endpoint("fd00::2", Port(80)), (Endpoint{Ipv6Address(0xfd00ull << 48, 2), Port(80)}));
    char text[64];
    base::BufferSink sink(text);
    base::print(sink, "{} {}", Endpoint{Ipv6Address(0xfd00ull << 48, 2), Port(8080)},
                Endpoint{Ipv4Address(10, 0, 0, 1), Port(80)});
    EXPECT_EQ(sink.text(), "[fd00::2]:8080 10.0.0.1:80");
}

TEST(AddressText, anything_else_of_ipv6_is_refused) {
    for (char const* text : {"",
                             ":",
                             ":::",
                             "1",
                             "1:2",
                             "::1::",
                             "1::2::3",
                             ":1",
                             "1:",
                             "12345::",
                             "g::",
                             "1:2:3:4:5:6:7",
                             "::1 ",
                             "1:2:3:4:5:6:7:8:9",
                             "1:2:3:4:5:6:7::8",
                             "1:2:3:4:5:6:7:8::",
                             "::1.2.3",
                             "::1.2.3.256",
                             "1:2:3:4:5:6:7:1.2.3.4",
                             "::1/64"})
        EXPECT_FALSE(parse_ipv6(text)) << text;
    for (char const* text :
         {"fd00::2", "fd00::2/", "fd00::2/0", "fd00::2/129", "ff02::1/64", "::/64", "::1/64"})
        EXPECT_FALSE(parse_ipv6_prefixed(text)) << text;
    for (char const* text :
         {"[fd00::2", "[fd00::2]80", "[fd00::2]:", "fd00::2]:80", "[10.0.0.1]:80", "[::]:80"})
        EXPECT_FALSE(parse_endpoint(text, Port(80))) << text;
}

TEST(AddressText, anything_else_is_refused) {
    for (char const* text : {"", "10", "10.0.0", "10.0.0.", "10.0.0.256", "10.0.0.01", "10.0.0.1 ", "a.b.c.d",
                             "10.0.0.1.2", "1000.0.0.1", "-1.0.0.1", "99999999999.0.0.1"})
        EXPECT_FALSE(parse_ipv4(text)) << text;
    for (char const* text : {"10.0.0.2", "10.0.0.2/", "10.0.0.2/33", "10.0.0.2/0", "10.0.0.2/24x",
                             "0.0.0.0/8", "224.0.0.1/4", "10.0.0.2:24"})
        EXPECT_FALSE(parse_ipv4_configuration(text)) << text;
    for (char const* text :
         {"10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:80x", "255.255.255.255:1"})
        EXPECT_FALSE(parse_endpoint(text, Port(80))) << text;
}

}  // namespace
}  // namespace net
