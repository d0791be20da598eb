// SPDX-License-Identifier: GPL-2.0-or-later
//
// What there is to read of a tour now, in order: for the window's pane, for lines
// of words, for a rehearsal that measures it.
#pragma once

#include <string>
#include <vector>

#include "visualizer/model/tour_player.hpp"

namespace viz::model {

struct TourLine {
    enum class Role : std::uint8_t {
        title,     // "3 of 9  The processor asks for a page"
        say,       // a paragraph
        question,  // of a prediction
        choice,    // one answer to it
        verdict,   // of what was chosen
        reveal,    // why
        task,      // what the learner shall do now
        trouble,   // what could not be done
        note,      // for the presenter
    } role = Role::say;
    std::string text;
    unsigned number = 0;  // of a choice
    enum class Mark : std::uint8_t { none, chosen, right, wrong } mark = Mark::none;
};

struct TourPage {
    std::vector<TourLine> lines;
    std::string next;  // what the "next" key does now: "Next", "Do it for me", "The answer"; empty: nothing
    bool strayed = false;
};

// Notes only where they are wanted.
TourPage page_of(TourPlayer const&, bool notes);
// "Press K: To the next packet"
std::string instruction(TourWait const&);

}  // namespace viz::model
