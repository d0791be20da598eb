// SPDX-License-Identifier: GPL-2.0-or-later
//
// What observers watch. A watched address ends its block there (execute_cut);
// watched memory is refused to the fast engine, so that the stepper meets it.
#include <algorithm>
#include <cstring>

#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine {

void UnicornCpu::set_watched_addresses(std::span<VirtAddr const> addresses) {
    std::unordered_set<VirtAddr> wanted(addresses.begin(), addresses.end());
    std::vector<VirtAddr> changed;
    for (VirtAddr const address : wanted)
        if (!watched_addresses_.contains(address)) changed.push_back(address);
    for (VirtAddr const address : watched_addresses_)
        if (!wanted.contains(address)) changed.push_back(address);
    watched_addresses_ = std::move(wanted);
    forget_blocks_with(std::move(changed));
}

// Blocks with one of them inside were cut for other addresses.
void UnicornCpu::forget_blocks_with(std::vector<VirtAddr> addresses) {
    if (addresses.empty()) return;
    std::sort(addresses.begin(), addresses.end());
    std::erase_if(blocks_, [&](auto const& entry) {
        auto const first = std::lower_bound(addresses.begin(), addresses.end(), entry.first);
        return first != addresses.end() && *first - entry.first < entry.second.size;
    });
    current_ = nullptr;
    ++epoch_;
}

void UnicornCpu::set_watched_memory(std::span<MemoryRange const> ranges) {
    for (PageInfo& page : memory_.all_pages()) page.watch_read = page.watch_write = false;
    watched_memory_ = {ranges.begin(), ranges.end()};
    for (MemoryRange const& range : watched_memory_) {
        if (range.length == 0) continue;
        for (PhysAddr page = range.start & page_mask; page <= range.start + range.length - 1;
             page += page_size) {
            if (!memory_.is_ram(page)) continue;
            memory_.info(page).watch_read |= range.read;
            memory_.info(page).watch_write |= range.write;
        }
    }
    flush_engine_tlbs();
}

// The range that wants to hear of an access, if any does.
UnicornCpu::MemoryRange const* UnicornCpu::watched_range(Access access, PhysAddr address,
                                                         std::uint64_t size) const {
    for (MemoryRange const& range : watched_memory_) {
        bool const wanted = access == Access::write ? range.write : range.read;
        if (wanted && address < range.start + range.length && address + size > range.start) return &range;
    }
    return nullptr;
}

// Does nothing for what nobody watches. The run stops after this instruction
// when the observer says so.
void UnicornCpu::tell_memory(Access access, PhysAddr address, unsigned size, std::uint64_t value) {
    if (watched_memory_.empty() || !observer_ || !watched_range(access, address, size)) return;
    if (size < 8) value &= (std::uint64_t{1} << 8 * size) - 1;
    if (!observer_->on_memory(access, address, size, value)) return;
    stop_after_this();
}

// An access of our own emulation: frames of exceptions, descriptors.
void UnicornCpu::tell_linear(Access access, PhysAddr address, void const* bytes, std::size_t size) {
    if (watched_memory_.empty()) return;
    auto const* from = static_cast<std::uint8_t const*>(bytes);
    while (size) {
        unsigned const here = static_cast<unsigned>(std::min<std::size_t>(size, 8));
        std::uint64_t value = 0;
        std::memcpy(&value, from, here);
        tell_memory(access, address, here, value);
        address += here, from += here, size -= here;
    }
}

// After the instruction that is running; after the first of a handler, when it
// was the delivery that wrote: in between there is no moment to stop at.
void UnicornCpu::stop_after_this() {
    stop_after_ = retired();
    stop_step_ = true;
}

void UnicornCpu::tell_table_write(PhysAddr entry) {
    if (!observer_ || !watched_range(Access::write, entry & ~PhysAddr{7}, 8)) return;
    if (hold_table_writes_) return table_writes_.push_back(entry);
    if (!observer_->on_table_write(entry)) return;
    stop_after_this();
}

void UnicornCpu::tell_held_table_writes() {
    std::vector<PhysAddr> held;
    held.swap(table_writes_);
    for (PhysAddr const entry : held) tell_table_write(entry);
}

void UnicornCpu::tell_paging_write() {
    if (observer_ && observer_->on_paging_write()) stop_after_this();
}

bool UnicornCpu::tell_instruction(VirtAddr address) {
    if (!observer_ || !observer_->on_instruction(address)) return false;
    observer_stop_ = true;
    return true;
}

}  // namespace sim::engine
