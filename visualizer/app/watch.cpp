// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/watch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/queries/ask.hpp"
#include "visualizer/model/place.hpp"

namespace viz::app {

using sim::debug::RunState;
using sim::debug::Session;
using sim::debug::Subject;

namespace {
sim::debug::SessionOptions options_of_session() {
    sim::debug::SessionOptions options;
    options.asker = sim::debug::queries::ask_in_words;
    return options;
}
}  // namespace

Watch watch_live(sim::cli::RunOptions const& options, std::string const& title) {
    sim::recording::LiveOptions wanted;
    wanted.config = options.config;
    wanted.uplink = !options.forwards.empty();
    wanted.forwards = options.forwards;
    wanted.record = options.record;
    wanted.embed = options.embed;
    wanted.checkpoints = options.checkpoints;
    wanted.pcap = options.pcap;
    Watch watch;
    watch.live = std::make_shared<sim::recording::Live>(std::move(wanted));
    Subject subject;
    subject.keeper = watch.live;
    subject.world = watch.live->take_world();
    subject.title = title;
    subject.live = true;
    subject.after_slice = [live = watch.live.get()](sim::machine::World&) { live->after_slice(); };
    watch.session = std::make_unique<Session>(std::move(subject), options_of_session());
    return watch;
}

Watch watch_recording(std::filesystem::path const& file) {
    sim::recording::ReplayOptions options;
    options.tolerance = sim::recording::Tolerance::salvage;
    options.look_only = true;
    Watch watch;
    watch.replay = std::make_shared<sim::recording::Replay>(file, options);
    Subject subject;
    subject.keeper = watch.replay;
    subject.world = watch.replay->take_world();
    subject.title = file.filename().string();
    subject.can_execute = watch.replay->can_run();
    if (!watch.replay->can_run()) fmt::print(stderr, "viv: {}\n", watch.replay->why_not());
    subject.end = watch.replay->recording().end.at;
    subject.end_ns = watch.replay->recording().end.virtual_ns;
    watch.session = std::make_unique<Session>(std::move(subject), options_of_session());
    return watch;
}

sim::recording::Bookmark const* bookmark_of(Watch const& watch, std::string const& place) {
    if (!watch.replay || !place.starts_with("bookmark:")) return nullptr;
    auto const& all = watch.replay->recording().bookmarks;
    auto found = std::ranges::find(all, place.substr(9), &sim::recording::Bookmark::name);
    return found == all.end() ? nullptr : &*found;
}

namespace {

std::string bookmark_names(Watch const& watch) {
    std::string names;
    if (watch.replay)
        for (auto const& b : watch.replay->recording().bookmarks)
            names += (names.empty() ? "" : ", ") + b.name;
    return names.empty() ? "this recording has no bookmarks" : "there are: " + names;
}

void settle(Session& session, std::function<void(double)> const& progress) {
    while (session.advance())
        if (progress) progress(session.snapshot()->progress);
}

}  // namespace

std::string travel(Watch& watch, std::string const& place, std::function<void(double)> const& progress) {
    Session& session = *watch.session;
    auto const* bookmark = bookmark_of(watch, place);
    if (place.starts_with("bookmark:") && !bookmark)
        return fmt::format("no bookmark \"{}\": {}", place.substr(9), bookmark_names(watch));
    if (watch.replay) {
        session.post(sim::debug::SeekTo{watch.replay->recording().end.at});
        settle(session, progress);
    }
    if (place.empty() || place == "end") return {};
    sim::machine::Moment target;
    if (bookmark) {
        target = bookmark->at;
    } else {
        auto found = model::find_place(place, *session.snapshot());
        if (auto const* none = std::get_if<model::NoSuchPlace>(&found)) return none->why;
        if (std::holds_alternative<model::AddressPlace>(found))
            return fmt::format("\"{}\" is an address, not a moment", place);
        if (auto const* event = std::get_if<model::EventPlace>(&found)) target = event->at;
        if (auto const* moment = std::get_if<sim::machine::Moment>(&found)) target = *moment;
    }
    session.post(sim::debug::SeekTo{target});
    settle(session, progress);
    return {};
}

model::Entity entity_of(Watch const& watch, std::string const& place) {
    if (place.find(':') == std::string::npos) return {};
    auto found = model::find_place(place, *watch.session->snapshot());
    auto const* event = std::get_if<model::EventPlace>(&found);
    if (!event) return {};
    return {place.starts_with("packet") ? model::EntityKind::packet : model::EntityKind::event, event->number,
            0};
}

}  // namespace viz::app
