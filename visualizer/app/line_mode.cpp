// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/line_mode.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <thread>

#include "simulator/cli/interruption.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/debug/compare/comparison.hpp"
#include "simulator/debug/text.hpp"
#include "simulator/debug/words.hpp"
#include "visualizer/model/ability.hpp"
#include "visualizer/model/access_heat.hpp"
#include "visualizer/model/command_line.hpp"
#include "visualizer/model/twin.hpp"

namespace viz::app {

using model::CommandId;
using sim::cli::Interruption;
using sim::debug::RunState;
using sim::debug::Snapshot;

namespace {

// Those that only a window can carry out, and those that ask for the rest of a line.
bool needs_window(CommandId id) {
    switch (id) {
        case CommandId::palette:
        case CommandId::welcome:
        case CommandId::type_argument:
        case CommandId::maximise:
        case CommandId::next_row:
        case CommandId::previous_row:
        case CommandId::next_pane:
        case CommandId::previous_pane:
        case CommandId::next_tab:
        case CommandId::previous_tab:
        case CommandId::larger:
        case CommandId::smaller:
        case CommandId::normal_size:
        case CommandId::projector:
        case CommandId::next_theme:
        case CommandId::theme:
        case CommandId::save_picture:
        case CommandId::reset_layout:
        case CommandId::tour_presenter:
            return true;
        default:
            return model::prompted_by(id).has_value();
    }
}

}  // namespace

static bool runs_by_itself(Snapshot const& now) {
    return now.state == RunState::running && now.machine->runs_by_itself;
}

LineMode::LineMode(Watch& watch, std::function<void(std::string_view)> tell)
    : watch_(watch), tell_(std::move(tell)), door_(*watch.session), desk_(door_), guide_(desk_, door_) {
    desk_.update(watch_.session->snapshot());
    desk_.take_notices();
}

std::string LineMode::look_at(std::string const& place) {
    desk_.state().selected = entity_of(watch_, place);
    if (auto const bookmark = bookmark_of(watch_, place)) desk_.show_bookmark(*bookmark);
    auto const notices = desk_.take_notices();
    return notices.empty() ? "" : notices.back();
}

// Until nothing is under way, and the tour waits for the person. True: a person ended it.
bool LineMode::settle() {
    bool ended = false;
    bool followed = false;  // an answer has led somewhere: the machine is on its way
    do {
        while (watch_.session->advance()) {
            if (Interruption::requested()) ended = true, watch_.session->post(sim::debug::Pause{});
            // It needs nobody who waits for it.
            else if (runs_by_itself(*watch_.session->snapshot()))
                break;
        }
        followed = desk_.follows();
        desk_.update(watch_.session->snapshot());
    } while ((guide_.busy() || followed || desk_.follows()) && !Interruption::requested());
    return ended;
}

void LineMode::take(model::TourPtr tour) {
    guide_.play(std::move(tour));
    settle();
    desk_.take_notices();
    tell_tour();
}

// What there is to read of the tour, when it has changed.
void LineMode::tell_tour() {
    if (!guide_.active()) return;
    using Role = model::TourLine::Role;
    using Mark = model::TourLine::Mark;
    model::TourPage const page = guide_.page();
    std::string text;
    for (model::TourLine const& line : page.lines) {
        if (line.role == Role::choice)
            text += fmt::format("  {}  {}{}\n", line.number, line.text,
                                line.mark == Mark::right    ? "  (right)"
                                : line.mark == Mark::wrong  ? "  (your answer)"
                                : line.mark == Mark::chosen ? "  (your answer)"
                                                            : "");
        else if (line.role == Role::title)
            text += fmt::format("---- {}\n", line.text);
        else
            text += fmt::format("{}{}\n", line.role == Role::note ? "note: " : "", line.text);
    }
    if (!page.next.empty()) text += fmt::format("[next: {}]\n", page.next);
    if (std::exchange(tour_told_, text) != text) tell_(text);
}

void LineMode::print(std::string_view text_view, bool json) {
    auto wanted = model::request_for_text(desk_.state(), desk_.model().now().cpu);
    auto const usual = wanted;
    if (text_view == "accesses") wanted.accesses = model::chosen_stretch(desk_.state(), desk_.model().now());
    door_.request(std::move(wanted));
    watch_.session->advance();
    desk_.update(watch_.session->snapshot());
    // It takes its time: not again at each moment to come.
    if (text_view == "accesses") door_.request(usual);
    std::string text = print_twin(text_view, json, desk_.model(), desk_.state());
    if (!text.ends_with('\n')) text += '\n';
    tell_(text);
}

// "paused at 123456, 12.345 ms: threads::idle+0x3 (kernel/threads/idle.cpp:12), thread idle"
std::string LineMode::here() const {
    auto const& now = desk_.model().now();
    std::string text(name_of(now.state));
    if (now.can(sim::debug::Ability::counting))
        text += fmt::format(" at {}, {}", to_string(now.moment), sim::debug::format_ns(now.virtual_ns));
    text += ": " + now.location;
    if (now.source && now.symbols) text += fmt::format(" ({})", now.symbols->describe(*now.source, true));
    if (auto const thread = desk_.model().running_thread())
        text += ", thread " + desk_.model().thread_name(thread);
    if (now.branch != sim::debug::original)
        for (auto const& b : now.branches)
            if (b.active) text += fmt::format(", branch {} {}", b.number, b.name);
    if (now.catching_up) text += "; " + model::as_words(*now.catching_up);
    return text;
}

// One line for each thing that a person at the window would see happen.
void LineMode::tell_what_is_new(Snapshot const& before, bool ended) {
    auto const& now = desk_.model().now();
    for (std::string const& notice : desk_.take_notices()) tell_(notice + "\n");
    bool const moved =
        now.can(sim::debug::Ability::counting) ? now.moment != before.moment : now.cpu != before.cpu;
    if (ended || moved || now.state != before.state || now.branch != before.branch) {
        if (!now.stop_reason.empty()) tell_(now.stop_reason + "\n");
        tell_(here() + "\n");
    }
    bool const for_tour =
        guide_.player() && now.answer && now.answer->question == guide_.player()->last_question();
    // Both are asked before either is printed: that brings another moment's `now`.
    bool const answered = now.answer && now.answer != before.answer && now.answer->understood && !for_tour;
    bool const compared = now.comparison && now.comparison != before.comparison;
    if (answered) print("answers");
    if (compared) print("comparison");
    tell_tour();
}

void LineMode::refuse(std::string const& why) {
    ++refused_;
    tell_("refused: " + why + "\n");
}

void LineMode::carry_out(model::Request const& request) {
    if (needs_window(request.id))
        return refuse(fmt::format("{} needs a window", model::info(request.id).name));
    auto const before = watch_.session->snapshot();
    auto const selected = desk_.state().selected;
    unsigned const refused = desk_.refused();
    desk_.perform(request);
    if (desk_.refused() != refused) return refuse(desk_.take_notices().back());
    bool const ended = settle();  // then it may stand where it stood, and says so
    auto const& outcome = desk_.model().now().last_command;
    if (outcome.number != before->last_command.number && !outcome.done) {
        desk_.take_notices();
        return refuse(outcome.text);
    }
    tell_what_is_new(*before, ended);
    auto const& state = desk_.state();
    if (state.selected != selected)
        tell_(state.selected ? "selected: " + name_of(state.selected, desk_.model()) + "\n"
                             : std::string("selected: nothing\n"));
    // What was turned to is what is wanted.
    switch (request.id) {
        case CommandId::show_view:
        case CommandId::show_alone:
            if (auto const* view = std::get_if<model::ViewId>(&request.argument))
                print(model::info(*view).texts[0]);
            break;
        case CommandId::show_memory:
        case CommandId::show_physical:
            print("memory");
            break;
        case CommandId::show_walk:
        case CommandId::walk_access:
        case CommandId::walk_ring:
            print("walk");
            break;
        case CommandId::show_code:
            print("disassembly");
            break;
        case CommandId::add_stop:
        case CommandId::remove_stop:
        case CommandId::switch_stop:
            print("stops");
            break;
        case CommandId::choose_unit:
        case CommandId::next_unit:
            tell_(fmt::format("a step is one {}\n", sim::debug::name_of(state.unit)));
            break;
        default:
            break;
    }
}

// What has happened since the last line.
void LineMode::catch_up() {
    auto const before = watch_.session->snapshot();
    if (!runs_by_itself(*before)) return;
    watch_.session->advance();
    desk_.update(watch_.session->snapshot());
    if (!runs_by_itself(desk_.model().now())) tell_what_is_new(*before, false);
}

void LineMode::wait(std::string_view text) {
    using Clock = std::chrono::steady_clock;
    unsigned seconds = 60;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (!text.empty() && (error != std::errc{} || end != text.data() + text.size()))
        return refuse(fmt::format("\"{}\" is no number of seconds", text));
    auto const until = Clock::now() + std::chrono::seconds(seconds);
    while (runs_by_itself(*watch_.session->snapshot())) {
        if (Clock::now() >= until) return refuse(fmt::format("it still runs after {} s", seconds));
        if (Interruption::requested()) return;
        // It is looked at now and then only: it stands still meanwhile.
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        catch_up();
    }
}

void LineMode::help(std::string_view about) {
    std::string text;
    std::string_view group;
    for (auto const& c : model::all_commands()) {
        if (needs_window(c.id) || (!about.empty() && !c.name.starts_with(about))) continue;
        if (c.group != group && about.empty()) text += fmt::format("{}:\n", group = c.group);
        auto const why = model::why_not(c.id, sim::debug::StepUnit::instruction, desk_.model().now());
        text += fmt::format("  {:<38} {}\n",
                            c.usage.empty() ? std::string(c.name) : fmt::format("{} {}", c.name, c.usage),
                            why.empty() ? std::string(c.help) : fmt::format("not here: {}", why));
    }
    if (!about.empty()) {
        if (text.empty()) return refuse(fmt::format("no command is called \"{}\"", about));
        return tell_(text);
    }
    text += "Views, by their names; json VIEW prints one as JSON:\n";
    for (auto const& view : model::text_views()) text += fmt::format("  {:<38} {}\n", view.name, view.title);
    if (desk_.model().now().machine->runs_by_itself)
        text += fmt::format("{:<40} until it stops by itself; at most so many, or 60\n", "wait [SECONDS]");
    text += "A place by itself, such as packet:3 or 12.5ms, is gone to; an address or a function is shown.\n";
    tell_(text);
}

bool LineMode::obey(std::string_view line) {
    while (line.ends_with(' ') || line.ends_with('\r') || line.ends_with('\t')) line.remove_suffix(1);
    std::string_view rest = line;
    std::string_view const first = sim::debug::take_word(rest);
    if (first.empty() || first.starts_with('#')) return true;
    if (line == "quit" || line == "exit") return false;
    catch_up();
    if (first == "help" || first == "?") return help(rest), true;
    if (first == "wait" && desk_.model().now().machine->runs_by_itself) return wait(rest), true;
    if (first == "json" || first == "print") {
        auto const view = model::text_view_named(rest);
        if (view)
            print(*view, first == "json");
        else
            refuse(fmt::format("no view is called \"{}\"; help lists them", rest));
        return true;
    }
    // A command by its whole name; else a view; else a place; else what begins so.
    bool whole = false;
    for (auto const& c : model::all_commands()) whole |= c.name == first;
    if (!whole) {
        if (auto const view = model::text_view_named(line)) return print(*view), true;
        if (auto const place = model::find_place(line, desk_.model().now());
            !std::holds_alternative<model::NoSuchPlace>(place)) {
            carry_out({CommandId::go_to_place, std::string(line)});
            return true;
        }
    }
    // Threads are known by name only where somebody asked for them.
    if (first == "select" || first == "reveal") {
        door_.request(model::request_for_text(desk_.state(), desk_.model().now().cpu));
        watch_.session->advance();
        desk_.update(watch_.session->snapshot());
    }
    auto const request = model::parse_request(line, desk_.model());
    if (auto const* why = std::get_if<std::string>(&request))
        refuse(*why);
    else
        carry_out(std::get<model::Request>(request));
    return !desk_.window.quit;
}

// On a terminal; false: Ctrl-C, even one that comes just before the waiting begins.
static bool line_comes() {
    sigset_t ctrl_c, before;
    sigemptyset(&ctrl_c);
    sigaddset(&ctrl_c, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ctrl_c, &before);
    pollfd input{STDIN_FILENO, POLLIN, 0};
    bool const comes = !Interruption::requested() && ppoll(&input, 1, nullptr, &before) == 1;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return comes;
}

// What was before this session is lived again while nobody says anything. A script waits
// for all of it: its answers do not depend on how fast it was written.
void LineMode::find_what_was_before(bool terminal) {
    auto const more = [&] {
        auto const& before = watch_.session->snapshot()->catching_up;
        return before && before->trouble.empty() && !Interruption::requested();
    };
    pollfd input{STDIN_FILENO, POLLIN, 0};
    while (more() && !(terminal && poll(&input, 1, 0) == 1)) watch_.session->advance();
}

int LineMode::converse() {
    bool const terminal = isatty(STDIN_FILENO) != 0;
    if (terminal) tell_("help lists the commands and views; quit ends.\n");
    tell_(here() + "\n");
    std::string line;
    // At a terminal Ctrl-C gives up what is under way, or the line that is typed.
    auto const goes_on = [&] {
        if (!Interruption::requested()) return true;
        return terminal && Interruption::take();
    };
    while (goes_on()) {
        if (terminal) tell_("> ");
        std::fflush(stdout);
        if (after_line) after_line(desk_);
        find_what_was_before(terminal);
        if (terminal && !line_comes()) {
            tell_("\n(quit ends, or Ctrl-D)\n");
            continue;
        }
        if (!std::getline(std::cin, line) || !obey(line)) break;
    }
    std::fflush(stdout);
    if (Interruption::requested()) return sim::cli::status_interrupted;
    return refused_ && !terminal ? sim::cli::status_differs : sim::cli::status_right;
}

}  // namespace viz::app
