// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a person has in front: the machine's model, what is looked at, how the
// views are laid out, where one has been; and what each command of the table
// does to it. Those that concern the machine go through the Door. The window
// (app/shell.hpp) and the line mode (app/line_mode.hpp) sit at the same desk.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "visualizer/model/commands.hpp"
#include "visualizer/model/companion.hpp"
#include "visualizer/model/door.hpp"
#include "visualizer/model/layout.hpp"
#include "visualizer/model/model.hpp"
#include "visualizer/model/place.hpp"
#include "visualizer/model/view_state.hpp"

namespace viz::model {

// What of Desk::saved() concerns a window without a machine. Null or 0: not told.
struct SavedLook {
    Theme const* theme = nullptr;
    float zoom = 0;
};
SavedLook look_of(std::string_view saved);

class Desk {
public:
    static constexpr float smallest_zoom = 0.5f, largest_zoom = 3;

    explicit Desk(Door&);

    // Before anything else is done with a snapshot.
    void update(std::shared_ptr<sim::debug::Snapshot const>);
    void perform(Request const&);
    // Not owned; null: nobody.
    void set_companion(Companion* companion) { companion_ = companion; }
    // To be called when all is performed: what the views on the screen need.
    void ask_for_views();

    Model const& model() const { return model_; }
    Layout& layout() { return layout_; }
    ViewState& state() { return state_; }
    ViewState const& state() const { return state_; }
    Perspective perspective() const { return perspective_; }
    // A command waits for the answer to a question.
    bool follows() const { return followed_.has_value(); }
    // The pane that keys are in: one of the layout that is shown.
    int pane() const;
    bool one_view() const { return before_maximise_.has_value(); }  // fills the body

    void show(Perspective);
    void show_alone(ViewId);
    // In the perspective that is shown, else in one that has it, else alone.
    void bring_forward(ViewId);
    void show_bookmark(sim::recording::Bookmark const&);
    // The arrangement of the window as text, and from it: what fits of it is taken.
    std::string saved() const;
    void restore(std::string_view);
    // Little room, or enough again. For each there is an arrangement of its own,
    // and both are kept.
    void fit(bool compact);
    // One line for the person; the window shows the last one, the line mode all.
    void notice(std::string text) { notices_.push_back(std::move(text)); }
    // The same of what could not be done.
    void refuse(std::string why) {
        ++refused_;
        notice(std::move(why));
    }
    unsigned refused() const { return refused_; }  // how often
    std::vector<std::string> take_notices() { return std::exchange(notices_, {}); }

    // What only a window can do about a command.
    struct Window {
        bool palette = false, help = false;  // open
        bool welcome = false;                // the card for who is here for the first time
        bool welcomed = false;               // it was closed once: kept from one start to the next
        unsigned palette_opened = 0;         // how often: a fresh one begins empty
        std::optional<CommandId> prompt;     // the palette asks for this command's argument
        std::string prompt_text;             // what stands in it at first
        bool quit = false, picture = false;
        float zoom = 1;  // times the display's scale
        Theme const* theme = &dark_theme();
        int pane_under_pointer = -1;
        // The pane that keys are in. It is marked once a key has gone from one to another.
        int pane = -1;
        bool by_keys = false;
    } window;

private:
    void perform_step(sim::debug::StepUnit, sim::debug::Direction, Request const&);
    void open_prompt(CommandId);
    void perform_change(Request const&);
    void change_bookmark(Request const&);
    void perform_window(Request const&);
    void go_to_pane(int direction);
    void turn_tab(int direction);
    void filter(bool packets, std::string const& text);
    void reveal(Entity);
    void zoom_memory(Request const&);
    void travel_to_event(bool forward);
    void travel_to_use(bool forward);
    void go_to_writer(std::uint64_t block_id);
    void go_to(Place const&);
    void travel(sim::machine::Moment);
    void turn_to(ViewId, std::optional<std::uint64_t>& what, std::uint64_t address);
    void ask(std::string question);
    std::optional<std::string> selected_place() const;
    sim::debug::Gate const* gate_of(std::uint64_t vector) const;  // null: it has none that is present
    void ask_about_selected(char const* question, Request const&);
    void tell_story();
    void tell_story_of_packet(std::uint64_t packet);
    void go_to_handler(CommandId);
    void follow_answer();
    void follow_descriptor(std::uint64_t payload);
    void remember_place();
    void restore_place(int direction);
    void forget_dropped_branches();

    Door& door_;
    Companion* companion_ = nullptr;
    Model model_;
    ViewState state_;
    Perspective perspective_ = Perspective::overview;
    // The arrangement of the perspective that is shown is `layout_`, or hidden
    // behind one view; the others lie here.
    using Arrangement = std::array<Layout, perspective_count>;
    Layout& arranged() { return before_maximise_ ? *before_maximise_ : layout_; }
    Arrangement as_it_stands(bool compact) const;
    void lay_out_anew();
    std::array<Arrangement, 2> layouts_;  // with enough room, and with little
    Layout layout_;
    std::optional<Layout> before_maximise_;
    bool compact_ = false;
    std::vector<std::string> notices_;
    unsigned refused_ = 0;
    std::uint64_t last_outcome_ = 0;
    struct Followed {
        CommandId what = CommandId::count_;
        std::uint64_t packet = 0;  // its event
        std::string question;
        std::shared_ptr<sim::debug::QuestionAnswer const> before;  // not yet the answer
        std::optional<std::uint64_t> payload{};                    // physical: its descriptor is looked for
        std::optional<sim::machine::Moment> back{};                // where one was when it was asked
        unsigned waited = 0;
    };
    std::optional<Followed> followed_;

    struct Visit {
        sim::debug::BranchNumber branch = sim::debug::original;
        sim::machine::Moment moment;
        ViewState state;
    };
    std::vector<Visit> history_;
    std::size_t history_at_ = 0;
};

}  // namespace viz::model
