// SPDX-License-Identifier: GPL-2.0-or-later
//
// A frame, layer by layer, as a tree of fields that each know their bytes. Read
// from the RFCs on its own, without the kernel's network code: two readings of
// one page catch a wrong constant. Any bytes are welcome; what cannot be read is
// marked, never guessed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sim::debug {

struct PacketField {
    std::string name;          // "Sequence number"
    std::string value;         // "1234567"
    std::uint32_t offset = 0;  // bytes from the start of the frame
    std::uint32_t length = 0;
    bool bad = false;    // wrong checksum, cut short, impossible value
    std::string remark;  // "correct", "should be 0x1c46", "[rfc9293 §3.1]"
    std::vector<PacketField> children;
};

enum class Protocol : std::uint8_t { other, ethernet, arp, ipv4, ipv6, icmp, udp, dhcp, dns, tcp, http };
char const* name_of(Protocol);

struct DecodedPacket {
    std::vector<PacketField> layers;      // outermost first; name is the protocol's
    Protocol protocol = Protocol::other;  // the innermost one understood
    std::string source, destination;      // "10.0.2.2:51234", or MAC addresses
    std::string info;                     // one line: "51234 -> 80 [SYN] Seq=0 Win=64240"
    bool bad = false;                     // some field is

    // TCP, when protocol is tcp or http.
    bool is_tcp = false;
    std::uint16_t source_port = 0, destination_port = 0;
    std::uint32_t sequence = 0, acknowledgement = 0, window = 0, payload_length = 0, payload_offset = 0;
    std::uint8_t tcp_flags = 0;  // FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128
    bool tcp_whole = false;      // no fragment, and the header is possible: what follows it is payload
    std::optional<std::uint8_t> window_shift;  // of a SYN, at most 14 [rfc7323 §2]
    // Half-open ranges of sequence numbers. [rfc2018 §3]
    std::array<std::pair<std::uint32_t, std::uint32_t>, 4> sack{};
    unsigned sacks = 0;
};

// `checksums_offloaded`: the sender leaves the transport checksum to the device,
// so a wrong one is not bad.
DecodedPacket decode_packet(std::span<std::uint8_t const> frame, bool checksums_offloaded = false);

}  // namespace sim::debug
