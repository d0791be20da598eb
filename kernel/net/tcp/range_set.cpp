// SPDX-License-Identifier: MIT
#include "kernel/net/tcp/range_set.hpp"

#include "kernel/base/assert.hpp"

namespace net::tcp {

bool RangeSet::insert(Range added) {
    ASSERT(added.begin < added.end);
    // [first, last) are the ranges that the new one overlaps or touches.
    std::size_t first = 0;
    while (first < size_ && ranges_[first].end < added.begin) ++first;
    std::size_t last = first;
    while (last < size_ && ranges_[last].begin <= added.end) ++last;

    if (first == last) {
        if (size_ == capacity) return false;
        for (std::size_t i = size_; i > first; --i) ranges_[i] = ranges_[i - 1];
        ranges_[first] = added;
        ++size_;
        return true;
    }
    if (ranges_[first].begin < added.begin) added.begin = ranges_[first].begin;
    if (ranges_[last - 1].end > added.end) added.end = ranges_[last - 1].end;
    ranges_[first] = added;
    std::size_t const removed = last - first - 1;
    for (std::size_t i = last; i < size_; ++i) ranges_[i - removed] = ranges_[i];
    size_ -= removed;
    return true;
}

Position RangeSet::take_up_to(Position position) {
    std::size_t gone = 0;
    Position reached = position;
    while (gone < size_ && ranges_[gone].begin <= position) {
        if (ranges_[gone].end > reached) reached = ranges_[gone].end;
        ++gone;
    }
    for (std::size_t i = gone; i < size_; ++i) ranges_[i - gone] = ranges_[i];
    size_ -= gone;
    return reached;
}

}  // namespace net::tcp
