// SPDX-License-Identifier: GPL-2.0-or-later
//
// The events before a moment, the newest first, however many there were: what
// the index has forgotten is lived again, stretch by stretch.
#pragma once

#include <functional>

#include "simulator/debug/queries/scene.hpp"

namespace sim::debug::queries {

// Each event before now, the newest first; `thread` gives a thread's name as it was
// then. False: enough. Returns false when it was cancelled before it had told all.
// The machine stands afterwards where it stood.
using ThreadName = std::function<std::string(std::uint64_t thread)>;
bool each_event_back(Scene&, std::function<bool(Event const&, ThreadName const&)> const& told);

}  // namespace sim::debug::queries
