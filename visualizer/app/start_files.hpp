// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the start page offers, found on disk: recordings here and in build/, the
// images that are built and made to be looked at, tours, labs.
#pragma once

#include <filesystem>
#include <span>

#include "visualizer/model/start_page.hpp"

namespace viz::app {

// `root` is the repository; recordings are also looked for in the current folder.
model::StartPage find_start_page(std::filesystem::path const& root);

// The applications that have something to show when they are begun from the page, in
// the order in which one gets to know them. kernel/apps/README.md says what each is for.
std::span<char const* const> offered_applications();

}  // namespace viz::app
