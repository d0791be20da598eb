// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv bench net`: our server and the same work on Linux, in the same QEMU, on the same
// TAP device, in turns; and what both execute for it, counted in our simulator.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "simulator/bench/figures.hpp"

namespace sim::bench {

struct NetOptions {
    std::filesystem::path http_image, bulk_image, hello_image;
    std::filesystem::path folder;  // for the RAM disk
    unsigned repeats = 3;
    unsigned seconds = 3;  // of each load
};

// One line of the table.
struct NetLine {
    Measurement ratio;         // ours by theirs
    Measurement ours, theirs;  // in the unit of both
    bool more_is_better = true;
};

struct NetResult {
    std::vector<NetLine> lines;
    std::string version;                // of the Linux kernel
    std::vector<std::string> commands;  // that start the guests
    // Of the Linux guest, which was started again each time. Streams to it make QEMU's card
    // fall asleep now and then, before QEMU 9.1: it asks for more buffers too late. Ours is
    // not started again: our driver wakes that card.
    std::vector<std::string> failures;
};

// Does it until it does not throw std::runtime_error, three times at most. Returns what went
// wrong before; throws what went wrong the third time.
std::vector<std::string> until_it_works(std::function<void()> const& work);

// Throws std::runtime_error: one line. Returns what there is when `progress` says no.
NetResult measure_net(NetOptions const&, Progress const&);

}  // namespace sim::bench
