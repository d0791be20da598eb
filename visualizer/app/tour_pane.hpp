// SPDX-License-Identifier: GPL-2.0-or-later
//
// The tour beside the views: what there is to read and to answer, and the buttons
// that a presenter does without. Answers with requests, as a view does.
#pragma once

#include <imgui.h>

#include <string>
#include <string_view>

#include "visualizer/model/colour.hpp"
#include "visualizer/model/commands.hpp"
#include "visualizer/model/geometry.hpp"
#include "visualizer/model/tour_guide.hpp"

namespace viz::app {

// How the text fitted, in pixels of the screen: a rehearsal wants to know.
struct TourFit {
    float needed = 0, available = 0;  // heights
    float smallest_text = 0;
    bool fits() const { return needed <= available + 0.5f; }
};

class TourPane {
public:
    void draw(model::Rect, model::TourGuide const&, model::CommandQueue&);
    TourFit const& fit() const { return fit_; }
    // Of the whole pane, for place_tour().
    float wanted_height() const { return wanted_; }

private:
    void draw_line(model::TourLine const&, bool asking, model::CommandQueue&);
    void draw_buttons(model::TourGuide const&, model::TourPage const&, model::CommandQueue&);
    void wrapped(ImFont*, model::Colour, std::string_view);

    TourFit fit_;
    float wanted_ = 0, buttons_height_ = 0;
    std::string shown_;  // another page begins at its top
};

}  // namespace viz::app
