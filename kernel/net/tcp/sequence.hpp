// SPDX-License-Identifier: MIT
//
// Sequence numbers. They number octets modulo 2^32, so they form a circle, and
// a circle has no "less than": there is none here. One can ask whether a number
// comes shortly before another, and how far it is. [rfc9293 §3.4]
#pragma once

#include <cstdint>

namespace net::tcp {

class SeqNum {
public:
    constexpr SeqNum() = default;
    explicit constexpr SeqNum(std::uint32_t raw) : raw_(raw) {}
    constexpr std::uint32_t raw() const { return raw_; }

    friend constexpr bool operator==(SeqNum, SeqNum) = default;
    friend constexpr SeqNum operator+(SeqNum a, std::uint32_t n) { return SeqNum(a.raw_ + n); }
    friend constexpr SeqNum operator-(SeqNum a, std::uint32_t n) { return SeqNum(a.raw_ - n); }

    // How many steps forward lead from one to the other.
    friend constexpr std::uint32_t distance(SeqNum from, SeqNum to) { return to.raw_ - from.raw_; }
    // a comes before b, if they are less than half the circle apart.
    friend constexpr bool precedes(SeqNum a, SeqNum b) {
        return static_cast<std::int32_t>(a.raw_ - b.raw_) < 0;
    }

private:
    std::uint32_t raw_ = 0;
};

// Inside the sender and the receiver there is no circle: a Position counts the
// octets of one direction in 64 bits from its SYN, which is 0. The first byte
// of data is 1, and the FIN comes after the last byte. Only at the edge, where
// segments are read and written, positions turn into sequence numbers.
using Position = std::uint64_t;

constexpr SeqNum to_sequence(Position position, SeqNum initial) {
    return initial + static_cast<std::uint32_t>(position);
}

// The position that has this sequence number and lies nearest to `near`. It may
// come out below zero for numbers before the SYN, hence the signed result.
constexpr std::int64_t to_position(SeqNum sequence, SeqNum initial, Position near) {
    // [lab:12-to-position]
    auto const step = static_cast<std::int32_t>(distance(to_sequence(near, initial), sequence));
    return static_cast<std::int64_t>(near) + step;
    // [/lab:12-to-position]
}

}  // namespace net::tcp
