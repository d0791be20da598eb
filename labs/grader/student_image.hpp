// SPDX-License-Identifier: GPL-2.0-or-later
//
// A kernel with a student's files in it: each of the lab's files is compiled as
// the kernel's own build compiles it, and linked with the rest of the kernel as
// it was built. Only the student's files are compiled, so an edit is seen within
// a second or two.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "labs/grader/definition.hpp"

namespace lab {

struct StudentImage {
    bool built = false;
    std::filesystem::path elf;  // when built
    std::string compiler_output;
};

// `student` holds the files by their short names; `build` is the repository's
// build folder, with the image already built. The result lies in `student`/.build.
// Throws UsageError when a file of the lab is missing from the student's folder.
StudentImage build_student_image(Definition const&, std::filesystem::path const& repository,
                                 std::filesystem::path const& build, std::filesystem::path const& student);

// A command line as compile_commands.json has it, in words. Quotes and
// backslashes as in sh; nothing else is special.
std::vector<std::string> split_command(std::string const& command);

}  // namespace lab
