// SPDX-License-Identifier: MIT
//
// What a network card and the thread that drives it say to each other, whatever the card
// is: devices::VirtioNet on the machine, platform::hosted::FrameCard in a process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace devices {

constexpr std::size_t largest_frame = 1514;  // Ethernet header and 1500 bytes; no VLAN, no FCS

struct CardStatistics {
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t bytes_sent = 0;
    // Shorter than a header, too long, with offsets outside the frame, or merged as was not agreed.
    std::uint64_t bad_frames = 0;
    std::uint64_t notifications = 0;
    std::uint64_t interrupts = 0;
};

// A frame in the card's memory; good until the card is asked for the next.
struct ReceivedFrame {
    std::span<std::uint8_t const> bytes;
    bool checksum_verified = false;  // the device did
    bool checksum_partial = false;   // from this host, not filled in
    // Not 0: TCP segments with so much payload each, merged into one; at most a packet of which
    // the length field has 16 bits.
    std::uint16_t segment_size = 0;
};

// What the device is to do to a frame before it leaves.
struct FrameOffload {
    bool needs_checksum = false;
    std::uint16_t checksum_start = 0;
    std::uint16_t checksum_offset = 0;
    // Not 0: it is TCP, to be cut into segments of so many bytes behind the
    // `header_length` bytes of headers, each with a copy of those.
    std::uint16_t segment_size = 0;
    std::uint16_t header_length = 0;
    bool is_ipv6 = false;
};

// A frame to send, as it lies in memory.
using FramePieces = std::span<std::span<std::uint8_t const> const>;

}  // namespace devices
