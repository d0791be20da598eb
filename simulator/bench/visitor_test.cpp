// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/visitor.hpp"

#include <gtest/gtest.h>

#include "simulator/bench/datagrams.hpp"

namespace sim::bench {
namespace {

constexpr std::size_t tcp = ethernet_header + ip_header, data = tcp + 20;
constexpr std::uint32_t server_isn = 0xFFFF'FFF0;  // it wraps soon

// The ones' complement sum of a header with its checksum in it is all ones.
std::uint32_t sum_of(Frame const& frame, std::size_t at, std::size_t length, std::uint32_t sum = 0) {
    for (std::size_t i = 0; i < length; ++i) sum += std::uint32_t{frame[at + i]} << (i % 2 ? 0 : 8);
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return sum;
}

// As the guest would send it; the visitor looks at no checksum.
Frame from_guest(std::uint32_t sequence, std::uint8_t flags, std::string const& text = "") {
    std::vector<std::uint8_t> segment(20 + text.size());
    put_be(segment, 0, 2, 80);
    put_be(segment, 2, 2, 40'000);
    put_be(segment, 4, 4, sequence);
    segment[12] = 5 << 4;
    segment[13] = flags;
    std::copy(text.begin(), text.end(), segment.begin() + 20);
    return tcp_packet(std::move(segment));
}

TEST(Wire, frames_are_ones_that_any_host_would_take) {
    Frame const datagram = DatagramPeer().next().back();
    EXPECT_EQ(sum_of(datagram, ethernet_header, ip_header), 0xFFFFu);
    EXPECT_EQ(get_be(datagram, ethernet_header + 2, 2), datagram.size() - ethernet_header);
    Visitor visitor;
    Frame const syn = visitor.open().back();
    EXPECT_EQ(sum_of(syn, ethernet_header, ip_header), 0xFFFFu);
    std::uint32_t const pseudo = 6 + 20 + sum_of(syn, ethernet_header + 12, 8);
    EXPECT_EQ(sum_of(syn, tcp, 20, pseudo), 0xFFFFu);
    EXPECT_EQ(syn[tcp + 13], 0x02);
}

TEST(Visitor, asks_again_and_again_on_one_connection) {
    Visitor visitor;
    std::uint32_t const first = get_be(visitor.open().back(), tcp + 4, 4);
    EXPECT_FALSE(visitor.connected());
    visitor.on_frame(from_guest(server_isn, 0x12));
    ASSERT_TRUE(visitor.connected());
    auto const ack = visitor.answer();
    ASSERT_TRUE(ack);
    EXPECT_EQ(get_be(*ack, tcp + 8, 4), server_isn + 1);
    EXPECT_FALSE(visitor.answer()) << "said once";

    Frame const request = visitor.request("/x");
    EXPECT_EQ(get_be(request, tcp + 4, 4), first + 1);
    EXPECT_EQ(std::string(request.begin() + data, request.begin() + data + 15), "GET /x HTTP/1.1");
    // In two parts: of the first it says that it came, the second it takes with the next request.
    visitor.on_frame(from_guest(server_isn + 1, 0x10, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"));
    EXPECT_FALSE(visitor.answered());
    EXPECT_TRUE(visitor.answer());
    visitor.on_frame(from_guest(server_isn + 100, 0x10, "not what comes next"));
    EXPECT_FALSE(visitor.answered());
    visitor.on_frame(from_guest(server_isn + 1 + 44, 0x18, "67890"));
    EXPECT_TRUE(visitor.answered());
    EXPECT_FALSE(visitor.answer());
    Frame const next = visitor.request("/y");
    EXPECT_FALSE(visitor.answered());
    EXPECT_EQ(get_be(next, tcp + 8, 4), server_isn + 1 + 44 + 5);
}

TEST(Visitor, what_is_cut_or_not_for_it_is_left_alone) {
    Visitor visitor;
    Frame const whole = from_guest(server_isn, 0x12);
    for (std::size_t length = 0; length < whole.size(); ++length)
        visitor.on_frame(std::span(whole).first(length));
    Frame other = whole;
    other[tcp + 3] ^= 1;  // another port
    visitor.on_frame(other);
    Frame lying = whole;
    lying[tcp + 12] = 0xF0;  // its header ends behind it
    visitor.on_frame(lying);
    EXPECT_FALSE(visitor.connected());
}

}  // namespace
}  // namespace sim::bench
