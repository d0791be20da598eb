// SPDX-License-Identifier: GPL-2.0-or-later
//
// All page tables as an outline: each table below the entry that leads to it, and what
// it maps below it. Pages that follow one another are one row.
#pragma once

#include <cstddef>
#include <vector>

#include "simulator/debug/page_walk.hpp"

namespace viz::model {

struct OutlineRow {
    unsigned depth = 0;     // 0: the root
    bool is_table = false;
    std::size_t index = 0;  // of PageTree::entered, or of PageTree::ranges
    bool operator==(OutlineRow const&) const = default;
};
std::vector<OutlineRow> page_outline(sim::debug::PageTree const&);

}  // namespace viz::model
