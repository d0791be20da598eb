// SPDX-License-Identifier: GPL-2.0-or-later
//
// A desk before the moment built by hand, and a person who types at it: what goes through
// the door is looked at.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "visualizer/model/command_line.hpp"
#include "visualizer/model/desk.hpp"
#include "visualizer/testing/recording_door.hpp"
#include "visualizer/testing/sample_snapshot.hpp"

namespace viz::testing {

class AtTheDesk : public ::testing::Test {
protected:
    AtTheDesk() { desk.update(sample_snapshot()); }
    // As a person types it. Empty: done; else why not.
    std::string type(std::string_view line) {
        auto request = model::parse_request(line, desk.model());
        if (auto const* why = std::get_if<std::string>(&request)) return *why;
        desk.take_notices();
        desk.perform(std::get<model::Request>(request));
        auto const notices = desk.take_notices();
        return notices.empty() ? "" : notices.back();
    }
    template <class T>
    T last() const {
        if (T const* command = last_of<T>(door)) return *command;
        ADD_FAILURE() << "another command, or none";
        return {};
    }
    RecordingDoor door;
    model::Desk desk{door};
};

}  // namespace viz::testing
