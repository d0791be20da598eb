// SPDX-License-Identifier: GPL-2.0-or-later
//
// Figures to reach, what was measured, and which were missed.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sim::bench {

// One line of tests/bench/figures.json.
struct Figure {
    std::string id;     // "sim.counting_against_icount"
    std::string bench;  // which `viv bench NAME` measures it
    std::string what;   // for people
    std::string unit;   // "", "ms", "bytes"
    // What must be reached, and what is wanted in the end. Exactly one of least
    // and most is there.
    std::optional<double> least, most, goal;
};

struct Measurement {
    std::string id;
    std::string what;
    std::string unit;
    double value = 0;          // the median of the repeats
    double low = 0, high = 0;  // the spread
    std::string how;           // the command, or what was done
};

struct Judged {
    Figure figure;
    std::optional<Measurement> measured;  // none: missed, too
    bool reached = false;
};

// Throws std::runtime_error: one line.
std::vector<Figure> read_figures(std::filesystem::path const&);
// The figures of one bench, in their order.
std::vector<Judged> judge(std::vector<Figure> const&, std::string const& bench,
                          std::vector<Measurement> const&);

// Median, lowest and highest of some values, of which there must be one.
Measurement summary(std::string id, std::string what, std::string unit, std::vector<double> values,
                    std::string how = {});

// Told what is being measured; false: give up.
using Progress = std::function<bool(std::string const&)>;

}  // namespace sim::bench
