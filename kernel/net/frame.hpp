// SPDX-License-Identifier: MIT
//
// Frames at the border between the stack and whoever drives the device. They
// carry what a device may do, or may have done, for the stack: checksums, and
// segments larger than the link takes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace net {

using Bytes = std::span<std::uint8_t const>;
using MutableBytes = std::span<std::uint8_t>;

// What is known about the TCP or UDP checksum of a received frame.
enum class ChecksumState : std::uint8_t {
    Unknown,   // nothing: the stack verifies it
    Verified,  // the device did (VIRTIO_NET_HDR_F_DATA_VALID)
    Partial,   // it never left this host and is not filled in (VIRTIO_NET_HDR_F_NEEDS_CSUM)
};

// A received frame: from the destination MAC to the end, without the frame
// check sequence. The bytes belong to the caller; the stack looks at them only
// during on_frame and copies what it keeps, so the buffer can go back to the
// device as soon as that call returns.
struct RxFrame {
    Bytes bytes;
    ChecksumState checksum = ChecksumState::Unknown;
    // Not 0: the device merged TCP segments of this much payload into one, which the link
    // would not carry; up to 65,535 octets of IPv4 packet.
    std::uint16_t gso_size = 0;

    // Sent to a group of stations, or to all. [ieee-802.3 §3.2.3]
    bool is_for_many() const { return (bytes[0] & 1) != 0; }
};

// What the stack leaves to the device in a sent frame.
enum class Gso : std::uint8_t { None, Tcp4, Tcp6 };

// A frame to send: the headers, then the payload in up to two parts (a ring
// buffer wraps). The payload points into the stack's buffers: copy it out, or
// send it, before the next call that changes the stack.
struct TxFrame {
    static constexpr std::size_t header_capacity = 128;  // Ethernet 14, IPv6 40, TCP 60: at most 114

    std::array<std::uint8_t, header_capacity> header;
    std::uint16_t header_length = 0;
    Bytes payload[2];

    // If set, the device (or whoever stands for it) stores at checksum_start +
    // checksum_offset the Internet checksum of everything from checksum_start
    // on; the pseudo-header's sum is already in the field. Offsets are from the
    // first octet of the frame, as in virtio. [virtio-1.2 §5.1.6.2]
    bool needs_checksum = false;
    std::uint16_t checksum_start = 0;
    std::uint16_t checksum_offset = 0;

    // If not None, cut the payload into segments of gso_size, each with a copy
    // of the headers. Only if the configuration says that the device can.
    Gso gso = Gso::None;
    std::uint16_t gso_size = 0;

    // Nothing but headers of so many octets, and nothing asked of the device.
    void start(std::size_t header_octets) {
        header_length = static_cast<std::uint16_t>(header_octets);
        payload[0] = Bytes();
        payload[1] = Bytes();
        needs_checksum = false;
        gso = Gso::None;
        gso_size = 0;
    }
    Bytes headers() const { return Bytes(header.data(), header_length); }
    std::size_t size() const { return header_length + payload[0].size() + payload[1].size(); }

    // Writes the whole frame to `out`, which holds at least size() octets.
    void copy_to(std::uint8_t* out) const {
        std::memcpy(out, header.data(), header_length);
        out += header_length;
        for (Bytes part : payload) {
            if (part.empty()) continue;
            std::memcpy(out, part.data(), part.size());
            out += part.size();
        }
    }
};

}  // namespace net
