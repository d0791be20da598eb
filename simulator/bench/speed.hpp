// SPDX-License-Identifier: GPL-2.0-or-later
//
// How fast: the same images in this simulator, in each of its modes, and in QEMU
// TCG, plain and with -icount shift=0. Interleaved, so that a slow minute of the
// machine hits all of them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "simulator/bench/figures.hpp"

namespace sim::bench {

struct SpeedOptions {
    std::filesystem::path bench_image;  // kernel/apps/bench
    std::filesystem::path program;      // viv-machine, for whole HTTP lives
    unsigned repeats = 3;
    std::uint64_t instructions = 3'000'000'000;  // of the long run: QEMU's start-up must not count
    unsigned requests = 400;                   // of the long HTTP life
};

struct Speeds {
    std::vector<Measurement> mips;    // of each mode, QEMU's among them
    std::vector<Measurement> ratios;  // those of figures.json, and what they came from
};

// Throws std::runtime_error: one line (QEMU is missing, an image fails).
// Returns nothing when `progress` says no: it is asked some times a second.
Speeds measure_speed(SpeedOptions const&, Progress const&);

}  // namespace sim::bench
