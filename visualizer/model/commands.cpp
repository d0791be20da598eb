// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/commands.hpp"

#include <algorithm>

#include "simulator/debug/words.hpp"

namespace viz::model {

using sim::debug::lowered;

namespace {

using enum CommandId;

constexpr CommandInfo table[] = {
    {run_pause, "run-pause", "Run or pause", "Time", "Space F5",
     "Lets the machine run, or stops it where it is."},
    {step_forward, "step.forward", "Step forward", "Time", "Right", "One step of the chosen unit.",
     Takes::number, "[COUNT]"},
    {step_back, "step.back", "Step back", "Time", "Left", "Undoes one step of the chosen unit.",
     Takes::number, "[COUNT]"},
    {step_instruction, "step.instruction", "Step one instruction", "Time", "F11", "Executes one instruction.",
     Takes::number, "[COUNT]"},
    {step_instruction_back, "step.instruction.back", "Step one instruction back", "Time", "Shift+F11",
     "To the moment before the last instruction.", Takes::number, "[COUNT]"},
    {step_line, "step.line", "Step one line", "Time", "F10", "To another source line, over calls.",
     Takes::number, "[COUNT]"},
    {step_line_back, "step.line.back", "Step one line back", "Time", "Shift+F10",
     "To the source line before this one.", Takes::number, "[COUNT]"},
    {step_out, "step.out", "Finish this function", "Time", "Shift+F12",
     "Until the current function has returned.", Takes::number, "[COUNT]"},
    {run_until, "run.until", "Run until a moment", "Time", "",
     "Runs on until then, or until something stops it before.", Takes::moment, "MOMENT"},
    {next_interrupt, "next.interrupt", "To the next interrupt", "Time", "I",
     "Runs until an interrupt or exception is delivered.", Takes::number, "[COUNT]"},
    {next_packet, "next.packet", "To the next packet", "Time", "K", "Runs until a frame arrives or leaves.",
     Takes::number, "[COUNT]"},
    {next_switch, "next.switch", "To the next context switch", "Time", "T",
     "Runs until another thread gets the processor.", Takes::number, "[COUNT]"},
    {continue_back, "continue.back", "Run backwards", "Time", "Shift+F5",
     "To the last breakpoint before now, or to the beginning."},
    {go_to_start, "go.start", "To the beginning", "Time", "Home", "To the first instruction."},
    {go_to_end, "go.end", "To the end", "Time", "End", "To the furthest moment known."},
    {choose_unit, "unit", "Choose the step unit", "Time", "", "What a step is.", Takes::unit, "UNIT"},
    {next_unit, "unit.next", "Next step unit", "Time", "U",
     "Instruction, line, function, interrupt, packet, context switch."},
    {go_to_moment, "go.moment", "Go to a moment", "Time", "", "Moves the machine to a moment.", Takes::moment,
     "MOMENT"},
    {palette, "palette", "All commands", "Find", "Ctrl+P", "Type a part of a command's name."},
    {go_to_prompt, "go", "Go to ...", "Find", "G",
     "A moment, a time, an address, a function, packet:3 or fault:1."},
    {go_to_place, "go.place", "Go to a place", "Find", "", "What the prompt accepts.", Takes::text, "PLACE"},
    {next_event, "event.next", "Next event of this kind", "Find", "N",
     "Travels to the next event like the selected one."},
    {previous_event, "event.previous", "Previous event of this kind", "Find", "P",
     "Travels to the previous event like the selected one."},
    {select, "select", "Select", "Find", "", "Highlights a thing in all views.", Takes::entity, "KIND THING"},
    {reveal, "reveal", "Reveal", "Find", "", "Selects a thing and turns the views to it.", Takes::entity,
     "KIND THING"},
    {clear_selection, "select.none", "Select nothing", "Find", "Escape", "Takes the highlight away."},
    {history_back, "back", "Back", "Find", "Alt+Left", "To where you looked before."},
    {history_forward, "forward", "Forward", "Find", "Alt+Right", "Undoes Back."},
    {toggle_breakpoint, "breakpoint", "Set or clear a breakpoint", "Find", "F9",
     "At the selected instruction, or at the next one.", Takes::address, "[ADDRESS]"},
    {stop_prompt, "stop", "Stop when ...", "Stops", "B",
     "break PLACE, watch PLACE, when CONDITION: forwards and backwards."},
    {add_stop, "stop.add", "Add a stop", "Stops", "", "What the prompt accepts.", Takes::text, "STOP"},
    {remove_stop, "stop.remove", "Remove a stop", "Stops", "", "By its number.", Takes::number, "STOP"},
    {switch_stop, "stop.switch", "Switch a stop on or off", "Stops", "", "By its number.", Takes::number,
     "STOP"},
    {ask_prompt, "ask", "Ask about the past ...", "Ask", "Q",
     "Who wrote this, why is it mapped, when did it become true."},
    {ask, "ask.question", "Ask a question", "Ask", "", "What the prompt accepts.", Takes::text, "QUESTION"},
    {who_wrote, "ask.wrote", "Who wrote this?", "Ask", "Y",
     "The last write to what is selected, and where the value came from; of a block: goes there.", Takes::address, "[ADDRESS]"},
    {why_mapped, "ask.mapped", "Why is this mapped?", "Ask", "H",
     "The page-table entries of what is selected, and who wrote each.", Takes::address, "[ADDRESS]"},
    {tell_story, "ask.story", "What is its story?", "Ask", "J",
     "Of the selected packet: what it touched. Of a frame or a lock: whose it was."},
    {packet_descriptor, "packet.descriptor", "Which descriptor took this packet?", "Ask", "",
     "Goes to the moment before the selected packet was delivered, and to the buffer that took it."},
    {packet_interrupt, "packet.interrupt", "Which interrupt brought this packet?", "Ask", "",
     "Goes to the delivery of the interrupt for the selected packet."},
    {packet_thread, "packet.thread", "Which thread handled this packet?", "Ask", "",
     "Goes to where the thread that the selected packet woke begins to run, or that sent it."},
    {packet_code, "packet.code", "Which code handled this packet?", "Ask", "",
     "Goes to the line that reads the selected packet first, or that sends it."},
    {follow, "follow", "Follow the processor", "Find", "F",
     "Code, bytes and page walk show what the processor is about to do."},
    {show_memory, "show.memory", "Show the bytes at an address", "Find", "", "Turns the bytes view there.",
     Takes::address, "ADDRESS"},
    {show_walk, "show.walk", "Walk the page tables for an address", "Find", "",
     "Turns the page-walk view there.", Takes::address, "ADDRESS"},
    {show_code, "show.code", "Show the code at an address", "Find", "", "Turns the code view there.",
     Takes::address, "ADDRESS"},
    {show_physical, "show.physical", "Show the bytes at a physical address", "Find", "",
     "Turns the bytes view there.", Takes::number, "ADDRESS"},
    {walk_access, "walk.access", "Walk for an access", "Find", "", "read, write or fetch.", Takes::text,
     "ACCESS"},
    {walk_ring, "walk.ring", "Walk for a ring", "Find", "", "0, the kernel, or 3.", Takes::number, "RING"},
    {filter_packets, "filter.packets", "Filter the packets", "Find", "",
     "Such as: port=80 not ack; in or len>100; nothing: all.", Takes::text, "[FILTER]"},
    {filter_events, "filter.events", "Filter the events", "Find", "",
     "By groups: faults switches packets; nothing: all.", Takes::text, "[GROUPS]"},
    {event_details, "events.details", "Events of memory and locks", "Find", "",
     "In the list of events: allocations, locks, ends of interrupts, TCP's windows, too; again: without."},
    {plot_direction, "plot.direction", "The other side's data", "Find", "D",
     "In the plot of a TCP connection: what the other side sent."},
    {next_plot, "plot.next", "The next plot", "Find", "Shift+D",
     "Of a TCP connection: sequence numbers, congestion window, round trips; where all fit, all are there."},
    {show_changes, "frames.changes", "When did memory change?", "Find", "V",
     "In the memory map: each frame by its last change, between the markers or until now; again: by owner."},
    {show_writes, "frames.writes", "How often was memory written?", "Find", "Shift+V",
     "In the memory map: each frame by how often it was written, from marker A on or in the last million instructions; "
     "again: by owner."},
    {show_reads, "frames.reads", "How often was memory read?", "Find", "Alt+V",
     "In the memory map: each frame by how often it was read; again: by owner."},
    {map_in, "map.in", "Memory map: closer", "Find", "Shift+W",
     "A fourth of what it shows, around the address or what is selected, down to one byte.", Takes::number,
     "[ADDRESS]"},
    {map_out, "map.out", "Memory map: farther", "Find", "Shift+S", "Four times as much, up to all of RAM."},
    {map_all, "map.all", "Memory map: all of RAM", "Find", "Shift+A", "Every frame."},
    {map_next, "map.next", "Memory map: the next part", "Find", "Shift+Right",
     "Selects what lies behind: a sixteenth of what the map shows."},
    {map_previous, "map.previous", "Memory map: the part before", "Find", "Shift+Left",
     "Selects what lies before."},
    {older_answer, "answer.older", "The answer before", "Ask", "", "Of the questions asked in this session."},
    {newer_answer, "answer.newer", "The answer after", "Ask", "", "Of the questions asked in this session."},
    {type_prompt, "type.prompt", "Type on the console ...", "Change", "C",
     "What the guest receives on its serial line."},
    {type_text, "type", "Type on the console", "Change", "",
     "Sends a line to the guest; in the past this begins a branch.", Takes::text, "TEXT"},
    {poke_prompt, "write.prompt", "Write bytes ...", "Change", "E",
     "At an address; in the past this begins a branch."},
    {poke, "write", "Write bytes", "Change", "",
     "0x1000 0x5a 7, phys:0x8000 1, counter 3; in the past this begins a branch.", Takes::text,
     "PLACE BYTE ..."},
    {fork, "fork", "Fork from here", "Change", "Ctrl+B",
     "Begins another future; the one that is known stays beside it.", Takes::text, "[NAME]"},
    {switch_branch, "branch", "Go to a branch", "Change", "", "Where it was left.", Takes::branch, "BRANCH"},
    {rename_branch, "branch.name", "Name a branch", "Change", "", "Any name that no other one has.",
     Takes::text, "BRANCH NAME"},
    {drop_branch, "branch.drop", "Drop a branch", "Change", "", "Forgets it; not the one you look at.",
     Takes::branch, "BRANCH"},
    {save_branch, "branch.save", "Save a branch", "Change", "", "As a recording of its own.", Takes::text,
     "BRANCH FILE"},
    {compare, "compare", "Compare with a branch", "Change", "",
     "Two futures side by side: where they part, and what differs at this moment.", Takes::text,
     "BRANCH [OTHER] [@MOMENT]"},
    {set_bookmark, "bookmark.set", "Bookmark this moment", "Find", "Ctrl+D",
     "Keeps the moment with the recording; without a name one is made up.", Takes::text, "[NAME]"},
    {rename_bookmark, "bookmark.name", "Rename a bookmark", "Find", "", "Any name that no other one has.",
     Takes::text, "NAME = NEW NAME"},
    {describe_bookmark, "bookmark.text", "Say what a bookmark shows", "Find", "",
     "What stands there for whoever goes to it.", Takes::text, "NAME = TEXT"},
    {remove_bookmark, "bookmark.remove", "Remove a bookmark", "Find", "", "By its name.", Takes::text,
     "NAME"},
    {processor, "processor", "Look at a processor", "Find", "",
     "Whose registers the views show and steps move.", Takes::number, "[NUMBER]"},
    {next_processor, "processor.next", "Look at the next processor", "Find", "X",
     "Of a machine with several."},
    {zoom_in, "zoom.in", "Time line: zoom in", "Time line", "W", "Twice as close, around now."},
    {zoom_out, "zoom.out", "Time line: zoom out", "Time line", "S", "Twice as far."},
    {zoom_all, "zoom.all", "Time line: show all", "Time line", "A", "From the first instruction to the end."},
    {squeeze_sleep, "squeeze", "Time line: squeeze sleep", "Time line", "Z",
     "Long sleeps of the processor take little room; again: true to scale."},
    {mark_a, "mark.a", "Marker A here", "Time line", "[", "Two markers measure a distance."},
    {mark_b, "mark.b", "Marker B here", "Time line", "]", "Two markers measure a distance."},
    {clear_marks, "mark.none", "Clear the markers", "Time line", "\\", "Takes both markers away."},
    {tour, "tour", "Take a tour", "Tour", "", "By its name; without one: which there are.", Takes::text,
     "[NAME]"},
    {tour_next, "next", "Tour: go on", "Tour", "PageDown",
     "To what comes next; does for you what the tour waits for."},
    {tour_previous, "previous", "Tour: the step before", "Tour", "PageUp", "Goes through it again."},
    {tour_answer, "answer", "Tour: answer", "Tour", "",
     "The number of a choice; in the window just press it.", Takes::number, "NUMBER"},
    {tour_show, "answer.show", "Tour: show the answer", "Tour", "", "Without a guess of your own."},
    {tour_return, "return", "Tour: come back", "Tour", "R",
     "From wherever you went to where the tour stands."},
    {tour_notes, "tour.notes", "Tour: the presenter's notes", "Tour", "O", "Shows or hides them."},
    {tour_presenter, "tour.presenter", "Tour: present", "Tour", "F6",
     "Large type and keys only; again: as before."},
    {tour_end, "tour.end", "Tour: leave it", "Tour", "", "The machine stays where it stands."},
    {tour_record, "tour.record", "Record a tour", "Tour", "", "What you do becomes its lines.", Takes::text,
     "[NAME]"},
    {tour_step, "tour.step", "Tour recorder: a new step", "Tour", "", "With this title.", Takes::text,
     "TITLE"},
    {tour_say, "tour.say", "Tour recorder: say", "Tour", "", "What a learner reads here.", Takes::text,
     "TEXT"},
    {tour_note, "tour.note", "Tour recorder: note", "Tour", "", "For the presenter.", Takes::text, "TEXT"},
    {tour_expect, "tour.expect", "Tour recorder: expect", "Tour", "",
     "What must be true here: an expression, VIEW shows TEXT, at PLACE.", Takes::text, "CHECK"},
    {tour_undo, "tour.undo", "Tour recorder: take back the last line", "Tour", "",
     "One line after the other."},
    {tour_save, "tour.save", "Tour recorder: save", "Tour", "", "As a .tour file.", Takes::text, "FILE"},
    {show_perspective, "perspective", "Show a perspective", "Window", "",
     "An arrangement of views for one subject.", Takes::perspective, "PERSPECTIVE"},
    {overview, "perspective.overview", "Overview", "Window", "Ctrl+1", "The whole machine at a glance."},
    {boot, "perspective.boot", "Boot", "Window", "Ctrl+2", "From the first instruction to main()."},
    {memory, "perspective.memory", "Memory", "Window", "Ctrl+3", "Frames, page tables, bytes."},
    {scheduling, "perspective.scheduling", "Scheduling", "Window", "Ctrl+4", "Threads, interrupts, locks."},
    {network, "perspective.network", "Network", "Window", "Ctrl+5", "From the wire to the page."},
    {comparing, "perspective.compare", "Compare", "Window", "Ctrl+6",
     "Branches, and two futures side by side."},
    {disks, "perspective.disk", "Disk", "Window", "Ctrl+7",
     "Blocks, files, the journal, and who writes them."},
    {next_row, "row.next", "Next row", "Window", "Down",
     "Of the list in the pane that the keys are in; what has no list is scrolled."},
    {previous_row, "row.previous", "Previous row", "Window", "Up",
     "Of that list; what has none is scrolled."},
    {reveal_selected, "reveal.selected", "Turn the views to it", "Window", "Enter",
     "To what is selected, as a double click does."},
    {next_pane, "pane.next", "Next pane", "Window", "Tab", "Arrows, M and the tabs' keys are for this pane."},
    {previous_pane, "pane.previous", "Previous pane", "Window", "Shift+Tab", "The one before."},
    {next_tab, "tab.next", "Next tab", "Window", "Ctrl+PageDown", "Of the pane that the keys are in."},
    {previous_tab, "tab.previous", "Previous tab", "Window", "Ctrl+PageUp", "The one before."},
    {show_view, "view", "Show a view", "Window", "", "Brings a view to the front.", Takes::view, "VIEW"},
    {show_alone, "view.alone", "Show a view alone", "Window", "", "It fills the window; Escape leads back.",
     Takes::view, "VIEW"},
    {maximise, "maximise", "Maximise the pane", "Window", "M",
     "The pane under the pointer fills the window; again: back."},
    {reset_layout, "layout.reset", "Reset the layout", "Window", "Ctrl+Shift+R",
     "All panes as at the first start."},
    {larger, "scale.larger", "Larger", "Window", "Ctrl+=", "Everything a tenth larger."},
    {smaller, "scale.smaller", "Smaller", "Window", "Ctrl+-", "Everything a tenth smaller."},
    {normal_size, "scale.normal", "Normal size", "Window", "Ctrl+0", "The size that fits the display."},
    {projector, "scale.projector", "Projector size", "Window", "Ctrl+9", "Large enough for the last row."},
    {next_theme, "theme.next", "Next theme", "Window", "L", "Dark, light, high contrast."},
    {theme, "theme", "Choose a theme", "Window", "", "dark, light or contrast.", Takes::text, "THEME"},
    {save_picture, "picture", "Save a picture", "Window", "F8", "Writes what you see to a PNG file."},
    {type_argument, "argument", "Type a command's argument", "Window", "", "Opens a prompt for it.",
     Takes::command, "COMMAND"},
    {help, "help", "Keys and help", "Window", "? F1", "This list."},
    {welcome, "welcome", "First steps", "Window", "", "What to try first, on a card; Escape closes it."},
    {quit, "quit", "Quit", "Window", "Ctrl+Q", "Ends the program; a recording is kept."},
};
static_assert(std::size(table) == command_count);

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> out(1);
    for (char c : lowered(text)) {
        if (c == ' ')
            out.emplace_back();
        else
            out.back() += c;
    }
    std::erase(out, "");
    return out;
}

}  // namespace

std::span<CommandInfo const> all_commands() { return table; }
CommandInfo const& info(CommandId id) { return table[static_cast<unsigned>(id)]; }

std::optional<CommandId> prompted_by(CommandId id) {
    switch (id) {
        case go_to_prompt:
            return go_to_place;
        case stop_prompt:
            return add_stop;
        case ask_prompt:
            return ask;
        case type_prompt:
            return type_text;
        case poke_prompt:
            return poke;
        default:
            return std::nullopt;
    }
}

std::vector<PaletteRow> palette_rows(std::string_view typed) {
    std::vector<PaletteRow> rows;
    auto add = [&](CommandId id, Argument argument, std::string title, std::string_view group,
                   std::string_view keys) {
        PaletteRow& row = rows.emplace_back();
        row.request.id = id;
        row.request.argument = std::move(argument);
        row.title = std::move(title);
        row.group = group;
        row.keys = keys;
    };
    // Those that a row of their own stands for: a prompt, the views, the units.
    auto has_rows = [](CommandInfo const& c) {
        return c.id == show_view || c.takes == Takes::perspective || c.takes == Takes::unit ||
               c.takes == Takes::command ||
               std::ranges::any_of(table, [&](auto const& other) { return prompted_by(other.id) == c.id; });
    };
    for (CommandInfo const& c : table) {
        if (!c.needs_argument()) add(c.id, {}, std::string(c.title), c.group, c.keys);
        if (c.takes != Takes::nothing && !has_rows(c))
            add(type_argument, c.id, std::string(c.title) + " ...", c.group,
                c.needs_argument() ? c.keys : "");
    }
    for (ViewInfo const& v : all_views())
        add(show_view, v.id, "View: " + std::string(v.title), v.question, "");
    using enum sim::debug::StepUnit;
    for (auto unit : {instruction, line, line_over, function, interrupt, packet, context_switch})
        add(choose_unit, unit, std::string("Step unit: ") + sim::debug::name_of(unit), "Time", "");

    auto const wanted = words(typed);
    auto misses = [&](PaletteRow const& row) {
        std::string text = lowered(row.title + " " + row.group);
        return !std::ranges::all_of(wanted, [&](auto const& w) { return text.find(w) != std::string::npos; });
    };
    // The title that was typed comes first, then those that start so, then those
    // that hold it in one piece.
    std::string const start = lowered(typed);
    auto rank = [&](PaletteRow const& row) {
        std::string const title = lowered(row.title);
        return title == start                           ? 0
               : title.starts_with(start)               ? 1
               : title.find(start) != std::string::npos ? 2
                                                        : 3;
    };
    std::erase_if(rows, misses);
    std::ranges::stable_sort(rows, {}, rank);
    return rows;
}

}  // namespace viz::model
