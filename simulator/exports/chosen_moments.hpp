// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which moments of a life an album shows: what a person would go to. All of them while
// there are few; else each kind has an even share, those with less leave theirs to the
// others, and of a kind that has too many some are taken at even distances.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "simulator/album/album.hpp"
#include "simulator/debug/event_index.hpp"
#include "simulator/recording/run_file.hpp"

namespace sim::exports {

struct ChosenMoments {
    std::vector<machine::Moment> moments;  // ascending
    std::vector<album::Share> shares;      // of each kind, how many of it are among them
};

// `most`: how many at most; the beginning, the end, "ready" and bookmarks are always
// there. Between events, moments at even counts of instructions fill what is left, up
// to `spaced` of them.
ChosenMoments choose_moments(debug::EventView const&, std::span<recording::Bookmark const>, machine::Moment end,
                             std::size_t most, std::size_t spaced = 64);

}  // namespace sim::exports
