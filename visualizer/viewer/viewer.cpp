// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/viewer/viewer.hpp"

#include <fmt/format.h>

#include "visualizer/model/command_line.hpp"
#include "visualizer/model/place.hpp"
#include "visualizer/model/twin.hpp"

namespace viz::viewer {

using sim::album::AlbumLife;

std::string go_to(AlbumLife& life, model::Desk& desk, std::string const& place) {
    auto const found = model::find_place(place.empty() ? "end" : place, *life.snapshot());
    if (auto const* none = std::get_if<model::NoSuchPlace>(&found)) return none->why;
    auto const target = model::moment_of(found);
    if (!target) return fmt::format("\"{}\" is an address, not a moment", place);
    life.post(sim::debug::SeekTo{*target});
    life.advance();
    desk.update(life.snapshot());
    if (auto const* event = std::get_if<model::EventPlace>(&found))
        desk.state().selected = model::entity_of_event(event->number, life.snapshot()->events);
    if (auto const* bookmark = std::get_if<sim::recording::Bookmark>(&found)) desk.show_bookmark(*bookmark);
    return life.snapshot()->last_command.text;
}

std::string print(AlbumLife& life, model::Door& door, model::Desk& desk, std::string_view view, bool json) {
    auto const name = model::text_view_named(view);
    if (!name) return "";
    door.request(model::request_for_text(desk.state(), life.snapshot()->cpu));
    life.advance();
    desk.update(life.snapshot());
    std::string text = model::print_twin(*name, json, desk.model(), desk.state());
    if (!text.ends_with('\n')) text += '\n';
    return text;
}

Viewer::Viewer(std::shared_ptr<sim::album::Album const> album) : life_(std::move(album)), door_(life_), shell_(door_) {
    shell_.footer = describe(life_.album());
}

void Viewer::frame(bool play) {
    if (play || !playing_) playing_ = life_.advance();
    drawn_ = life_.snapshot()->number;
    shell_.draw(life_.snapshot());
}

std::string Viewer::obey(std::string_view line) {
    auto const request = model::parse_request(line, shell_.model());
    if (auto const* why = std::get_if<std::string>(&request)) return *why;
    shell_.perform(std::get<model::Request>(request));
    return "";
}

bool Viewer::restless() {
    // What the frame asked for is answered at once, so that the next one shows it.
    if (!playing_) playing_ = life_.advance();
    return life_.snapshot()->number != drawn_;
}

}  // namespace viz::viewer
