// SPDX-License-Identifier: GPL-2.0-or-later
//
// A tour gone through as a learner would, with nobody there: does every step do
// what it says, is everything on the screen that shall be read, is anything slow?
//
// What it finds wrong:
//   - a command that is refused, a place that is not there, an `expect` that does not
//     hold, a prediction with no right choice or with several
//   - text that does not fit its place at the projector's size, or is smaller than
//     24 pixels there
//   - a place that is bound to one build (a count of instructions, a time)
//   - a step that costs more instructions than the budget. They are counted, those
//     that are run again for a seek or a search included: the same on every host.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "visualizer/app/picture.hpp"
#include "visualizer/app/watch.hpp"
#include "visualizer/model/colour.hpp"
#include "visualizer/model/tour.hpp"

namespace viz::app {

struct RehearsalOptions {
    int width = 1024, height = 768;      // of the projector, in pixels
    float scale = 1.6f;                  // the projector preset
    float least_text = 24;               // pixels
    std::uint64_t budget = 150'000'000;  // instructions a step
    model::Theme const* theme = &model::dark_theme();
    // A picture of every pause, STEP-PAUSE.png; needs a screen. Empty: none, and
    // only what is measured counts.
    std::string pictures;
};

struct RehearsedStep {
    std::string title;
    std::uint64_t executed = 0;  // instructions, for its dearest pause
    unsigned pauses = 0, expectations = 0;
    std::vector<std::string> problems;
};

struct RehearsalReport {
    std::vector<RehearsedStep> steps;
    unsigned expectations = 0, predictions = 0;
    bool cancelled = false;
    bool passed() const;
    std::size_t problems() const;
};

// The session has no thread, and stands where its recording begins.
RehearsalReport rehearse(Watch&, model::TourPtr, RehearsalOptions const&);

}  // namespace viz::app
