// SPDX-License-Identifier: GPL-2.0-or-later
//
// Cuts a starter from the live kernel. In the kernel a solution body stands
// between two comment lines:
//
//     // [lab:00-image-flags]
//     ...the solution...
//     // [/lab:00-image-flags]
//
// which says: lab 0, part "image-flags". The starter has the text of
// labs/00-first-hour/stubs/image-flags.cpp there instead, indented as the tag is. Tags of other labs are
// removed and their bodies kept, so a starter shows no trace of what other labs take out.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "labs/grader/definition.hpp"

namespace lab {

// What stands in the place of a part; none: the part stays as it is. Throws
// UsageError when there should be one and is not.
using StubSource = std::function<std::optional<std::string>(std::string const& part)>;

// Throws UsageError for tags that do not pair up.
std::string cut_starter(std::string const& live, int lab_number, StubSource const& stub);

// The same for the parts of all labs: what may be shown to everybody.
std::string cut_all(std::string const& live,
                    std::function<std::string(int lab, std::string const& part)> const& instead);

// The live text without any tag lines: what the solution looks like to a reader.
std::string strip_tags(std::string const& live);

// All tagged parts of a file's live text, in their order.
struct TaggedPart {
    int lab = 0;
    std::string name, text;
};
std::vector<TaggedPart> tagged_parts(std::string const& live);

struct StarterOptions {
    std::uint64_t seed = 1;  // the student's own constants
    std::vector<std::filesystem::path>
        with{};  // earlier labs' folders to build on, instead of our kernel's files
};

// Writes the starter of `definition` into `folder`, which must be absent or
// empty: the files, the handout, and a small `viv` that calls the repository's.
void write_starter(Definition const& definition, std::filesystem::path const& repository,
                   std::filesystem::path const& folder, StarterOptions const& options = {});

}  // namespace lab
