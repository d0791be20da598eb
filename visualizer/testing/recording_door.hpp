// SPDX-License-Identifier: GPL-2.0-or-later
//
// For tests: a door with no machine behind it, which keeps what went through.
#pragma once

#include <variant>
#include <vector>

#include "visualizer/model/door.hpp"

namespace viz::testing {

struct RecordingDoor : model::Door {
    void post(sim::debug::Command c) override { commands.push_back(std::move(c)); }
    void request(sim::debug::ViewRequest r) override { last = std::move(r); }
    std::vector<sim::debug::Command> commands;
    sim::debug::ViewRequest last;
};

// Null: it was another one, or none.
template <class T>
T const* last_of(RecordingDoor const& door) {
    return door.commands.empty() ? nullptr : std::get_if<T>(&door.commands.back());
}

}  // namespace viz::testing
