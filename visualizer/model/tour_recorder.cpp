// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/tour_recorder.hpp"

#include <fmt/format.h>

#include "visualizer/model/request_text.hpp"
#include "visualizer/model/same_request.hpp"
#include "visualizer/model/tour_reader.hpp"

namespace viz::model {

TourRecorder::TourRecorder(Tour tour, Desk& desk) : tour_(std::move(tour)), desk_(desk) {
    if (tour_.title.empty()) tour_.title = tour_.name;
    if (tour_.steps.empty()) tour_.steps.push_back({"The beginning", {}, 0});
}

// What was moved by hand (run and pause, a drag along the time line) is one line.
void TourRecorder::catch_up() {
    auto const now = desk_.model().now().moment;
    if (stands_ == now) return;
    auto const place = place_text(now, desk_.model());
    if (!place.exact) desk_.notice(fmt::format("recorded as {}, the last event before here", place.text));
    stands_ = now;
    add({TourDo{"goto " + place.text}});
}

std::string TourRecorder::add(TourAction action) {
    auto& actions = tour_.steps.back().actions;
    if (actions.size() >= TourLimits::actions)
        return fmt::format("a step has at most {} lines; begin another one", TourLimits::actions);
    actions.push_back(std::move(action));
    saved_ = false;
    return {};
}

void TourRecorder::heard(Request const& request) {
    if (!allowed_in_tours(request.id) || request.id == CommandId::run_pause) return;
    Request const plain = plainly(request, desk_.state());
    if (info(plain.id).needs_argument() && std::holds_alternative<std::monostate>(plain.argument)) return;
    std::string line = request_text(plain, desk_.model());
    bool const goes = plain.id == CommandId::go_to_moment || plain.id == CommandId::run_until ||
                      plain.id == CommandId::go_to_start || plain.id == CommandId::go_to_end;
    if (!goes && plain.id != CommandId::go_to_place) catch_up();
    if (auto const* moment = std::get_if<sim::machine::Moment>(&plain.argument);
        moment && plain.id == CommandId::go_to_moment)
        line = "goto " + place_text(*moment, desk_.model()).text;
    if (auto const* place = std::get_if<std::string>(&plain.argument);
        place && plain.id == CommandId::go_to_place)
        line = "goto " + *place;
    if (plain.id == CommandId::select) line = "highlight " + line.substr(line.find(' ') + 1);
    if (plain.id == CommandId::show_alone) line = "alone " + line.substr(line.find(' ') + 1);
    if (plain.id == CommandId::show_perspective) line = "layout " + line.substr(line.find(' ') + 1);
    // While somebody drags along the time line only the last place counts.
    auto& actions = tour_.steps.back().actions;
    if (plain.id == CommandId::go_to_moment && !actions.empty())
        if (auto const* before = std::get_if<TourDo>(&actions.back().what);
            before && before->line.starts_with("goto "))
            actions.pop_back();
    stands_.reset();
    if (std::string const why = add({TourDo{std::move(line)}}); !why.empty()) desk_.notice(why);
}

void TourRecorder::settled() {
    if (!stands_) stands_ = desk_.model().now().moment;
}

std::string TourRecorder::step(std::string const& title) {
    if (tour_.steps.size() >= TourLimits::steps)
        return fmt::format("a tour has at most {} steps", TourLimits::steps);
    // The step that nobody has filled yet gets the name.
    if (tour_.steps.back().actions.empty())
        tour_.steps.back().title = title;
    else
        tour_.steps.push_back({title, {}, 0});
    saved_ = false;
    return {};
}

std::string TourRecorder::say(std::string const& text) {
    if (text.size() > TourLimits::text_bytes) return "nobody reads so much at once; make two of it";
    catch_up();
    return add({TourSay{text}});
}

std::string TourRecorder::note(std::string const& text) { return add({TourNote{text}}); }

std::string TourRecorder::expect(std::string const& text) {
    auto check = parse_check(text);
    if (auto* why = std::get_if<std::string>(&check)) return std::move(*why);
    catch_up();
    return add({TourExpect{std::get<TourCheck>(std::move(check))}});
}

std::string TourRecorder::undo() {
    auto& step = tour_.steps.back();
    if (!step.actions.empty())
        step.actions.pop_back();
    else if (tour_.steps.size() > 1)
        tour_.steps.pop_back();
    else
        return "nothing was recorded yet";
    saved_ = false;
    return {};
}

std::string TourRecorder::text() const {
    Tour whole = tour_;
    for (TourStep& step : whole.steps) {
        bool speaks = false;
        for (TourAction const& a : step.actions)
            speaks |= std::holds_alternative<TourSay>(a.what) ||
                      std::holds_alternative<TourPredict>(a.what) ||
                      std::holds_alternative<TourWait>(a.what) || std::holds_alternative<TourTry>(a.what);
        if (!speaks) step.actions.push_back({TourSay{"What is there to see here?"}, 0});
    }
    return "# SPDX-License-Identifier: GPL-2.0-or-later\n" + to_text(whole);
}

std::vector<std::string> TourRecorder::last_lines(std::size_t most) const {
    std::vector<std::string> lines;
    for (auto step = tour_.steps.rbegin(); step != tour_.steps.rend() && lines.size() < most; ++step) {
        for (auto a = step->actions.rbegin(); a != step->actions.rend() && lines.size() < most; ++a) {
            std::string text = action_text(*a);
            while (text.ends_with('\n')) text.pop_back();
            lines.insert(lines.begin(), std::move(text));
        }
        if (lines.size() < most) lines.insert(lines.begin(), "step " + step->title);
    }
    return lines;
}

}  // namespace viz::model
