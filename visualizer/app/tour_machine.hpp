// SPDX-License-Identifier: GPL-2.0-or-later
//
// The life that a tour leads through: run on the spot, without a network, and kept
// in the user's cache. The same tour, images and simulator give the same life.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "visualizer/model/tour.hpp"

namespace viz::app {

struct TourRecording {
    std::filesystem::path file;
    bool was_there = false;          // in the cache
    std::uint64_t executed = 0;      // instructions, if it had to be made
    std::filesystem::path folder{};  // of the cache
};

// Throws std::runtime_error: one line. `cancelled` may be empty; cancelled it throws
// sim::recording::Interrupted.
TourRecording recording_of(model::TourMachine const&, std::string const& name,
                           std::function<bool()> const& cancelled = {});
// vivarium/tours in the user's cache folder.
std::filesystem::path tour_cache();

}  // namespace viz::app
