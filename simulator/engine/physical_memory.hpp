// SPDX-License-Identifier: GPL-2.0-or-later
//
// The guest's RAM as the processor sees it, and what we know about each page of
// it: does it hold translated code, was it written since the last checkpoint.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "simulator/engine/cpu.hpp"

namespace sim::engine {

constexpr std::uint64_t page_size = 4096;
constexpr std::uint64_t page_mask = ~(page_size - 1);

struct PageInfo {
    bool code = false;   // translations of its present bytes may exist; nobody holds a right to write it
    bool stale = false;  // translations of older bytes may exist: drop them before it becomes code again
    bool dirty = false;  // written since take_dirty_pages()
    bool watch_read = false, watch_write = false;  // an observer watches some byte of it
    std::uint32_t code_version = 0;                // counts changes of code, for the block cache
    std::uint64_t write_granted_at =
        0;  // the flush generation in which an engine's TLB got a right to write it
};

class PhysicalMemory {
public:
    explicit PhysicalMemory(std::vector<RamRegion> regions);

    // Host memory of the page that holds `address`; nullptr outside RAM.
    std::uint8_t* page(PhysAddr address) {
        Region* region = find(address);
        return region ? region->bytes + ((address & page_mask) - region->start) : nullptr;
    }
    std::uint8_t const* page(PhysAddr address) const {
        return const_cast<PhysicalMemory*>(this)->page(address);
    }
    bool is_ram(PhysAddr address) const { return page(address) != nullptr; }
    // Only for an address in RAM.
    PageInfo& info(PhysAddr address) {
        Region* region = find(address);
        return pages_[region->first_page + (address - region->start) / page_size];
    }

    // Naturally aligned accesses of the page walker. Outside RAM a read gives
    // all ones, as a bus with nobody on it, and a write goes nowhere.
    template <typename Word>
    Word read(PhysAddr address) const {
        Word word = static_cast<Word>(~Word{0});
        if (auto const* bytes = page(address))
            std::memcpy(&word, bytes + (address & (page_size - 1)), sizeof word);
        return word;
    }

    void mark_dirty(PhysAddr address, PageInfo& page) {
        if (page.dirty) return;
        page.dirty = true;
        dirty_.push_back(address / page_size);
    }
    std::vector<std::uint64_t> take_dirty();
    std::vector<PageInfo>& all_pages() { return pages_; }
    std::vector<RamRegion> const& regions() const { return ram_; }

private:
    struct Region {
        PhysAddr start;
        std::uint64_t length;
        std::uint8_t* bytes;
        std::size_t first_page;
    };
    Region* find(PhysAddr address) {
        for (Region& region : regions_)
            if (address - region.start < region.length) return &region;
        return nullptr;
    }

    std::vector<RamRegion> ram_;
    std::vector<Region> regions_;  // two or three: a search is a few comparisons
    std::vector<PageInfo> pages_;
    std::vector<std::uint64_t> dirty_;
};

}  // namespace sim::engine
