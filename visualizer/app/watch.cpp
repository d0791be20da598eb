// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "simulator/cli/interruption.hpp"
#include "simulator/debug/queries/ask.hpp"
#include "simulator/recording/bookmarks.hpp"
#include "simulator/recording/host_memory.hpp"
#include "simulator/recording/images.hpp"
#include "visualizer/model/place.hpp"

namespace viz::app {

using sim::debug::RunState;
using sim::debug::Session;
using sim::debug::Subject;

namespace {
sim::debug::SessionOptions options_of_session(Patience const& patience) {
    sim::debug::SessionOptions options;
    options.cancelled = patience.cancelled;
    options.progress = patience.progress;
    options.asker = sim::debug::queries::ask_in_words;
    return options;
}

void say_once(std::string const& why) {
    fmt::print(stderr, "viv: where you stand is not kept any more, to come back to after a crash: {}\n", why);
}

// Checkpoints near where one stands, for as long as the session lives.
std::function<void(sim::machine::Machine&, bool, std::function<sim::debug::HeardBefore()> const&)> near_writer(
    bool branches) {
    auto options = near_files_of_this_program();
    if (!options) return [](auto&&...) {};
    options->told = say_once;
    if (!branches) options->branch_name = {};
    auto writer = std::make_shared<sim::recording::NearWriter>(std::move(*options));
    return [writer](sim::machine::Machine& machine, bool at_rest, auto const& heard) {
        writer->update(machine, at_rest, [&] { return sim::debug::encode(heard()); });
    };
}

// Debug info takes as long to read as half a million inputs: on a thread of its own.
std::future<std::shared_ptr<sim::debug::Symbols const>> symbols_ahead(sim::machine::Blob image) {
    return std::async(std::launch::async, [image = std::move(image)]() mutable {
        bool const found = sim::recording::find_blob(image) && image.present();
        return found ? sim::debug::Symbols::from_bytes(*image.bytes) : nullptr;
    });
}
}  // namespace

Watch watch_live(sim::cli::RunOptions const& options, std::string const& title, Patience const& patience,
                 Keep keep) {
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
    subject.keep_bookmarks = [live = watch.live.get()](auto const& all) { live->set_bookmarks(all); };
    subject.after_slice = [live = watch.live.get(), keep](sim::machine::World&) {
        try {
            live->after_slice();
        } catch (sim::recording::RunFileError const& error) {
            if (keep != Keep::life_and_place) throw;
            live->drop_recording();
            say_once(error.what());
        }
    };
    if (keep != Keep::nothing)
        subject.keep = [live = watch.live.get(), near = near_writer(false)](auto& machine, bool at_rest, auto const& heard) {
            try {
                if (at_rest) live->at_rest();
            } catch (sim::recording::RunFileError const&) {  // after_slice will say it
            }
            near(machine, at_rest, heard);
        };
    watch.session = std::make_unique<Session>(std::move(subject), options_of_session(patience));
    return watch;
}

Watch watch_recording(std::filesystem::path const& file, Patience const& patience, Keep keep,
                      LastState const* left) {
    sim::recording::ReplayOptions options;
    options.tolerance = sim::recording::Tolerance::salvage;
    options.look_only = true;
    if (left) options.near = left->at, options.near_files = left->near_files;
    options.reading.trail = false;  // nothing is compared here
    std::future<std::shared_ptr<sim::debug::Symbols const>> symbols;
    options.reading.begins = [&](auto const& config) { symbols = symbols_ahead(config.image); };
    Watch watch;
    watch.replay = std::make_shared<sim::recording::Replay>(file, options);
    Subject subject;
    subject.keeper = watch.replay;
    subject.world = watch.replay->take_world();
    subject.title = file.filename().string();
    subject.can_execute = watch.replay->can_run();
    if (!watch.replay->can_run()) fmt::print(stderr, "viv: {}\n", watch.replay->why_not());
    for (std::string const& why : watch.replay->near_trouble()) fmt::print(stderr, "viv: {}\n", why);
    if (auto const& begin = watch.replay->near_begin()) {
        std::uint64_t const bytes = watch.replay->recording().config.memory_bytes;
        subject.middle = {begin, sim::debug::decode_heard(watch.replay->near_heard()).value_or(sim::debug::HeardBefore{}),
                          [replay = watch.replay.get(), bytes] {
                              sim::recording::require_host_memory(2 * bytes);
                              return replay->maker()();
                          }};
    }
    if (symbols.valid()) subject.symbols = symbols.get();
    if (keep != Keep::nothing) subject.keep = near_writer(true);
    subject.end = watch.replay->recording().end.at;
    subject.end_ns = watch.replay->recording().end.virtual_ns;
    subject.bookmarks = watch.replay->recording().bookmarks;
    subject.keep_bookmarks = [file](auto const& all) { sim::recording::replace_bookmarks(file, all); };
    watch.session = std::make_unique<Session>(std::move(subject), options_of_session(patience));
    return watch;
}

std::optional<sim::recording::Bookmark> bookmark_of(Watch const& watch, std::string const& place) {
    auto found = model::find_place(place, *watch.session->snapshot());
    if (auto* bookmark = std::get_if<sim::recording::Bookmark>(&found)) return std::move(*bookmark);
    return std::nullopt;
}

namespace {

void settle(sim::debug::WatchedMachine& session, std::function<void(double)> const& progress) {
    while (session.advance()) {
        if (sim::cli::Interruption::requested()) {
            session.perform(sim::debug::Pause{});
            return;
        }
        if (progress) progress(session.snapshot()->progress);
    }
}

}  // namespace

std::string travel(Watch& watch, std::string const& place, std::function<void(double)> const& progress) {
    sim::debug::WatchedMachine& session = *watch.session;
    if (watch.replay) {
        // A bookmark is known before anything is run.
        if (place.starts_with("bookmark:"))
            if (auto const found = model::find_place(place, *session.snapshot());
                auto const* none = std::get_if<model::NoSuchPlace>(&found))
                return none->why;
        session.post(sim::debug::SeekTo{watch.replay->recording().end.at});
        settle(session, progress);
    }
    if (sim::cli::Interruption::requested()) return {};
    if (place.empty() || place == "end") return {};
    auto const found = model::find_place(place, *session.snapshot());
    if (auto const* none = std::get_if<model::NoSuchPlace>(&found)) return none->why;
    auto const target = model::moment_of(found);
    if (!target) return fmt::format("\"{}\" is an address, not a moment", place);
    session.post(sim::debug::SeekTo{*target});
    settle(session, progress);
    return {};
}

model::Entity entity_of(Watch const& watch, std::string const& place) {
    auto const& now = *watch.session->snapshot();
    auto const found = model::find_place(place, now);
    auto const* event = std::get_if<model::EventPlace>(&found);
    return event ? model::entity_of_event(event->number, now.events) : model::Entity{};
}

}  // namespace viz::app
