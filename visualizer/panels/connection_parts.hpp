// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the view "connection" is made of; nobody else includes this.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "visualizer/model/connection_places.hpp"
#include "visualizer/model/tcp_flow.hpp"
#include "visualizer/panels/view.hpp"
#include "visualizer/widgets/draw.hpp"

namespace viz::panels::connection {

// A path through the state diagram, and how many of its steps have happened.
struct Path {
    std::vector<model::StateStep> steps;
    std::size_t past = 0;
    bool begun = false;  // else it is in no state yet
    model::TcpState now() const;
};

// The frame that a step stands for, else the event that told it.
Entity entity_of(model::StateStep const&, Model const&);
// A number in a ring.
ImVec2 badge_size(std::string const& text);
void badge(ImDrawList*, model::Point middle, std::string const& text, bool past);

void draw_diagram(model::ConnectionPlaces const&, Path const&, Model const&, ViewState&, CommandQueue&);
void draw_plot(model::Rect area, model::TcpFlow const&, Model const&, ViewState&, CommandQueue&);

}  // namespace viz::panels::connection
