// SPDX-License-Identifier: MIT
#include "kernel/memory/memory_map.hpp"

#include <algorithm>

namespace memory {
namespace {

using base::FrameNumber;

constexpr std::uint64_t end_of_physical = std::uint64_t{1} << 52;  // no processor has more

std::uint64_t end_of(MapEntry const& entry) {
    if (entry.address >= end_of_physical) return entry.address;
    return entry.address + std::min(entry.size, end_of_physical - entry.address);
}

// [doc:rounding]
// RAM shrinks to the frames that it fills; anything else grows to all that it touches.
FrameRange whole_frames(MapEntry const& entry) {
    return {FrameNumber((entry.address + base::page_size - 1) >> base::page_shift),
            FrameNumber(end_of(entry) >> base::page_shift)};
}
FrameRange touched_frames(MapEntry const& entry) {
    return {FrameNumber(entry.address >> base::page_shift),
            FrameNumber((end_of(entry) + base::page_size - 1) >> base::page_shift)};
}
// [/doc:rounding]

}  // namespace

// [doc:constructor]
MemoryMap::MemoryMap(std::size_t count, EntryAt entry, void const* list) {
    // All RAM, and then everything else, which wins.
    for (bool const ram : {true, false})
        for (std::size_t i = 0; i < count; ++i) {
            MapEntry const one = entry(list, i);
            if ((one.type == map_type_ram) != ram || one.address >= end_of_physical || one.size == 0)
                continue;
            ram ? add(whole_frames(one)) : remove(touched_frames(one));
        }
}
// [/doc:constructor]

std::uint64_t MemoryMap::frames() const {
    std::uint64_t sum = 0;
    for (FrameRange const& range : usable()) sum += range.count();
    return sum;
}

void MemoryMap::add(FrameRange range) {
    if (range.first >= range.end) return;
    // Swallow every range that touches this one, then insert the union in order.
    std::size_t i = 0;
    while (i < count_ && ranges_[i].end < range.first) ++i;
    while (i < count_ && ranges_[i].first <= range.end) {
        range.first = std::min(range.first, ranges_[i].first);
        range.end = std::max(range.end, ranges_[i].end);
        erase(i);
    }
    insert(i, range);
}

void MemoryMap::remove(FrameRange range) {
    if (range.first >= range.end) return;
    for (std::size_t i = 0; i < count_;) {
        FrameRange const old = ranges_[i];
        if (old.end <= range.first || old.first >= range.end) {
            ++i;
            continue;
        }
        erase(i);
        if (old.first < range.first) insert(i++, {old.first, range.first});
        if (old.end > range.end) insert(i++, {range.end, old.end});
    }
}

void MemoryMap::insert(std::size_t index, FrameRange range) {
    if (count_ == max_ranges) {
        auto const by_size = [](FrameRange a, FrameRange b) { return a.count() < b.count(); };
        auto const smallest = std::min_element(ranges_.begin(), ranges_.end(), by_size);
        if (range.count() <= smallest->count()) return;
        auto const hole = static_cast<std::size_t>(smallest - ranges_.begin());
        erase(hole);
        if (hole < index) --index;
    }
    std::move_backward(ranges_.begin() + index, ranges_.begin() + count_, ranges_.begin() + count_ + 1);
    ranges_[index] = range;
    ++count_;
}

void MemoryMap::erase(std::size_t index) {
    std::move(ranges_.begin() + index + 1, ranges_.begin() + count_, ranges_.begin() + index);
    --count_;
}

}  // namespace memory
