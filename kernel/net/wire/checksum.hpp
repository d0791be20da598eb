// SPDX-License-Identifier: MIT
//
// The Internet checksum: the ones' complement of the ones' complement sum of
// the data taken as 16-bit words. [rfc1071]
//
// The sum does not depend on byte order (swapping both octets of every word
// swaps those of the sum), and a wider sum folds to the same result. So we add
// 64-bit words as they lie in memory, and swap once at the end. [rfc1071 §2(B,C)]
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernel/net/address.hpp"
#include "kernel/net/frame.hpp"

namespace net::wire {

class Checksum {
public:
    // Data may come in parts of any length, odd ones too.
    void add(Bytes);
    // The 20 octets of an IPv4 header without options: two words, and half a one.
    void add_ipv4_header(std::uint8_t const* header) {
        std::uint64_t first, second;
        std::uint32_t third;
        std::memcpy(&first, header, sizeof first);
        std::memcpy(&second, header + 8, sizeof second);
        std::memcpy(&third, header + 16, sizeof third);
        add_word(first);
        add_word(second);
        add_word(third);
    }
    void add16(std::uint16_t value) { add_word(__builtin_bswap16(value)); }
    void add32(std::uint32_t value) { add_word(__builtin_bswap32(value)); }

    // The pseudo-header that TCP and UDP protect as well, so that a packet
    // delivered to the wrong address fails the check. [rfc9293 §3.1]
    void add_pseudo_header(Ipv4Address source, Ipv4Address destination, std::uint8_t protocol,
                           std::uint16_t length) {
        add32(source.value());
        add32(destination.value());
        add16(protocol);
        add16(length);
    }

    // The same for addresses of either version. A mapped IPv4 address adds ffff to the sum, and
    // that is zero in ones' complement: the sum is IPv4's own. [rfc8200 §8.1]
    void add_pseudo_header(IpAddress source, IpAddress destination, std::uint8_t protocol,
                           std::uint32_t length) {
        add_word(__builtin_bswap64(source.high()));
        add_word(__builtin_bswap64(source.low()));
        add_word(__builtin_bswap64(destination.high()));
        add_word(__builtin_bswap64(destination.low()));
        add32(length);
        add16(protocol);
    }

    // The sum so far, not complemented: what a device that finishes the
    // checksum expects in the field.
    std::uint16_t sum() const { return __builtin_bswap16(folded()); }
    // What belongs into the field.
    std::uint16_t value() const { return static_cast<std::uint16_t>(~sum()); }
    // Everything added, the field included, is as it was sent.
    bool is_valid() const { return folded() == 0xffff; }

private:
    void add_word(std::uint64_t word) {
        sum_ += word;
        sum_ += sum_ < word;  // the carry comes round: that is ones' complement
    }
    std::uint16_t folded() const {
        // Both halves added to each other: the carry of the lower sum goes into the upper one,
        // where it belongs.
        auto const half = static_cast<std::uint32_t>((sum_ + std::rotl(sum_, 32)) >> 32);
        return static_cast<std::uint16_t>((half + std::rotl(half, 16)) >> 16);
    }

    std::uint64_t sum_ = 0;
    bool odd_ = false;  // an odd number of octets so far: the next part starts in the middle of a word
};

inline std::uint16_t checksum_of(Bytes data) {
    Checksum c;
    c.add(data);
    return c.value();
}

}  // namespace net::wire
