// SPDX-License-Identifier: GPL-2.0-or-later
//
// A machine behind glass: live or recorded, and the Session that shows it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulator/cli/run_options.hpp"
#include "simulator/debug/place.hpp"
#include "simulator/debug/session.hpp"
#include "simulator/recording/live.hpp"
#include "simulator/recording/replay.hpp"
#include "visualizer/app/last_state.hpp"
#include "visualizer/app/shell.hpp"

namespace viz::app {

struct Watch {
    std::shared_ptr<sim::recording::Live> live;      // null: a recording
    std::shared_ptr<sim::recording::Replay> replay;  // null: live
    std::unique_ptr<sim::debug::WatchedMachine> session;    // destroyed first
};

// Everything that can go wrong before the guest runs throws std::runtime_error
// (or a child of it) with one line.
//
// `cancelled` gives up what takes long, and `progress` hears of it: for a session
// with no window, whose person can only press Ctrl-C.
struct Patience {
    std::function<bool()> cancelled{};
    std::function<void(double share)> progress{};
};
// What is kept of where a person stands, to come back to after a crash (last_state.hpp).
// `life_and_place`: the recording, too, was asked for by nobody, and ends quietly when
// the disk is full.
enum class Keep : std::uint8_t { nothing, place, life_and_place };
Watch watch_live(sim::cli::RunOptions const&, std::string const& title, Patience const& = {},
                 Keep = Keep::nothing);
// `left`: where a person stood. The machine then begins near it, if what was kept can be
// used; it need not be lived up to there first.
Watch watch_recording(std::filesystem::path const& file, Patience const& = {}, Keep = Keep::nothing,
                      LastState const* left = nullptr);

using sim::debug::FileAndPlace;
using sim::debug::split_place;

// Moves a session without a thread to a place as people write it (see
// model/place.hpp). With an empty one: to the end. The whole recording is run once
// before, so that the time line knows its events. Ctrl-C leaves it where it is.
// Empty: done; else one line that says why not.
std::string travel(Watch&, std::string const& place, std::function<void(double)> const& progress = {});
// What a place names besides its moment: a packet, an event; else nothing.
model::Entity entity_of(Watch const&, std::string const& place);
// The bookmark that a place names, if it names one.
std::optional<sim::recording::Bookmark> bookmark_of(Watch const&, std::string const& place);

// The shell's way to the machine.
class SessionDoor : public Door {
public:
    explicit SessionDoor(sim::debug::WatchedMachine& session) : session_(session) {}
    void post(sim::debug::Command command) override { posted_ = session_.post(std::move(command)); }
    sim::debug::CommandNumber last_posted() const override { return posted_; }
    void request(sim::debug::ViewRequest request) override {
        if (request == last_) return;
        last_ = request;
        session_.request(std::move(request));
    }
    sim::debug::ViewRequest const& last() const { return last_; }

private:
    sim::debug::WatchedMachine& session_;
    sim::debug::ViewRequest last_;
    sim::debug::CommandNumber posted_ = 0;
};

}  // namespace viz::app
