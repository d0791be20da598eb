// SPDX-License-Identifier: GPL-2.0-or-later
//
// Frames from 10.0.2.2 to the guest, which is 10.0.2.15 at the machine's usual
// address: what the peers of this folder are made of. [rfc791] [rfc826] [rfc1071]
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace sim::bench {

using Frame = std::vector<std::uint8_t>;

constexpr std::size_t ethernet_header = 14, ip_header = 20;
constexpr std::uint8_t ip_tcp = 6;  // the protocol of a packet

// Who has the guest's address? The guest learns ours by it.
Frame arp_request();
// An IPv4 packet of this protocol.
Frame ip_packet(std::uint8_t protocol, std::span<std::uint8_t const> payload);
// The same for TCP, with its checksum filled in.
Frame tcp_packet(std::vector<std::uint8_t> segment);

std::uint32_t get_be(std::span<std::uint8_t const> bytes, std::size_t at, unsigned size);
void put_be(std::span<std::uint8_t> bytes, std::size_t at, unsigned size, std::uint32_t value);

}  // namespace sim::bench
