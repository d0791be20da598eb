// SPDX-License-Identifier: GPL-2.0-or-later
//
// What observers watch. A watched address ends its block there (execute_cut);
// watched memory is refused to the fast engine, so that the stepper meets it.
#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine {

void UnicornCpu::set_watched_addresses(std::span<VirtAddr const> addresses) {
    watched_addresses_ = {addresses.begin(), addresses.end()};
    blocks_.clear();  // their cuts were made for other addresses
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

}  // namespace sim::engine
