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
