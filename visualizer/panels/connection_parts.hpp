// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the view "connection" is made of; nobody else includes this.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "visualizer/model/connection_places.hpp"
#include "visualizer/model/sequence_plot.hpp"
#include "visualizer/model/tcp_flow.hpp"
#include "visualizer/model/time_axis.hpp"
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

// ---- plots over one time ----

// What plots above each other share.
struct Charts {
    model::TimeAxis axis;
    std::uint64_t now_ns = 0;
    float left = 0, width = 0;  // of the charts; their levels stand to the left
    bool ruler = true;          // the lines of its marks are there in any case
    bool titled = true;
    model::Rect below(model::Rect area, float captions) const {
        return {left, area.y + captions, width, std::max(1.0f, area.height - captions)};
    }
};
struct Scale {
    model::Rect area;  // of the levels
    std::int64_t least = 0, most = 1;
    float y(std::int64_t level) const {
        return area.bottom() -
               static_cast<float>(static_cast<double>(level - least) / static_cast<double>(most - least)) *
                   area.height;
    }
};
// Ground and grid; then what is plotted; then the cursor over it.
Scale begin_chart(ImDrawList*, Charts const&, model::Rect chart,
                  std::pair<std::int64_t, std::int64_t> levels);
void draw_levels(ImDrawList*, Charts const&, Scale const&,
                 std::function<std::string(std::int64_t)> const& name);
void draw_stairs(ImDrawList*, std::vector<model::SequencePlot::Corner> const&, model::TimeAxis const&,
                 Scale const&, model::Colour, bool dashed);
void end_chart(ImDrawList*, Charts const&, model::Rect chart, Model const&, ViewState const&);

// Congestion window, threshold, bytes in flight, what the other side has room for.
void draw_window(model::Rect area, Charts const&, model::TcpFlow const&, Model const&, ViewState&,
                 CommandQueue&);
void draw_round_trips(model::Rect area, Charts const&, model::TcpFlow const&, Model const&, ViewState&,
                      CommandQueue&);
// Sequence numbers, and the others below them or in their place.
void draw_plots(model::Rect area, model::TcpFlow const&, Model const&, ViewState&, CommandQueue&);

}  // namespace viz::panels::connection
