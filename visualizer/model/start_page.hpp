// SPDX-License-Identifier: GPL-2.0-or-later
//
// What stands on the start page: recordings to open, applications to start, tours
// to take, labs to do. What there is the application finds; here it is put in
// order, laid out and written as text.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "visualizer/model/geometry.hpp"

namespace viz::model {

enum class StartGroup : unsigned char { recordings, applications, tours, labs };
inline constexpr unsigned start_group_count = 4;

struct StartEntry {
    std::string title;               // "http.run", "Loss, fast retransmit and the timer"
    std::string detail;              // "12 min", "9.4 KiB", "says hello"; may be empty
    std::vector<std::string> words;  // of viv: {"open", "build/http.run"}
    std::string about = {};          // a sentence, shown where there is room for it
};

struct StartPage {
    std::array<std::vector<StartEntry>, start_group_count> groups;
    std::vector<StartEntry> const& of(StartGroup g) const { return groups[static_cast<unsigned>(g)]; }
};

struct StartGroupInfo {
    std::string_view name, title, empty;  // what stands there when there is none
    bool in_window;                       // can be begun here; a lab is done on the command line
};
StartGroupInfo const& info(StartGroup);

// The width that the page makes use of: longer lines are harder to read.
float start_width(float width, float scale);
// The four groups: in three columns where there is room, else side by side or two by two.
// None is higher than what it holds: `wanted`, by group.
using StartHeights = std::array<float, start_group_count>;
std::array<Rect, start_group_count> place_start(Rect area, float scale, StartHeights const& wanted);

// "./viv open build/http.run": as a person types it.
std::string command_of(StartEntry const&);
std::string start_text(StartPage const&);
std::string start_json(StartPage const&);

}  // namespace viz::model
