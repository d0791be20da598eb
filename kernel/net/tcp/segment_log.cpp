// SPDX-License-Identifier: MIT
#include "kernel/net/tcp/segment_log.hpp"

#include "kernel/base/assert.hpp"

namespace net::tcp {

void SegmentLog::on_sent(Range range, base::Instant now) {
    ASSERT(range.begin < range.end);
    // Again: the entries that it lies in.
    for (std::size_t i = 0; i < size_; ++i) {
        SentSegment& entry = entries_[i];
        if (entry.end <= range.begin) continue;
        if (entry.begin >= range.end) return;
        // The entry is longer than what left of it: the rest is another entry, if there is room
        // for one. If not, the whole counts as sent; what did not leave will be missed again.
        if (entry.begin < range.begin && make_room_at(i)) {
            entries_[i].end = range.begin;
            entries_[i + 1].begin = range.begin;
            continue;
        }
        if (entry.end > range.end && make_room_at(i)) {
            entries_[i].end = range.end;
            entries_[i + 1].begin = range.end;
        }
        entries_[i].at = now;
        entries_[i].again = true;
        entries_[i].lost = false;
        if (entries_[i].end >= range.end) return;
    }
    Position const known = size_ == 0 ? range.begin : entries_[size_ - 1].end;
    Position const begin = known > range.begin ? known : range.begin;
    if (begin >= range.end) return;
    if (is_full()) {
        entries_[size_ - 1].end = range.end;
        entries_[size_ - 1].at = now;
        entries_[size_ - 1].shared = true;
        return;
    }
    entries_[size_++] = {begin, range.end, now, false, false, false};
}

// Entry i twice. False: there is no room.
bool SegmentLog::make_room_at(std::size_t i) {
    if (is_full()) return false;
    for (std::size_t j = size_; j > i; --j) entries_[j] = entries_[j - 1];
    ++size_;
    return true;
}

void SegmentLog::remove(std::size_t i) {
    --size_;
    for (std::size_t j = i; j < size_; ++j) entries_[j] = entries_[j + 1];
}

// Returns where to look on.
std::size_t SegmentLog::cut_out(std::size_t i, SentSegment const& part) {
    bool const keeps_begin = entries_[i].begin < part.begin;
    bool const keeps_end = entries_[i].end > part.end;
    if (keeps_begin && keeps_end) {
        bool const made = make_room_at(i);
        ASSERT(made);  // the caller looked
        entries_[i].end = part.begin;
        entries_[i + 1].begin = part.end;
        return i + 1;
    }
    if (keeps_begin) {
        entries_[i].end = part.begin;
        return i + 1;
    }
    if (keeps_end) {
        entries_[i].begin = part.end;
        return i + 1;
    }
    remove(i);
    return i;
}

std::uint32_t SegmentLog::in_network() const {
    std::uint32_t octets = 0;
    for (std::size_t i = 0; i < size_; ++i)
        if (!entries_[i].lost) octets += entries_[i].length();
    return octets;
}

SentSegment const* SegmentLog::first_lost() const {
    for (std::size_t i = 0; i < size_; ++i)
        if (entries_[i].lost) return &entries_[i];
    return nullptr;
}

void SegmentLog::mark_all_lost() {
    for (std::size_t i = 0; i < size_; ++i) entries_[i].lost = true;
}

}  // namespace net::tcp
