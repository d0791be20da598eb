// SPDX-License-Identifier: GPL-2.0-or-later
//
// The grader as others run it: a zip for Gradescope, a template repository for GitHub
// Classroom. Both hold a students' bundle, without the visualizer, and a few lines of
// shell; no solution is in either.
#pragma once

#include <filesystem>

#include "labs/course/bundle.hpp"

namespace lab {

// A zip with setup.sh, run_autograder and the bundle. Throws UsageError: the file is there already.
void make_gradescope(House const&, int lab, std::filesystem::path const& zip, BundleOptions);

// Into an absent or empty folder: the lab's starter, the workflow, and the bundle in .github.
void make_classroom(House const&, int lab, std::filesystem::path const& folder, BundleOptions);

}  // namespace lab
