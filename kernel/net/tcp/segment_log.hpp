// SPDX-License-Identifier: MIT
//
// What is out: the segments that were sent and that the peer has not said it holds,
// in the order of their positions, each with the time when it last left. What the peer
// acknowledges, in order or selectively, goes out of the log; what is thought to be lost
// stays in it, marked, until it is sent again.
//
// Bounded: when it is full, neighbours share an entry. Then less is known about each,
// and nothing is wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/base/time.hpp"
#include "kernel/net/tcp/range_set.hpp"

namespace net::tcp {

struct SentSegment {
    Position begin = 0;
    Position end = 0;
    base::Instant at;     // when it last left
    bool again = false;   // not for the first time
    bool lost = false;    // to be sent again
    bool shared = false;  // by several, of which only the last left then
    std::uint32_t length() const { return static_cast<std::uint32_t>(end - begin); }
};

class SegmentLog {
public:
    // Keeps them in `room`, which outlives it.
    explicit SegmentLog(std::span<SentSegment> room) : entries_(room.data()), capacity_(room.size()) {}
    SegmentLog(SegmentLog const&) = delete;
    SegmentLog& operator=(SegmentLog const&) = delete;
    // Enough for so many octets in segments of usual size, and some holes.
    static constexpr std::size_t entries_for(std::uint32_t octets) {
        return octets > 65'536 ? octets / 1024 : 64;
    }

    std::size_t capacity() const { return capacity_; }
    bool is_full() const { return size_ == capacity_; }
    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    SentSegment& operator[](std::size_t i) { return entries_[i]; }
    SentSegment const& operator[](std::size_t i) const { return entries_[i]; }
    void clear() { size_ = 0; }

    // Leaves now, for the first time or again. What is new lies behind everything else.
    void on_sent(Range range, base::Instant now);

    // The peer holds this range. Calls visit(SentSegment const&) with each part of it that
    // was in the log, which it leaves. Returns their octets.
    template <class Visit>
    std::uint32_t on_delivered(Range range, Visit visit) {
        std::uint32_t octets = 0;
        for (std::size_t i = 0; i < size_ && entries_[i].begin < range.end;) {
            SentSegment const whole = entries_[i];
            if (whole.end <= range.begin) {
                ++i;
                continue;
            }
            SentSegment part = whole;
            if (part.begin < range.begin) part.begin = range.begin;
            if (part.end > range.end) part.end = range.end;
            bool const inside = part.begin > whole.begin && part.end < whole.end;
            if (inside && is_full()) {  // no room for two halves: it counts as out
                ++i;
                continue;
            }
            octets += part.length();
            visit(part);
            i = cut_out(i, part);
        }
        return octets;
    }

    // Octets that are in the network as far as one knows. [rfc6675 §4, "Pipe"]
    std::uint32_t in_network() const;
    SentSegment const* first_lost() const;
    // Nothing of this has come, as far as one knows.
    void mark_all_lost();

private:
    std::size_t cut_out(std::size_t i, SentSegment const& part);
    bool make_room_at(std::size_t i);
    void remove(std::size_t i);

    SentSegment* entries_;
    std::size_t capacity_;
    std::size_t size_ = 0;
};

}  // namespace net::tcp
