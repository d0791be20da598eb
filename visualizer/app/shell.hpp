// SPDX-License-Identifier: GPL-2.0-or-later
//
// The fixed shell around the views: transport bar, activity list, panes with
// tabs, time line, status bar, palette and help. Draws one frame, collects the
// requests of all views, and has the Desk carry them out.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "visualizer/app/tour_pane.hpp"
#include "visualizer/model/desk.hpp"
#include "visualizer/model/tour_guide.hpp"
#include "visualizer/panels/view.hpp"
#include "visualizer/widgets/rows.hpp"

struct ImDrawList;

namespace viz::app {

using model::Door;

class Shell {
public:
    explicit Shell(Door&);
    ~Shell();

    // One frame over the whole display, between NewFrame and Render.
    void draw(std::shared_ptr<sim::debug::Snapshot const>);

    // What the frame asked for, carried out after it. Also the way in for tests.
    void perform(model::Request const& request) { desk_.perform(request); }
    std::vector<model::Request> const& performed() const { return performed_; }  // in the last frame

    model::Desk& desk() { return desk_; }
    model::TourGuide& guide() { return guide_; }
    TourFit const& tour_fit() const { return tour_pane_.fit(); }  // in the last frame
    model::Layout& layout() { return desk_.layout(); }
    model::ViewState& state() { return desk_.state(); }
    model::Model const& model() const { return desk_.model(); }
    void show(model::Perspective perspective) { desk_.show(perspective); }
    void show_alone(model::ViewId view) { desk_.show_alone(view); }
    // One line in the status bar, for some seconds.
    void notice(std::string text) { desk_.notice(std::move(text)); }

    // The application acts on these between frames.
    model::Desk::Window& window() { return desk_.window; }
    // Nothing but the views, for a picture on a page: no bars, and of a single view no tab.
    bool bare = false;
    std::string footer;  // right end of the status bar: what is recorded, missing fonts

private:
    void draw_transport(model::Rect, bool compact);
    void draw_activities(model::Rect, bool compact);
    void draw_body(model::Rect);
    void draw_bare(model::Rect);
    void draw_view(model::ViewId, model::Rect);
    void draw_pane(model::PlacedPane const&);
    void draw_tabs(model::PaneNode&, model::Rect);
    void draw_timeline(model::Rect, bool compact);
    void draw_status(model::Rect);
    void draw_palette();
    void draw_prompt(model::CommandId, bool entered);
    void draw_command_rows(bool entered);
    void draw_help();
    void draw_welcome();
    void read_keys();
    // What is said of rows, as one that names what is meant.
    model::Request of_rows(model::Request);

    model::Desk desk_;
    model::TourGuide guide_;
    TourPane tour_pane_;
    model::CommandQueue queue_;
    std::vector<model::Request> performed_;
    bool compact_ = false;
    std::array<std::unique_ptr<panels::View>, model::view_count> views_;

    widgets::Rows rows_;  // of the pane that keys are in
    float scroll_ = 0;    // lines that its view is to be moved
    float help_scroll_ = 0;

    unsigned palette_seen_ = 0;    // of Desk::Window::palette_opened
    bool palette_fresh_ = false;   // it takes the keyboard in this frame
    bool palette_to_end_ = false;  // what is typed goes behind what stands there
    char palette_text_[256] = {};
    int palette_row_ = 0;

    std::string notice_;
    double notice_until_ = 0;
};

}  // namespace viz::app
