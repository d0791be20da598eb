// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/packet_filter.hpp"

#include <gtest/gtest.h>

namespace viz::model {
namespace {

PacketRow row(bool outward, sim::debug::Protocol protocol, char const* from, char const* to,
              char const* info) {
    PacketRow r;
    r.outward = outward;
    r.decoded.protocol = protocol;
    r.decoded.source = from;
    r.decoded.destination = to;
    r.decoded.info = info;
    return r;
}

bool passes(char const* filter, PacketRow const& packet, std::uint64_t length = 100) {
    auto const parsed = PacketFilter::parse(filter);
    if (auto const* why = std::get_if<std::string>(&parsed)) {
        ADD_FAILURE() << filter << ": " << *why;
        return false;
    }
    return std::get<PacketFilter>(parsed).matches(packet, length);
}

TEST(PacketFilter, lets_through_what_it_says) {
    auto const get =
        row(false, sim::debug::Protocol::http, "10.0.2.2:5180", "10.0.2.15:80", "GET / HTTP/1.1");
    auto const syn = row(true, sim::debug::Protocol::tcp, "10.0.2.15:80", "10.0.2.2:5180", "SYN ACK seq 7");
    auto const arp =
        row(false, sim::debug::Protocol::arp, "52:55:0a:00:02:02", "ff:ff:ff:ff:ff:ff", "who has 10.0.2.2");
    EXPECT_TRUE(passes("", get));
    EXPECT_TRUE(passes("HTTP", get));
    EXPECT_TRUE(passes("get in", get));
    EXPECT_FALSE(passes("get out", get));
    EXPECT_TRUE(passes("not in", syn));
    EXPECT_TRUE(passes("port=80", syn));
    EXPECT_TRUE(passes("port=0x50", syn));
    EXPECT_TRUE(passes("PORT=080", syn));
    EXPECT_FALSE(passes("port=8", syn)) << "all of it, not a part";
    EXPECT_FALSE(passes("port=2", arp)) << "a hardware address has no port";
    EXPECT_TRUE(passes("host=10.0.2.2", get));
    EXPECT_FALSE(passes("host=10.0.2.1", get));
    EXPECT_TRUE(passes("len>99 len<101", get));
    EXPECT_FALSE(passes("len>100", get));
    for (auto const* packet : {&get, &arp}) EXPECT_TRUE(passes("arp or get", *packet));
    EXPECT_FALSE(passes("arp or get", syn));
    EXPECT_TRUE(passes("arp or not http and ack", syn));
    EXPECT_FALSE(passes("bad", get));
}

TEST(PacketFilter, says_what_is_wrong) {
    for (char const* text :
         {"or", "arp or", "not", "not or arp", "len>x", "port=http", "port=65536", "and arp"})
        EXPECT_TRUE(std::holds_alternative<std::string>(PacketFilter::parse(text))) << text;
}

}  // namespace
}  // namespace viz::model
