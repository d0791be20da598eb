// SPDX-License-Identifier: MIT
#include "kernel/net/tcp/reassembler.hpp"

#include "kernel/base/assert.hpp"
#include "kernel/base/checks.hpp"

namespace net::tcp {

PART_OF_ALL_CALLERS Reassembler::Outcome Reassembler::insert(Position begin, Bytes data) {
    // [lab:12-insert]
    ASSERT(begin >= next_ && begin + data.size() <= limit());
    if (data.empty()) return Outcome::Stored;
    if (!ring_.acquire()) return Outcome::NoBuffer;
    RangeSet& held = ring_.ranges();

    if (begin == next_ && held.empty()) {  // nearly always
        ring_.write(begin, data);
        next_ += data.size();
        return Outcome::Stored;
    }
    Range const arrived{begin, begin + data.size()};
    auto const store = [&](Range gap) {
        ring_.write(gap.begin, data.subspan(gap.begin - begin, gap.end - gap.begin));
    };
    if (begin == next_) {
        held.for_each_gap(arrived, store);
        next_ = held.take_up_to(arrived.end);
        return Outcome::Stored;
    }
    // Written before it is known whether the set takes the range: bytes that it
    // does not list do not count, so that is harmless.
    held.for_each_gap(arrived, store);
    return held.insert(arrived) ? Outcome::Stored : Outcome::TooManyHoles;
    // [/lab:12-insert]
}

Range Reassembler::overlap(Range range) const {
    RangeSet const* const held = ring_.ranges_if_any();
    for (std::size_t i = 0; held != nullptr && i < held->size(); ++i) {
        Range const& other = (*held)[i];
        Position const begin = range.begin > other.begin ? range.begin : other.begin;
        Position const end = range.end < other.end ? range.end : other.end;
        if (begin < end) return {begin, end};
    }
    return {};
}

void Reassembler::consume(std::size_t count) {
    ASSERT(count <= unread());
    read_ += count;
    if (read_ == next_ && !has_holes()) ring_.release();
}

}  // namespace net::tcp
