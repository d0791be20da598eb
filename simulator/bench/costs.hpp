// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the kernel costs, in instructions, counted in the simulator: the numbers
// are exact, and the same in every run of the same image.
//
// The image `costs` does each thing many times between marks, which are probes
// (kernel/apps/costs/mark.hpp). An instruction counts as the engine counts it:
// each round of a REP string instruction is one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/bench/figures.hpp"

namespace sim::bench {

// One line of the table.
struct Cost {
    std::string id;                                // "mutex_lock"
    std::string what;                              // for people
    std::string unit;                              // "instructions", "bytes"
    std::uint64_t usual = 0, least = 0, most = 0;  // the median of the samples and their ends
    std::size_t samples = 0;
    bool operator==(Cost const&) const = default;
};

// What the image `costs` knows how to do. A name that one of both does not know
// is an error: std::runtime_error.
struct MarkedCosts {
    bool with_checks = false;  // a development build: guards in the heap, order of locks
    std::vector<Cost> costs;
};
MarkedCosts count_marked(std::filesystem::path const& image);

// Boot, stage by stage, from the loader's entry to the application: where the
// functions that kernel_main calls begin.
std::vector<Cost> count_boot(std::filesystem::path const& image);
// From the loader's entry to the probe app_ready.
Cost count_to_ready(std::filesystem::path const& image, std::string command_line, std::string id,
                    std::string what);
// One request for this path on a connection that stays: all that the server does until
// it sleeps again.
Cost count_request(std::filesystem::path const& http_image, std::string const& path, std::string id,
                   std::string what);
// Of the image without its debug information.
Cost stripped_size(std::filesystem::path const& image, std::string id);

}  // namespace sim::bench
