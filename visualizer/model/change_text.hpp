// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a person types to change the machine, or to compare what became of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "simulator/debug/snapshot.hpp"

namespace viz::model {

constexpr std::size_t most_bytes = 256;
// "0x1000 0x5a 7", "phys:0x8000 1", "counter 3": where, then at least one byte. Or
// one line that says what is wrong.
std::variant<sim::debug::Poke, std::string> parse_bytes(std::string_view, sim::debug::Snapshot const&);

// By its name or number; null: there is none.
sim::debug::BranchInfo const* find_branch(std::string_view, sim::debug::Snapshot const&);
// "BRANCH REST": a branch, by its name, which may have blanks (the longest that the
// text begins with), or by its number; and what follows.
std::variant<std::pair<sim::debug::BranchNumber, std::string>, std::string> parse_branch_and_rest(
    std::string_view, sim::debug::Snapshot const&);

// "BRANCH", with the one that is looked at; "ONE OTHER"; "... @MOMENT": both there.
// Without one: both where the machine stands, or where they end before that.
std::variant<sim::debug::CompareBranches, std::string> parse_comparison(std::string_view,
                                                                        sim::debug::Snapshot const&);

}  // namespace viz::model
