// SPDX-License-Identifier: GPL-2.0-or-later
//
// A started lab's folder: the note .lab.json that says which lab it is, the
// student's seed, and on whose earlier work it builds; and what is asked of it.
// The note is the student's to change: nothing in it is believed unread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "labs/grader/definition.hpp"
#include "labs/grader/student_image.hpp"
#include "labs/grader/verdict.hpp"

namespace lab {

struct Started {
    std::filesystem::path folder;
    int lab = 0;
    std::uint64_t seed = 1;                     // the student's own constants
    std::vector<std::filesystem::path> with{};  // folders of earlier labs whose files take the place of ours
};

// None: no lab was started there. Throws UsageError for a damaged note.
std::optional<Started> read_started(std::filesystem::path const& folder);
std::string note_of(Started const&, std::filesystem::path const& repository);

// Where the repository and its build are.
struct House {
    std::filesystem::path repository, build;
};

// The student's kernel, with the files of the earlier labs it builds on.
StudentImage build_started(House const&, Definition const&, Started const&, Wanted = {});
// What to tell of one that could not be built: the first error, its cause, and what to do
// (diagnosis.hpp). All that the compiler said goes into .build/compiler.txt.
UsageError not_built_error(House const&, Definition const&, Started const&, StudentImage const&);
// Builds, judges, and leaves results.json in the folder; whatever stood there under
// that name goes first. Throws not_built_error() when the files do not compile, and
// results.json has no points then.
Report check_started(House const&, Definition const&, Started const&, std::string const& only = "");

// The next hint for a check, or with none named for the first that the last
// check found failed. `again`: from the first. Throws UsageError: no hint for that.
std::string next_hint(Definition const&, Started const&, std::string const& check, bool again);

}  // namespace lab
