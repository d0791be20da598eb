// SPDX-License-Identifier: GPL-2.0-or-later
//
// Two recordings, each at a place in it, compared.
#pragma once

#include "simulator/debug/compare/comparison.hpp"
#include "simulator/debug/destination.hpp"
#include "simulator/recording/replay.hpp"

namespace sim::debug::compare {

// A recording with its machine, at moment 0 when made.
struct ComparedRecording {
    recording::Replay& replay;
    std::string name;   // of the file, for people
    Destination place;  // as destination_of() made it
};

// None: cancelled. Throws std::runtime_error, one line, when a place is not there.
std::optional<Comparison> compare_recordings(ComparedRecording const& one, ComparedRecording const& other,
                                             CompareOptions const&, SearchControl const&);

}  // namespace sim::debug::compare
