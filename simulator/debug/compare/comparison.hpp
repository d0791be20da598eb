// SPDX-License-Identifier: GPL-2.0-or-later
//
// Two moments side by side, told by structure: registers, kernel objects, events,
// pages with their owners, page tables, devices' fields. Of one image addresses
// are compared; of two images (a kernel before and after a change) names are:
// pointers by symbol, events by what happened, threads and locks by name.
//
// The first difference of two lives is looked for in two ways. Lives of one
// machine are the same until their inputs differ, and differ by exactly that.
// Lives of two images are aligned by their events, and differ by the first
// event that the other does not have.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "simulator/debug/compare/portrait.hpp"
#include "simulator/recording/run_file.hpp"

namespace sim::debug::compare {

// One thing that is not the same. An empty side: it is not there.
struct Change {
    std::string what;  // "rax", "worker 1 state", "packet"
    std::string one, other;
};
struct Section {
    std::string name;  // "registers", "threads", "packets"
    std::vector<Change> changes;
    std::uint64_t left_out = 0;  // more that are not listed
    // Counts in the verdict. In different builds numbers, times and addresses
    // differ by themselves: then only what happened and who waits for whom does.
    bool weighs = true;
    // Too many differences to align both sides: of those that are missing or added
    // some may be the same.
    bool coarse = false;
    bool empty() const { return changes.empty(); }
};

struct First {
    machine::Moment one, other;  // where it is seen; of events: their moments
    std::string cause;           // "an input for net0", "packet:17 differs"
    std::vector<Change> fields;  // the first few
};

// What can be said of one side in a line.
struct SideInfo {
    std::string title, image, moment, location, function, line, ending;
    std::uint64_t virtual_ns = 0;
    std::vector<std::string> stack;  // functions
};

struct Comparison {
    bool same = false;  // nothing that weighs is different
    bool same_image = false;
    SideInfo one, other;
    std::string relation;  // "b.run is a fork of a.run from moment 500"; may be empty
    std::optional<First> first;
    std::string first_text;         // why there is none: "one life until 12345, where a.run ends"
    std::vector<Section> sections;  // those with changes
};

struct CompareOptions {
    std::size_t most = 100;  // changes of a section
};

// By structure; `first` by events.
Comparison compare(Portrait const& one, Portrait const& other, CompareOptions const& = {});

// For people: at most `most` lines of each section.
std::string to_text(Comparison const&, std::size_t most = 12);
nlohmann::ordered_json to_json(Comparison const&);

}  // namespace sim::debug::compare
