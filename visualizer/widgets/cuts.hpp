// SPDX-License-Identifier: GPL-2.0-or-later
//
// For tests: which texts were drawn, and which with "..." because their place is too narrow.
#pragma once

#include <string>
#include <vector>

namespace viz::widgets {

struct Cut {
    std::string text;             // the whole of it
    float wanted = 0, given = 0;  // pixels
};

// From now on every text that is cut is added here; null: nobody listens. One
// listener, as there is one Dear ImGui context at a time.
void listen_for_cuts(std::vector<Cut>*);
// The same for every text, as it was drawn.
void listen_for_texts(std::vector<std::string>*);

}  // namespace viz::widgets
