// SPDX-License-Identifier: GPL-2.0-or-later
//
// What going back costs, and what a recording weighs.
#pragma once

#include <filesystem>
#include <vector>

#include "simulator/bench/figures.hpp"

namespace sim::bench {

struct TravelOptions {
    std::filesystem::path bench_image, http_image;
    std::uint64_t virtual_ns = 10'000'000'000;  // of the run that is stepped back in
    unsigned steps = 60;
    std::uint64_t steps_out_in = 20'000'000;  // instructions of the run that is stepped out in
    unsigned requests = 1000;
    std::uint64_t seed = 1;  // chooses where
};

// Throws std::runtime_error: one line. Returns what there is when `progress` says no.
std::vector<Measurement> measure_travel(TravelOptions const&, Progress const&);

}  // namespace sim::bench
