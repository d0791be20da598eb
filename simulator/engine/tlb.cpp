// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/engine/tlb.hpp"

#include <algorithm>

namespace sim::engine {
namespace {
constexpr std::uint64_t sizes[] = {std::uint64_t{1} << 12, std::uint64_t{1} << 21, std::uint64_t{1} << 22,
                                   std::uint64_t{1} << 30};
}

Tlb::Tlb() : slots_(slots) {}

std::size_t Tlb::hash(VirtAddr page, std::uint64_t size) {
    std::uint64_t mixed = (page ^ (size >> 3)) * 0x9E3779B97F4A7C15;
    return mixed >> 46;  // 18 bits
}
static_assert(std::size_t{1} << 18 == 4 * Tlb::capacity);

Tlb::Slot* Tlb::find_slot(VirtAddr page, std::uint64_t size) {
    for (std::size_t at = hash(page, size);; at = (at + 1) % slots) {
        Slot& slot = slots_[at];
        if (slot.generation != generation_) return nullptr;
        if (slot.entry != removed && slot.page == page && entries_[slot.entry].size == size) return &slot;
    }
}

TlbEntry* Tlb::find(VirtAddr address) {
    for (std::uint64_t size : sizes) {
        if (!(sizes_seen_ & size)) continue;
        if (Slot* slot = find_slot(address & ~(size - 1), size)) return &entries_[slot->entry];
    }
    return nullptr;
}

bool Tlb::insert(TlbEntry const& entry) {
    if (Slot* slot = find_slot(entry.page, entry.size)) {
        entries_[slot->entry] = entry;
        return false;
    }
    bool full = entries_.size() == capacity;
    if (full) flush(true);
    if (used_slots_ >= slots / 2) {  // many removals: build the table again
        std::vector<TlbEntry> keep = entries_;
        set_entries(keep);
    }
    std::size_t at = hash(entry.page, entry.size);
    while (slots_[at].generation == generation_) at = (at + 1) % slots;
    slots_[at] = {entry.page, generation_, static_cast<std::uint32_t>(entries_.size())};
    ++used_slots_;
    entries_.push_back(entry);
    sizes_seen_ |= entry.size;
    return full;
}

void Tlb::remove(VirtAddr address) {
    for (std::uint64_t size : sizes) {
        Slot* slot = find_slot(address & ~(size - 1), size);
        if (!slot) continue;
        std::uint32_t gone = slot->entry;
        slot->entry = removed;
        if (gone + 1 != entries_.size()) {
            TlbEntry const& last = entries_.back();
            find_slot(last.page, last.size)->entry = gone;
            entries_[gone] = last;
        }
        entries_.pop_back();
    }
}

void Tlb::flush(bool globals_too) {
    std::vector<TlbEntry> keep;
    if (!globals_too)
        for (TlbEntry const& entry : entries_)
            if (entry.global) keep.push_back(entry);
    set_entries(keep);
}

std::vector<TlbEntry> Tlb::entries() const {
    std::vector<TlbEntry> sorted = entries_;
    std::sort(sorted.begin(), sorted.end(), [](TlbEntry const& a, TlbEntry const& b) {
        return a.page != b.page ? a.page < b.page : a.size < b.size;
    });
    return sorted;
}

void Tlb::set_entries(std::span<TlbEntry const> entries) {
    entries_.clear();
    used_slots_ = 0;
    sizes_seen_ = 0;
    if (++generation_ == 0) {  // after four billion flushes, old slots would look alive
        std::fill(slots_.begin(), slots_.end(), Slot{});
        generation_ = 1;
    }
    for (TlbEntry const& entry : entries) insert(entry);
}

}  // namespace sim::engine
