// SPDX-License-Identifier: MIT
//
// A small sorted set of ranges of positions that neither touch nor overlap. The
// receiver keeps in it what arrived out of order. It is bounded in entries, not
// only in octets: ten thousand one-octet segments with gaps between them would
// otherwise cost a search through ten thousand entries for each one that
// follows ("SegmentSmack", CVE-2018-5390).
#pragma once

#include <cstddef>

#include "kernel/net/tcp/sequence.hpp"

namespace net::tcp {

struct Range {
    Position begin = 0;
    Position end = 0;  // the first position that is not in it
    friend constexpr bool operator==(Range const&, Range const&) = default;
};

class RangeSet {
public:
    static constexpr std::size_t capacity = 16;

    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    Range const& operator[](std::size_t i) const { return ranges_[i]; }
    void clear() { size_ = 0; }

    // Adds a range, which is not empty, joining what it touches. False, and
    // nothing changed, when it would be one range too many.
    bool insert(Range added);

    // Removes everything before `position`, and a range that begins there or
    // earlier: returns its end, or `position` if there is none.
    Position take_up_to(Position position);

    // Calls visit(Range) for the parts of `wanted` that are not in the set.
    template <class Visit>
    void for_each_gap(Range wanted, Visit visit) const {
        for (std::size_t i = 0; i < size_ && wanted.begin < wanted.end; ++i) {
            Range const& held = ranges_[i];
            if (held.end <= wanted.begin) continue;
            if (held.begin >= wanted.end) break;
            if (wanted.begin < held.begin) visit(Range{wanted.begin, held.begin});
            wanted.begin = held.end;
        }
        if (wanted.begin < wanted.end) visit(wanted);
    }

private:
    Range ranges_[capacity];
    std::size_t size_ = 0;
};

}  // namespace net::tcp
