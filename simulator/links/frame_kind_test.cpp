// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/frame_kind.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/fakes/frames.hpp"

namespace sim::links {
namespace {

using fakes::Bytes;
constexpr auto ipv4 = fakes::ipv4_frame;
Bytes tcp(std::uint8_t flags, std::size_t data = 0) { return fakes::tcp_frame(flags, data); }
constexpr std::uint8_t fin = fakes::tcp_fin, syn = fakes::tcp_syn, rst = fakes::tcp_rst, ack = fakes::tcp_ack;

TEST(FrameKind, is_told_from_the_bytes) {
    Bytes arp(60, 0);
    arp[12] = 0x08;
    arp[13] = 0x06;
    EXPECT_TRUE(is_kind(arp, FrameKind::arp));
    EXPECT_FALSE(is_kind(arp, FrameKind::ip));
    EXPECT_TRUE(is_kind(arp, FrameKind::any));
    EXPECT_FALSE(is_kind(tcp(syn), FrameKind::udp));
    EXPECT_TRUE(is_kind(tcp(syn), FrameKind::ip));
    EXPECT_TRUE(is_kind(ipv4(17, Bytes(8)), FrameKind::udp));
    EXPECT_TRUE(is_kind(ipv4(1, Bytes(8)), FrameKind::icmp));
    EXPECT_TRUE(is_kind(tcp(syn), FrameKind::syn));
    EXPECT_FALSE(is_kind(tcp(syn | ack), FrameKind::syn));
    EXPECT_TRUE(is_kind(tcp(syn | ack), FrameKind::synack));
    EXPECT_FALSE(is_kind(tcp(syn), FrameKind::synack));
    EXPECT_TRUE(is_kind(tcp(syn | ack), FrameKind::tcp));
    EXPECT_FALSE(is_kind(tcp(syn | ack), FrameKind::ack));
    EXPECT_TRUE(is_kind(tcp(ack), FrameKind::ack));
    EXPECT_FALSE(is_kind(tcp(ack, 5), FrameKind::ack));
    EXPECT_TRUE(is_kind(tcp(ack, 5), FrameKind::data));
    EXPECT_TRUE(is_kind(tcp(fin | ack), FrameKind::fin));
    EXPECT_TRUE(is_kind(tcp(rst), FrameKind::rst));
    // Padding of a short frame is no data.
    Bytes padded = tcp(ack);
    padded.resize(60);
    EXPECT_FALSE(is_kind(padded, FrameKind::data));
}

TEST(FrameKind, trusts_nothing) {
    std::mt19937 random(5);
    for (int i = 0; i < 20'000; ++i) {
        Bytes bytes = tcp(static_cast<std::uint8_t>(random()), random() % 20);
        for (unsigned k = 0; k < random() % 6; ++k)
            bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
        bytes.resize(random() % (bytes.size() + 1));
        for (unsigned kind = 0; kind <= static_cast<unsigned>(last_frame_kind); ++kind)
            is_kind(bytes, static_cast<FrameKind>(kind));
    }
}

TEST(FrameKind, has_a_name_that_reads_back) {
    for (unsigned i = 0; i <= static_cast<unsigned>(last_frame_kind); ++i)
        EXPECT_EQ(frame_kind_named(name_of(static_cast<FrameKind>(i))), static_cast<FrameKind>(i));
    EXPECT_EQ(frame_kind_named("packet"), FrameKind::any) << "as in packet:17";
    EXPECT_EQ(frame_kind_named("tcp beer"), std::nullopt);
    EXPECT_FALSE(is_tcp_word(""));
}

}  // namespace
}  // namespace sim::links
