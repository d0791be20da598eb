// SPDX-License-Identifier: GPL-2.0-or-later
//
// TCP segmentation offload: one large segment becomes many that the link carries, or is
// handed over whole. [virtio-1.2 §5.1.6.2, §5.1.6.4]
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sim::devices {

struct Segments {
    std::vector<std::vector<std::uint8_t>> frames;
    std::string_view error;  // why there are none
};

// Cuts the TCP payload of an Ethernet frame with IPv4 into pieces of `size` bytes, each
// behind a copy of the headers: lengths, identification, sequence number, flags and both
// checksums are those of the piece. The driver's word for the length of the headers is
// not believed: the headers say it.
Segments cut_tcp4(std::span<std::uint8_t const> frame, std::size_t size);

// The Internet checksum of everything from `start` on, into the two bytes at `start` +
// `offset`, where the sum of the pseudo-header stands. False: those lie outside.
bool complete_checksum(std::span<std::uint8_t> frame, std::size_t start, std::size_t offset);

// Where the TCP header of a frame begins, and where its payload does.
struct TcpPlaces {
    std::uint16_t header = 0, payload = 0;
};

// Makes of a frame with TCP over IPv4, larger than the link's, one that a driver takes for
// merged segments: both checksums are checked, and the sum of the pseudo-header takes the
// place of TCP's. Nothing: it is no such frame, or a checksum is wrong.
std::optional<TcpPlaces> leave_checksum_open(std::span<std::uint8_t> frame);

}  // namespace sim::devices
