// SPDX-License-Identifier: GPL-2.0-or-later
//
// The fixed shell around the views: transport bar, activity list, panes with
// tabs, time line, status bar, palette and help. Draws one frame, collects the
// requests of all views, and carries out those that concern the window; those
// that concern the machine it hands on through `Door`.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "visualizer/model/commands.hpp"
#include "visualizer/model/layout.hpp"
#include "visualizer/model/model.hpp"
#include "visualizer/model/view_state.hpp"
#include "visualizer/panels/view.hpp"

struct ImDrawList;

namespace viz::app {

// The only way from the window to the machine.
class Door {
public:
    virtual ~Door() = default;
    virtual void post(sim::debug::Command) = 0;
    virtual void request(sim::debug::ViewRequest) = 0;
};

class Shell {
public:
    explicit Shell(Door&);
    ~Shell();

    // One frame over the whole display, between NewFrame and Render.
    void draw(std::shared_ptr<sim::debug::Snapshot const>);

    // What the frame asked for, carried out after it. Also the way in for tests.
    void perform(model::Request const&);
    std::vector<model::Request> const& performed() const { return performed_; }  // in the last frame

    model::Layout& layout() { return layout_; }
    model::ViewState& state() { return state_; }
    model::Model const& model() const { return model_; }
    void show(model::Perspective);
    void show_alone(model::ViewId);
    void notice(std::string text);  // one line in the status bar, for some seconds

    // Changed by commands; the application acts on them between frames.
    float zoom = 1;  // times the display's scale
    bool wants_quit = false, wants_picture = false;
    std::string footer;  // right end of the status bar: what is recorded, missing fonts

private:
    void draw_transport(model::Rect, bool compact);
    void draw_activities(model::Rect, bool compact);
    void draw_body(model::Rect);
    void draw_pane(model::PlacedPane const&);
    void draw_tabs(model::PaneNode&, model::Rect);
    void draw_timeline(model::Rect, bool compact);
    void draw_status(model::Rect);
    void draw_palette();
    void draw_prompt(bool entered);
    void draw_command_rows(bool entered);
    void draw_help();
    void read_keys();
    void fit_layouts(bool compact);
    void perform_step(sim::debug::StepUnit, sim::debug::Direction);
    void reveal(model::Entity);
    void travel_to_event(bool forward);
    void go_to_place(std::string const&);
    void ask(std::string question);
    std::optional<std::string> selected_place() const;
    void ask_about_selected(char const* question, model::Request const&);
    void tell_story();
    void remember_place();
    void restore_place(int direction);

    Door& door_;
    model::Model model_;
    model::ViewState state_;
    model::CommandQueue queue_;
    std::vector<model::Request> performed_;
    model::Perspective perspective_ = model::Perspective::overview;
    std::array<model::Layout, model::perspective_count> layouts_;
    model::Layout layout_;
    std::optional<model::Layout> before_maximise_;
    bool compact_ = false;
    std::array<std::unique_ptr<panels::View>, model::view_count> views_;
    int pane_under_pointer_ = -1, dragged_ = -1;

    bool palette_open_ = false, palette_fresh_ = false, help_open_ = false;
    enum class Prompt : unsigned char { commands, go, stop, ask };
    Prompt prompt_ = Prompt::commands;  // what the palette asks for
    char palette_text_[128] = {};
    int palette_row_ = 0;

    std::string notice_;
    double notice_until_ = 0;
    std::uint64_t last_outcome_ = 0;

    struct Place {
        sim::machine::Moment moment;
        model::ViewState state;
    };
    std::vector<Place> history_;
    std::size_t history_at_ = 0;
};

}  // namespace viz::app
