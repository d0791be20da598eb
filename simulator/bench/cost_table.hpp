// SPDX-License-Identifier: GPL-2.0-or-later
//
// docs/reference/costs.md: the costs of both builds as a page for people, which
// is read again to see whether it is still true.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "simulator/bench/costs.hpp"

namespace sim::bench {

struct CostTable {
    std::vector<Cost> development, release;  // empty: not measured yet
    std::vector<Cost>& of(bool with_checks) { return with_checks ? development : release; }
};

std::string to_markdown(CostTable const&);
// What to_markdown() wrote; of each cost only what stands there. Lines that are
// none of its rows are left out. Throws std::runtime_error for a damaged row.
CostTable from_markdown(std::string_view text);

// A file that is not there is an empty table.
CostTable read_costs(std::filesystem::path const&);
// Whole or not at all.
void write_costs(std::filesystem::path const&, CostTable const&);

// Another compiler, or a change that is not about speed, moves a count a little.
// More than a tenth, and more than 16, is a change that somebody should see.
constexpr double most_change = 0.10;
constexpr std::uint64_t least_change = 16;

struct CostChange {
    std::string id, what, unit;
    std::optional<std::uint64_t> kept, measured;  // none: not in that table
};
// The costs of which one table says something else than the other.
std::vector<CostChange> changes(std::vector<Cost> const& kept, std::vector<Cost> const& measured);
// "take a free mutex: 62 instructions, the page says 48"
std::string describe(CostChange const&);

}  // namespace sim::bench
