// SPDX-License-Identifier: GPL-2.0-or-later
//
// The bookmarks as text.
#pragma once

#include <string>
#include <vector>

#include "simulator/debug/snapshot.hpp"

namespace viz::model {

// None, too, of a machine that has not begun.
std::vector<sim::recording::Bookmark> const& bookmarks_of(sim::debug::Snapshot const&);
std::string bookmarks_text(sim::debug::Snapshot const&);
std::string bookmarks_json(sim::debug::Snapshot const&);
// "no bookmark "x": there are a, b".
std::string no_such_bookmark(std::string const& name, sim::debug::Snapshot const&);

}  // namespace viz::model
