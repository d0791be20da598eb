// SPDX-License-Identifier: GPL-2.0-or-later
//
// The rows of one view, so that a key can go from one to the next: what entity_item()
// was told while the view was drawn.
#pragma once

#include <optional>
#include <vector>

#include "simulator/debug/selection.hpp"

namespace viz::widgets {

struct Rows {
    std::vector<sim::debug::Entity> shown;     // from above
    std::optional<sim::debug::Entity> wanted;  // is scrolled into sight when it is drawn
};

// From now on; null: nobody listens. One listener, as there is one Dear ImGui context.
void listen_for_rows(Rows*);

// The row before or after `from`; from elsewhere: the first, or the last one.
std::optional<sim::debug::Entity> row_beside(Rows const&, sim::debug::Entity from, int direction);

// Moves the part of the current window that can be scrolled, by lines of text.
void scroll_lines(float lines);

}  // namespace viz::widgets
