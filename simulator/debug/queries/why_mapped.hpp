// SPDX-License-Identifier: GPL-2.0-or-later
//
// Why is this page mapped, and as what? The entries of all levels, bit by bit,
// each with its last writer; whose the frame is, who allocated it; and which
// other pages lead to the same frame.
#pragma once

#include <string>
#include <vector>

#include "simulator/debug/page_walk.hpp"
#include "simulator/debug/queries/history.hpp"
#include "simulator/debug/queries/last_write.hpp"

namespace sim::debug::queries {

struct WhyMapped {
    WalkExplanation walk;
    struct Entry {
        ExplainedEntry entry;
        LastWrite writer;  // of what the kernel wrote
        std::vector<std::string>
            walker;  // accessed and dirty bits set by the processor: "A" or "D", with the moment
    };
    std::vector<Entry> entries;
    std::optional<FrameHistory> frame;  // when the address is mapped
    std::vector<MappedRange> others;    // other virtual pages of the frame: their place in these ranges
    std::vector<std::uint64_t> other_addresses;
    bool cancelled = false;
};

WhyMapped why_mapped(Scene&, std::uint64_t address);

}  // namespace sim::debug::queries
