// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/tcp_segments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulator/devices/virtio_net.hpp"
#include "tests/fakes/virtio_card.hpp"

namespace sim::devices {
namespace {

using fakes::card::Rig;
using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t head = 14 + 20 + 20;

// From 10.0.2.15 to 10.0.2.2, with FIN, PSH, ACK and CWR, and `count` bytes.
Bytes large(std::size_t count) {
    Bytes f(head + count);
    Bytes const fixed = {
        2,    0,    0,    0,    0,    2,    2,    0,    0,  0, 0, 1, 8, 0,  // Ethernet
        0x45, 0,    0,    0,    0xFF, 0xFF, 0x40, 0,    64, 6, 0, 0,        // IPv4: identification 65535
        10,   0,    2,    15,   10,   0,    2,    2,                        //
        0,    80,   0x9C, 0x40, 0xFF, 0xFF, 0xFF, 0x00, 0,  0, 0, 9,        // TCP: sequence 2^32 - 256
        0x50, 0x99, 0x10, 0,    0,    0,    0,    0};
    std::copy(fixed.begin(), fixed.end(), f.begin());
    f[16] = static_cast<std::uint8_t>((f.size() - 14) >> 8);
    f[17] = static_cast<std::uint8_t>(f.size() - 14);
    for (std::size_t i = 0; i < count; ++i) f[head + i] = static_cast<std::uint8_t>(i * 7 + i / 256);
    return f;
}

std::uint32_t get(Bytes const& b, std::size_t at, unsigned size) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i) value = value << 8 | b[at + i];
    return value;
}

// Everything added, the checksum's field included, is all ones. [rfc1071 §1]
std::uint32_t sum(Bytes const& b, std::size_t from, std::size_t to, std::uint32_t start = 0) {
    for (std::size_t i = from; i < to; ++i) start += (i - from) % 2 ? b[i] : b[i] << 8;
    while (start >> 16) start = (start & 0xFFFF) + (start >> 16);
    return start;
}

TEST(TcpSegments, each_is_a_whole_packet_and_together_they_are_the_large_one) {
    for (std::size_t const count : {1u, 1000u, 1001u, 2999u, 3000u, 16384u}) {
        Bytes const frame = large(count);
        Segments const cut = cut_tcp4(frame, 1000);
        ASSERT_EQ(cut.frames.size(), (count + 999) / 1000);
        Bytes payload;
        for (std::size_t i = 0; i < cut.frames.size(); ++i) {
            Bytes const& f = cut.frames[i];
            bool const last = i + 1 == cut.frames.size();
            EXPECT_EQ(f.size(), head + (last ? count - 1000 * i : 1000));
            EXPECT_EQ(get(f, 16, 2), f.size() - 14);
            EXPECT_EQ(get(f, 18, 2), (0xFFFF + i) % 0x10000);  // identification
            EXPECT_EQ(get(f, 38, 4), static_cast<std::uint32_t>(0xFFFF'FF00 + 1000 * i));
            EXPECT_EQ(f[47], (i == 0 ? 0x80 : 0) | (last ? 0x09 : 0) | 0x10) << i;
            EXPECT_EQ(sum(f, 14, 34), 0xFFFFu);
            EXPECT_EQ(sum(f, 34, f.size(), sum(f, 26, 34, static_cast<std::uint32_t>(6 + f.size() - 34))),
                      0xFFFFu);
            payload.insert(payload.end(), f.begin() + head, f.end());
        }
        EXPECT_EQ(payload, Bytes(frame.begin() + head, frame.end()));
    }
}

TEST(TcpSegments, what_is_no_tcp_over_ipv4_is_refused) {
    Bytes const good = large(3000);
    EXPECT_EQ(cut_tcp4(good, 1000).frames.size(), 3u);
    auto const spoilt = [&](std::size_t at, std::uint8_t value) {
        Bytes bad = good;
        bad[at] = value;
        return cut_tcp4(bad, 1000);
    };
    EXPECT_TRUE(cut_tcp4(good, 0).frames.empty());
    EXPECT_TRUE(cut_tcp4(good, 1).frames.empty()) << "more segments than any driver needs";
    for (auto const& [at, value] : {std::pair{12, 0x86},
                                    {14, 0x65},
                                    {14, 0x44},
                                    {14, 0x4F},
                                    {16, 0xFF},
                                    {23, 17},
                                    {46, 0x40},
                                    {17, 0}}) {
        auto const result = spoilt(static_cast<std::size_t>(at), static_cast<std::uint8_t>(value));
        bool const longer_header = at == 14 && value == 0x4F;  // then TCP begins in the payload
        if (!longer_header) {
            EXPECT_TRUE(result.frames.empty()) << at;
        }
        EXPECT_EQ(result.frames.empty(), !result.error.empty()) << at;
    }
    for (std::size_t size = 0; size < head; ++size)
        EXPECT_TRUE(cut_tcp4(std::span(good).first(size), 1000).frames.empty()) << size;
}

Bytes asking(std::uint16_t size) {
    Bytes header(12);
    header[0] = 1, header[1] = 1;
    header[2] = head;
    header[4] = static_cast<std::uint8_t>(size), header[5] = static_cast<std::uint8_t>(size >> 8);
    header[6] = 34, header[8] = 16;
    return header;
}

constexpr std::uint64_t host_tso4 = 1ull << 11;

TEST(VirtioNet, cuts_large_segments_if_that_was_negotiated) {
    using namespace fakes::card;
    Rig rig;
    rig.start(version_1 | csum | host_tso4);
    rig.send(large(3000), 0, asking(1460));
    ASSERT_EQ(rig.board.outputs.size(), 3u);
    EXPECT_EQ(rig.board.outputs[0].size(), head + 1460);
    EXPECT_EQ(rig.board.outputs[2].size(), head + 80);
    EXPECT_EQ(rig.used(tx)->first, 0u);
    // Without the header's word it is just too long.
    rig.send(large(3000), 1);
    EXPECT_EQ(rig.board.outputs.size(), 3u);
    EXPECT_EQ(rig.used(tx)->first, 1u);
    EXPECT_FALSE(rig.failed());
}

TEST(VirtioNet, cuts_nothing_for_a_driver_that_did_not_ask_for_it_before) {
    using namespace fakes::card;
    Rig rig;
    rig.start(version_1 | csum);
    rig.send(large(1000), 0, asking(500));
    EXPECT_TRUE(rig.board.outputs.empty());
    EXPECT_EQ(rig.used(tx)->first, 0u);
    EXPECT_FALSE(rig.failed());
}

// As it arrives: with both checksums.
Bytes complete(std::size_t count) { return cut_tcp4(large(count), count).frames.at(0); }

TEST(TcpSegments, a_checksum_that_was_left_open_can_be_filled_in_again) {
    for (std::size_t const count : {1u, 3000u, 3001u, 65'535u - 40u}) {
        Bytes const frame = complete(count);
        Bytes open = frame;
        auto const places = leave_checksum_open(open);
        ASSERT_TRUE(places) << count;
        EXPECT_EQ(places->header, 34);
        EXPECT_EQ(places->payload, head);
        EXPECT_EQ(get(open, 50, 2), sum(open, 26, 34, static_cast<std::uint32_t>(6 + 20 + count)));
        complete_checksum(open, 34, 16);
        EXPECT_EQ(open, frame);
    }
}

TEST(TcpSegments, what_is_damaged_no_tcp_or_a_piece_of_a_packet_stays_as_it_is) {
    Bytes const good = complete(3000);
    for (std::size_t at : {12u, 14u, 17u, 23u, 24u, 26u, 33u, 34u, 46u, 50u, 54u, 3053u}) {
        Bytes bad = good;
        bad[at] ^= 0x10;
        Bytes const before = bad;
        EXPECT_FALSE(leave_checksum_open(bad)) << at;
        EXPECT_EQ(bad, before);
    }
    Bytes fragment = good;
    fragment[20] |= 0x20, fragment[24] = fragment[25] = 0;
    std::uint32_t const ip = sum(fragment, 14, 34);
    fragment[24] = static_cast<std::uint8_t>(~ip >> 8), fragment[25] = static_cast<std::uint8_t>(~ip);
    EXPECT_FALSE(leave_checksum_open(fragment));
    for (std::size_t size = 0; size < good.size(); size += 7) {
        Bytes cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_FALSE(leave_checksum_open(cut)) << size;
    }
}

constexpr std::uint64_t guest_csum = 1ull << 1, guest_tso4 = 1ull << 7;

TEST(VirtioNet, hands_a_large_segment_over_whole_to_a_driver_that_takes_such) {
    using namespace fakes::card;
    Rig rig;
    rig.start(version_1 | guest_csum | guest_tso4 | mergeable);
    Bytes const arrived = complete(9000);
    Bytes expected = arrived;
    leave_checksum_open(expected);
    rig.arrive(arrived);  // it waits for buffers
    rig.arrive(frame(100));
    for (std::uint16_t i = 0; i < 4; ++i) rig.give_buffer(i, 4096);
    rig.notify(rx);
    std::uint64_t const at = buffers + 0x40000;
    Bytes got;
    for (unsigned i = 0; i < 3; ++i) {
        auto const used = rig.used(rx);
        ASSERT_TRUE(used);
        auto const begin = rig.board.ram.begin() + static_cast<std::ptrdiff_t>(at + i * 0x1000);
        got.insert(got.end(), begin, begin + used->second);
    }
    ASSERT_EQ(got.size(), 12 + arrived.size());
    // NEEDS_CSUM, TCPV4, 54 bytes of headers, segments of 1460, the sum from 34 on to 34 + 16.
    EXPECT_EQ(Bytes(got.begin(), got.begin() + 12),
              (Bytes{1, 1, 54, 0, 1460 & 0xFF, 1460 >> 8, 34, 0, 16, 0, 3, 0}));
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), got.begin() + 12));
    // The next is a frame like any other.
    EXPECT_EQ(rig.used(rx), (std::pair{3u, 112u}));
    EXPECT_EQ(rig.peek<std::uint32_t>(at + 3 * 0x1000), 0u);
    EXPECT_FALSE(rig.failed());
}

TEST(VirtioNet, drops_larger_frames_that_nobody_takes_or_that_are_damaged) {
    using namespace fakes::card;
    Rig rig;
    rig.start(version_1 | guest_csum | mergeable);
    for (std::uint16_t i = 0; i < 4; ++i) rig.give_buffer(i, 4096);
    rig.arrive(complete(9000));
    EXPECT_FALSE(rig.used(rx));

    Rig taking;
    taking.start(version_1 | guest_csum | guest_tso4 | mergeable);
    for (std::uint16_t i = 0; i < 4; ++i) taking.give_buffer(i, 4096);
    Bytes damaged = complete(9000);
    damaged[5000] ^= 1;
    taking.arrive(damaged);
    taking.arrive(frame(9000));
    taking.arrive(Bytes(VirtioNet::largest_to_cut + 1));
    EXPECT_FALSE(taking.used(rx));
    taking.arrive(frame(60));
    EXPECT_TRUE(taking.used(rx));
}

}  // namespace
}  // namespace sim::devices
