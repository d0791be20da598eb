// SPDX-License-Identifier: GPL-2.0-or-later
//
// What was added to a sequence, and what is missing, so that the fewest elements
// are named: Myers' greedy algorithm over numbers that stand for the elements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sim::debug::compare {

struct Edit {
    enum class Kind : std::uint8_t { same, missing, added } kind = Kind::same;
    std::size_t one = 0, other = 0;  // `missing` is in one only, `added` in the other only
};
struct EditScript {
    std::vector<Edit> edits;  // in order
    // More differences than were looked for: between the common beginning and the
    // common end all of one is missing and all of the other added, though some may
    // be the same.
    bool coarse = false;
};
EditScript edit_script(std::vector<std::uint64_t> const& one, std::vector<std::uint64_t> const& other,
                       std::size_t most_differences = 1000);

}  // namespace sim::debug::compare
