// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/engine/physical_memory.hpp"

#include <algorithm>
#include <stdexcept>

namespace sim::engine {

PhysicalMemory::PhysicalMemory(std::vector<RamRegion> regions) : ram_(std::move(regions)) {
    std::size_t pages = 0;
    for (RamRegion const& ram : ram_) {
        if (ram.start % page_size || ram.bytes.size() % page_size || ram.bytes.empty())
            throw std::runtime_error(
                "engine: a RAM region must start and end on a page boundary and not be empty");
        regions_.push_back({ram.start, ram.bytes.size(), ram.bytes.data(), pages});
        pages += ram.bytes.size() / page_size;
    }
    pages_.resize(pages);
}

std::vector<std::uint64_t> PhysicalMemory::take_dirty() {
    for (std::uint64_t number : dirty_) info(number * page_size).dirty = false;
    std::vector<std::uint64_t> taken;
    taken.swap(dirty_);
    std::sort(taken.begin(), taken.end());
    return taken;
}

}  // namespace sim::engine
