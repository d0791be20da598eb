// SPDX-License-Identifier: GPL-2.0-or-later
//
// Everything a person can do, as one table. Menus, keys, the palette, the help
// page and the line mode (command_line.hpp) are made from it; adding a row adds it
// to all five. Widgets never act: they push a Request, and the Desk carries it out
// after the frame.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "simulator/debug/command.hpp"
#include "simulator/debug/selection.hpp"
#include "visualizer/model/views.hpp"

namespace viz::model {

enum class CommandId : std::uint8_t {
    // Time
    run_pause,
    step_forward,  // in the chosen unit
    step_back,
    step_instruction,
    step_instruction_back,
    step_line,
    step_line_back,
    step_out,
    run_until,  // argument: Moment
    next_interrupt,
    next_packet,
    next_switch,
    continue_back,
    go_to_start,
    go_to_end,
    choose_unit,  // argument: StepUnit
    next_unit,
    go_to_moment,  // argument: Moment
    // Finding
    palette,
    go_to_prompt,
    go_to_place,  // argument: text
    next_event,
    previous_event,
    select,  // argument: Entity
    reveal,  // argument: Entity: select, and turn the views to it
    clear_selection,
    history_back,
    history_forward,
    toggle_breakpoint,  // argument: address; none: RIP
    stop_prompt,
    add_stop,     // argument: text, as parse_stop() reads it
    remove_stop,  // argument: its number
    switch_stop,  // argument: its number; on or off
    ask_prompt,
    ask,         // argument: text, as docs/reference/queries.md has it
    who_wrote,   // argument: virtual address; none: what is selected
    why_mapped,  // argument: virtual address; none: what is selected
    tell_story,  // of the selected packet, frame or lock
    packet_descriptor,
    packet_interrupt,
    packet_thread,
    packet_code,
    follow,          // code, memory and walk follow the processor again
    show_memory,     // argument: virtual address
    show_walk,       // argument: virtual address
    show_code,       // argument: virtual address
    show_physical,   // argument: physical address
    walk_access,     // argument: text: read, write, fetch
    walk_ring,       // argument: 0 or 3
    filter_packets,  // argument: text, as packet_filter.hpp has it; none: all of them
    filter_events,   // argument: text, the groups that are shown; none: all of them
    event_details,
    plot_direction,
    next_plot,
    show_changes,
    show_writes,
    show_reads,
    map_in,   // argument: physical address; none: what is selected
    map_out,
    map_all,
    map_next,
    map_previous,
    older_answer,
    newer_answer,
    // Changing the machine, and what becomes of it
    type_prompt,
    type_text,  // argument: text
    poke_prompt,
    poke,               // argument: text: PLACE BYTES
    fork,               // argument: text, its name; none: one is made up
    switch_branch,      // argument: its number
    rename_branch,      // argument: text: BRANCH NAME
    drop_branch,        // argument: its number
    save_branch,        // argument: text: BRANCH FILE
    compare,            // argument: text: BRANCH [OTHER] [@MOMENT]
    set_bookmark,       // argument: text, its name; none: one is made up
    rename_bookmark,    // argument: text: NAME = NEW NAME
    describe_bookmark,  // argument: text: NAME = TEXT
    remove_bookmark,    // argument: text, its name
    processor,          // argument: its number; none: whichever runs
    next_processor,
    // Time line
    zoom_in,
    zoom_out,
    zoom_all,
    squeeze_sleep,
    mark_a,
    mark_b,
    clear_marks,
    // Tours: see tour_guide.hpp
    tour,  // argument: text, its name; none: which there are
    tour_next,
    tour_previous,
    tour_answer,  // argument: the number of a choice
    tour_show,
    tour_return,
    tour_notes,
    tour_presenter,
    tour_end,
    tour_record,  // argument: text, its name
    tour_step,    // argument: text, the step's title
    tour_say,     // argument: text
    tour_note,    // argument: text
    tour_expect,  // argument: text: tour_reader.hpp's check
    tour_undo,
    tour_save,  // argument: text: a file
    // Window
    show_perspective,  // argument: Perspective
    overview,
    boot,
    memory,
    scheduling,
    network,
    comparing,
    disks,
    next_row,
    previous_row,
    reveal_selected,
    next_pane,
    previous_pane,
    next_tab,
    previous_tab,
    show_view,   // argument: ViewId
    show_alone,  // argument: ViewId
    maximise,
    reset_layout,
    larger,
    smaller,
    normal_size,
    projector,
    next_theme,
    theme,  // argument: text: its name
    save_picture,
    type_argument,  // argument: CommandId: a prompt for its argument
    help,
    welcome,
    quit,
    count_,
};
inline constexpr unsigned command_count = static_cast<unsigned>(CommandId::count_);

// What a command's argument is, in the table and as a person types it.
enum class Takes : std::uint8_t {
    nothing,
    text,
    moment,
    address,
    number,
    branch,
    view,
    perspective,
    unit,
    entity,
    command,
};

struct CommandInfo {
    CommandId id;
    std::string_view name;   // "step.forward"
    std::string_view title;  // "Step forward"
    std::string_view group;  // "Time"
    std::string_view keys;   // "Shift+F11", several separated by a space; empty: none
    std::string_view help;   // one sentence
    Takes takes = Takes::nothing;
    std::string_view usage{};  // of the argument: "MOMENT"; in brackets where it may be left out
    bool needs_argument() const { return takes != Takes::nothing && !usage.starts_with('['); }
};
std::span<CommandInfo const> all_commands();
CommandInfo const& info(CommandId);

using Argument = std::variant<std::monostate, sim::machine::Moment, std::uint64_t, ViewId, Perspective,
                              sim::debug::StepUnit, sim::debug::Entity, CommandId, std::string>;

struct Request {
    CommandId id = CommandId::count_;
    Argument argument;
    // Null: it is something else, or nothing.
    template <class T>
    T const* as() const {
        return std::get_if<T>(&argument);
    }
    bool operator==(Request const&) const = default;
};

class CommandQueue {
public:
    void push(CommandId id, Argument argument = {}) {
        Request& request = requests_.emplace_back();
        request.id = id;
        request.argument = std::move(argument);
    }
    std::vector<Request> take() { return std::exchange(requests_, {}); }
    std::vector<Request> const& requests() const { return requests_; }

private:
    std::vector<Request> requests_;
};

// The command that a prompt asks an argument for: go_to_place for go_to_prompt.
std::optional<CommandId> prompted_by(CommandId);

// What the palette offers for what was typed: all words must occur, best first.
// Commands that take an argument ask for it at a prompt; where it can be left out,
// another row does without.
struct PaletteRow {
    Request request;
    std::string title, group;
    std::string_view keys;
};
std::vector<PaletteRow> palette_rows(std::string_view typed);

}  // namespace viz::model
