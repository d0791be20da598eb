// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reads a tour file. It may come from anywhere, so it is strict: what it does not
// know it refuses, everything is bounded, and a tour cannot name a file of the
// reader's machine. Whether an event or an expression exists, only the machine can
// say: a rehearsal finds out (app/tour_rehearsal.hpp).
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "visualizer/model/commands.hpp"
#include "visualizer/model/tour.hpp"

namespace viz::model {

struct TourLimits {
    static constexpr std::size_t file_bytes = 256 * 1024, line_bytes = 4096, text_bytes = 1200, steps = 100,
                                 actions = 64, choices = 6, faults = 32;
};

// One line: what is wrong, why, and what next.
struct TourError {
    unsigned line = 0;  // 0: the whole file
    std::string what;
};
// "page-fault.tour:12: ..."
std::string explain(TourError const&, std::string_view file);

std::variant<TourPtr, TourError> read_tour(std::string_view text);
std::variant<TourCheck, std::string> parse_check(std::string_view text);

// A tour may do this: nothing that leaves the window, writes files or ends it.
bool allowed_in_tours(CommandId);
// The table's line of a tour's own word: "goto packet:6" is "go.place packet:6".
std::string table_line(std::string_view line);
// A count of instructions or a time: another place in another build.
bool bound_to_build(std::string_view place);

}  // namespace viz::model
