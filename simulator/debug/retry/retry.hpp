// SPDX-License-Identifier: GPL-2.0-or-later
//
// Edit and rerun to here: a recorded life once more with another image, stopped
// at the same event, and both side by side.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "simulator/debug/compare/comparison.hpp"
#include "simulator/debug/destination.hpp"
#include "simulator/recording/replay.hpp"

namespace sim::debug::retry {

struct RetryWanted {
    std::string old_name, new_name;  // for people
    machine::Blob image;             // the changed kernel
    Destination place;               // an event, the start or the end: counts are another build's own
    std::filesystem::path record;    // empty: the new life is not kept, and ends at the event
    bool embed = false;              // the image inside that recording
    compare::CompareOptions compare{};
};

struct RetryResult {
    bool reached = false;   // the event happens in the new life, too
    std::string event_old;  // what happens there, in words; empty: the start, the end
    std::string event_new;
    std::string ended;  // of a new life that does not reach it: how and when it ended
    bool same = false;  // reached, and the same in all that counts
    std::size_t inputs = 0, delivered = 0;
    std::vector<std::string> notes;  // inputs that do not fit
    compare::Comparison comparison;
};

// Throws std::runtime_error, one line, unless the place means the same in another build.
void check(Destination const&);

// None: cancelled. The replay's machine must be at moment 0. Throws
// std::runtime_error, one line: no such event in the recording, an image that
// cannot be loaded, a file that cannot be written.
std::optional<RetryResult> retry(recording::Replay&, RetryWanted const&, SearchControl const&);

std::string to_text(RetryResult const&, std::size_t most = 12);
nlohmann::ordered_json to_json(RetryResult const&);

}  // namespace sim::debug::retry
