// SPDX-License-Identifier: GPL-2.0-or-later
//
// A kernel with a student's files in it, and the same files as a Linux program:
// each file is compiled as the kernel's own build compiles it, and linked with
// what was built of the rest. Only the student's files are compiled, the kernel's and
// the program's at the same time, so an edit is seen within a second or two.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "labs/grader/compile_command.hpp"
#include "labs/grader/definition.hpp"

namespace lab {

struct StudentImage {
    bool built = false;
    std::filesystem::path elf;   // when built
    std::filesystem::path host;  // likewise, when the lab has checks on the host
    std::string compiler_output;
    std::string toolchain;  // "g++ (Debian 12.2.0-14) 12.2.0, GNU ld ... 2.40"
};

// The files of one lab in a student's folder.
std::vector<StudentFile> files_of(Definition const&, std::filesystem::path const& student);

// What is built of the two; a host program only where the lab has checks on the host.
struct Wanted {
    bool kernel = true, host = true;
};

// `files`: of this lab, and of earlier ones where the student builds on those;
// `build` is the repository's build folder, with the image already built. The
// results lie in `work`. Throws UsageError when a file is missing.
StudentImage build_student_image(Definition const&, std::vector<StudentFile> const& files,
                                 std::filesystem::path const& repository, std::filesystem::path const& build,
                                 std::filesystem::path const& work, Wanted = {});
// The same for the files of this lab alone, in `student`/.build.
StudentImage build_student_image(Definition const&, std::filesystem::path const& repository,
                                 std::filesystem::path const& build, std::filesystem::path const& student);

}  // namespace lab
