// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the walls let each of a submission's processes see. The compiler sees the
// kernel's sources without solutions and the objects that it links, but not those
// that the student's files stand for; so neither #include nor .incbin brings the
// solution back. The student's program sees itself. The judge sees the images and
// the labs' definitions.
#pragma once

#include <filesystem>

#include "labs/grader/started.hpp"
#include "labs/grader/walls.hpp"

namespace lab {

// For one lab: the folders that the compiler is shown in the place of ours.
class Workshop {
public:
    // Writes them into `folder`, which is made. Throws UsageError.
    Workshop(House const&, Definition const&, std::filesystem::path folder);

    // For a submission whose files lie in `desk`, with the folders `build` and
    // `judged` in it, which are to be written.
    Views views_for(std::filesystem::path const& desk) const;

private:
    House house_;
    Definition definition_;
    std::filesystem::path folder_;
};

// What is started behind the walls, and where its libraries lie that are not the system's.
std::filesystem::path viv_lab(House const&);
std::vector<std::filesystem::path> library_folders();

}  // namespace lab
