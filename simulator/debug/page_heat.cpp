// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/page_heat.hpp"

namespace sim::debug {

std::size_t PageHeat::place_in_ram(std::uint64_t page_number) {
    constexpr std::uint64_t hole = machine::hole_start / machine::page_bytes,
                            above = machine::hole_end / machine::page_bytes;
    if (page_number < hole) return page_number;
    return page_number < above ? SIZE_MAX : page_number - (above - hole);
}

PageHeat::Stretch const* PageHeat::last_change(std::uint64_t page_number) const {
    std::size_t const place = place_in_ram(page_number);
    if (place >= newest.size() || newest[place] == never) return nullptr;
    return &stretches[newest[place]];
}

bool PageHeat::changed_since(std::uint64_t page_number, std::uint64_t ns) const {
    Stretch const* const stretch = last_change(page_number);
    return stretch != nullptr && stretch->to_ns > ns;
}

}  // namespace sim::debug
