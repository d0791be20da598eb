// SPDX-License-Identifier: MIT
//
// Ethernet frames for tests of what looks at them: just enough of each header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fakes {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t tcp_fin = 1, tcp_syn = 2, tcp_rst = 4, tcp_ack = 16;

// An IPv4 packet. [rfc791 §3.1]
inline Bytes ipv4_frame(std::uint8_t protocol, Bytes const& payload) {
    Bytes frame(14 + 20, 0);
    frame[12] = 0x08;
    frame[14] = 0x45;
    std::size_t const length = 20 + payload.size();
    frame[16] = static_cast<std::uint8_t>(length >> 8);
    frame[17] = static_cast<std::uint8_t>(length);
    frame[14 + 9] = protocol;
    frame.insert(frame.end(), payload.begin(), payload.end());
    return frame;
}

// A TCP segment of these flags. [rfc9293 §3.1]
inline Bytes tcp_frame(std::uint8_t flags, std::size_t payload = 0) {
    Bytes segment(20 + payload, 0);
    segment[12] = 5 << 4;
    segment[13] = flags;
    return ipv4_frame(6, segment);
}

}  // namespace fakes
