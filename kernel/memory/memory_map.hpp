// SPDX-License-Identifier: MIT
//
// Which physical memory is there and free. Loaders hand over a map that is not
// sorted, has holes, entries of size zero and sometimes overlaps; what comes
// out here is sorted, disjoint and made of whole frames. Where RAM and anything
// else overlap, the anything else wins.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/base/address.hpp"

namespace memory {

// Frames first <= f < end.
struct FrameRange {
    base::FrameNumber first;
    base::FrameNumber end;
    constexpr std::uint64_t count() const { return end - first; }
    friend constexpr bool operator==(FrameRange, FrameRange) = default;
};

// As in ACPI's memory map; every other type is reserved too. [acpi-6.5 §15.4]
constexpr std::uint32_t map_type_ram = 1;

struct MapEntry {
    std::uint64_t address;
    std::uint64_t size;
    std::uint32_t type;
};

class MemoryMap {
public:
    static constexpr std::size_t max_ranges = 64;

    constexpr MemoryMap() = default;
    // entry(list, i) is the i-th of the loader's `count`; each is asked for twice.
    using EntryAt = MapEntry (*)(void const* list, std::size_t i);
    MemoryMap(std::size_t count, EntryAt entry, void const* list);

    // [doc:interface]
    // Usable RAM, sorted and disjoint.
    std::span<FrameRange const> usable() const { return {ranges_.data(), count_}; }
    // Every frame of usable RAM lies below.
    base::FrameNumber end() const { return count_ == 0 ? base::FrameNumber() : ranges_[count_ - 1].end; }
    std::uint64_t frames() const;

    // With more than max_ranges pieces the smallest worth is dropped: less
    // memory, never wrong memory.
    void add(FrameRange range);
    void remove(FrameRange range);
    // [/doc:interface]

private:
    void insert(std::size_t index, FrameRange range);
    void erase(std::size_t index);

    std::array<FrameRange, max_ranges> ranges_{};
    std::size_t count_ = 0;
};

}  // namespace memory
