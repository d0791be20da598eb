// SPDX-License-Identifier: GPL-2.0-or-later
//
// The few fields of a frame that a recorded conversation hangs on, and changing
// them so that the checksums stay what they were: right, or wrong. Any bytes are
// welcome; what is no whole IPv4 segment or datagram is `other`.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace sim::debug::retry {

enum class Protocol : std::uint8_t { other, arp, icmp, tcp, udp };

struct FrameFields {
    Protocol protocol = Protocol::other;
    // As the guest sees it, whoever sent the frame.
    std::uint32_t remote = 0;  // IPv4 address
    std::uint16_t guest_port = 0, remote_port = 0;
    // Of TCP.
    std::uint32_t sequence = 0, acknowledgement = 0;
    std::uint8_t flags = 0;  // FIN 1, SYN 2, RST 4, PSH 8, ACK 16
    // Offsets in the frame.
    std::size_t transport = 0, payload = 0;
    std::size_t payload_length = 0;

    bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
    // What the segment takes of the sequence space. [rfc9293 §3.4]
    std::uint32_t sequence_length() const {
        return static_cast<std::uint32_t>(payload_length) + has(syn) + has(fin);
    }
    static constexpr std::uint8_t fin = 1, syn = 2, rst = 4, ack = 16;
};

FrameFields read_frame(std::span<std::uint8_t const> frame, bool from_guest);
std::string address_text(std::uint32_t address, std::uint16_t port);  // "10.0.2.2:43210"

// Replaces `size` bytes (2 or 4, big-endian) at `at` bytes behind the beginning of
// the transport header, and the transport's checksum by what that changes in it.
// [rfc1624 §3] The frame must be one that read_frame() knows as TCP or UDP.
void replace(std::span<std::uint8_t> frame, FrameFields const&, std::size_t at, std::size_t size,
             std::uint32_t value);

std::uint32_t big_endian(std::span<std::uint8_t const>, std::size_t at, std::size_t size);

}  // namespace sim::debug::retry
