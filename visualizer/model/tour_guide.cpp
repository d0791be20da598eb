// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/tour_guide.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "visualizer/model/tour_reader.hpp"

namespace viz::model {

namespace {

std::string text_of(Request const& request) {
    auto const* text = std::get_if<std::string>(&request.argument);
    return text ? *text : "";
}

}  // namespace

TourGuide::TourGuide(Desk& desk, Door& door) : desk_(desk), door_(door) { desk_.set_companion(this); }
TourGuide::~TourGuide() { desk_.set_companion(nullptr); }

void TourGuide::play(TourPtr tour, std::size_t step) {
    player_ = std::make_unique<TourPlayer>(std::move(tour), desk_, door_);
    player_->begin(step);
}

void TourGuide::record(Tour tour) { recorder_ = std::make_unique<TourRecorder>(std::move(tour), desk_); }

void TourGuide::update() {
    if (player_) player_->update();
    auto const& now = desk_.model().now();
    if (recorder_ && now.last_command.number >= door_.last_posted() && !desk_.model().running())
        recorder_->settled();
}

bool TourGuide::is_of_this_machine(Tour const& tour) const {
    auto const& machine = desk_.model().now().machine;
    return machine && std::filesystem::path(machine->image).stem() == tour.machine.application &&
           tour.machine.peer.empty();
}

void TourGuide::begin(std::string const& name) {
    if (name.empty()) return desk_.notice(library.list ? library.list() : "there are no tours here");
    if (!library.find) return desk_.refuse("there are no tours here");
    auto found = library.find(name);
    if (auto const* why = std::get_if<std::string>(&found)) return desk_.refuse(*why);
    auto tour = std::get<TourPtr>(std::move(found));
    if (!is_of_this_machine(*tour)) {
        wanted = name;
        if (library.change_machine) desk_.window.quit = true;
        return desk_.notice(fmt::format("the tour {} shows another machine", name));
    }
    play(std::move(tour));
}

bool TourGuide::heard(Request const& request) {
    if (info(request.id).group != "Tour") {
        if (player_) player_->heard(request);
        if (recorder_ && !(player_ && player_->performing())) recorder_->heard(request);
        return false;
    }
    switch (request.id) {
        case CommandId::tour:
            begin(text_of(request));
            return true;
        case CommandId::tour_presenter:
            present(!presenter);
            return true;
        case CommandId::tour_notes:
            notes = !notes;
            return true;
        case CommandId::tour_record:
        case CommandId::tour_step:
        case CommandId::tour_say:
        case CommandId::tour_note:
        case CommandId::tour_expect:
        case CommandId::tour_undo:
        case CommandId::tour_save:
            edit(request);
            return true;
        default:
            break;
    }
    if (!player_) {
        desk_.refuse("no tour is under way: tour NAME begins one");
        return true;
    }
    switch (request.id) {
        case CommandId::tour_next:
            // Who presents shows the answer with the same key.
            if (player_->state() == TourPlayer::State::asking && presenter)
                player_->show_answer();
            else if (player_->state() == TourPlayer::State::over)
                player_.reset();
            else
                player_->next();
            break;
        case CommandId::tour_previous:
            player_->previous();
            break;
        case CommandId::tour_answer:
            if (auto const* number = std::get_if<std::uint64_t>(&request.argument))
                player_->answer(static_cast<unsigned>(std::min<std::uint64_t>(*number, 100)));
            break;
        case CommandId::tour_show:
            player_->show_answer();
            break;
        case CommandId::tour_return:
            player_->come_back();
            break;
        case CommandId::tour_end:
            player_.reset();
            break;
        default:
            break;
    }
    return true;
}

void TourGuide::edit(Request const& request) {
    std::string const text = text_of(request);
    if (request.id == CommandId::tour_record) {
        Tour tour;
        if (player_) tour.machine = player_->tour().machine;
        auto const& machine = desk_.model().now().machine;
        if (tour.machine.application.empty() && machine)
            tour.machine.application = std::filesystem::path(machine->image).stem().string();
        tour.name = text.empty() ? "my-tour" : text;
        // The reader knows what a name is.
        if (auto const read =
                read_tour(fmt::format("tour {}\ntitle x\nmachine http\nstep x\nsay x\n", tour.name));
            auto const* error = std::get_if<TourError>(&read))
            return desk_.refuse(error->what);
        record(std::move(tour));
        return desk_.notice(
            "recording: what you do becomes a line; tour.say adds words, tour.save FILE keeps it");
    }
    if (!recorder_) return desk_.refuse("no tour is being recorded: tour.record NAME begins one");
    if (text.find('\n') != std::string::npos) return desk_.refuse("one line, please");
    std::string why;
    switch (request.id) {
        case CommandId::tour_step:
            why = recorder_->step(text);
            break;
        case CommandId::tour_say:
            why = recorder_->say(text);
            break;
        case CommandId::tour_note:
            why = recorder_->note(text);
            break;
        case CommandId::tour_expect:
            why = recorder_->expect(text);
            break;
        case CommandId::tour_undo:
            why = recorder_->undo();
            break;
        case CommandId::tour_save: {
            if (!library.write) return desk_.refuse("nothing can be saved here");
            std::string const file = text.ends_with(".tour") ? text : text + ".tour";
            why = library.write(file, recorder_->text());
            if (why.empty()) {
                recorder_->was_saved();
                return desk_.notice("saved: " + file);
            }
            break;
        }
        default:
            break;
    }
    if (!why.empty()) desk_.refuse(why);
}

void TourGuide::present(bool on) {
    constexpr float projector = 1.6f;
    if (on && !presenter)
        zoom_before_ = std::exchange(desk_.window.zoom, std::max(desk_.window.zoom, projector));
    if (!on && presenter) desk_.window.zoom = zoom_before_;
    presenter = on;
}

TourPage TourGuide::page() const {
    if (player_) return page_of(*player_, notes);
    TourPage page;
    if (!recorder_) return page;
    page.lines.push_back({TourLine::Role::title, fmt::format("Recording \"{}\"{}", recorder_->tour().name,
                                                             recorder_->saved() ? "" : ", not saved yet")});
    for (std::string const& line : recorder_->last_lines(6))
        page.lines.push_back({TourLine::Role::note, line});
    return page;
}

}  // namespace viz::model
