// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is kept from one window to the next, in the user's folder for settings, and
// what --theme says.
#pragma once

#include <string>

#include "visualizer/model/colour.hpp"

namespace viz::app {

// How the window was arranged the last time: Desk::saved(). Empty: never.
std::string read_arrangement();
// Whole or not at all. Where it cannot be kept the window begins as it always does.
void write_arrangement(std::string const&);

// By --theme's word. Throws std::runtime_error where it is none.
model::Theme const& find_theme(std::string const& name);
// The same for a window; without a word the theme of the last time, else the dark one.
model::Theme const& theme_of_window(std::string const& name);
// How much a person has enlarged what windows show; 1: nothing.
float zoom_of_window();

}  // namespace viz::app
