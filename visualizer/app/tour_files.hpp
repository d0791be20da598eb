// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where tours are: visualizer/tours of the repository, or any file.
#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "visualizer/model/tour.hpp"
#include "visualizer/model/tour_guide.hpp"

namespace viz::app {

std::filesystem::path repository_root();  // $VIV_ROOT, else the current folder
std::filesystem::path tours_folder(std::filesystem::path const& root = repository_root());
// Names of those there, sorted.
std::vector<std::string> known_tours(std::filesystem::path const& root = repository_root());
// By name, or by a file's path (with a / or ending in .tour). Or one line that says
// why not.
std::variant<model::TourPtr, std::string> find_tour(std::string const& name,
                                                    std::filesystem::path const& root = repository_root());
// A line each: name, title, minutes.
std::string list_of_tours();
// For the guide of a window or of a line mode.
model::TourGuide::Library tour_library();

}  // namespace viz::app
