// SPDX-License-Identifier: MIT
//
// Turns segments that arrive in any order (SHLD-31) into the stream that was sent. Bytes
// are copied once, to the place in the ring where they belong.
//
//      read            next             (gaps)         read + capacity
//   ----|---------------|------|======|-----|====|-------|
//       | unread, ready |      out of order: RangeSet
#pragma once

#include "kernel/net/tcp/buffer.hpp"

namespace net::tcp {

class Reassembler {
public:
    enum class Outcome : std::uint8_t { Stored, NoBuffer, TooManyHoles };

    explicit Reassembler(BlockPool& pool) : ring_(pool) {}

    // Stores the bytes that begin at `begin`. They lie inside [next, limit).
    // Where bytes were received before, the first copy stays: nobody can
    // rewrite what is already here.
    Outcome insert(Position begin, Bytes data);

    std::uint32_t capacity() const { return ring_.capacity(); }
    Position next() const { return next_; }                      // the first byte that is missing
    Position limit() const { return read_ + ring_.capacity(); }  // the first that has no room
    std::uint32_t unread() const { return static_cast<std::uint32_t>(next_ - read_); }
    bool has_holes() const {
        RangeSet const* ranges = ring_.ranges_if_any();
        return ranges != nullptr && !ranges->empty();
    }

    // What is here behind holes; null: nothing.
    RangeSet const* held() const { return ring_.ranges_if_any(); }
    // The first part of `range` that is here already; of no length when there is none.
    Range overlap(Range range) const;

    // The oldest unread bytes, as many as lie in one piece.
    Bytes peek() { return unread() == 0 ? Bytes() : Bytes(ring_.piece(read_, unread())); }
    void consume(std::size_t count);
    // Forgets all bytes that are here.
    void release() {
        ring_.release();
        read_ = next_;
    }

private:
    Ring ring_;
    Position read_ = 1;  // position 0 is the SYN
    Position next_ = 1;
};

}  // namespace net::tcp
