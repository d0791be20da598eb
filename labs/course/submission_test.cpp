// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/course/submission.hpp"

#include <gtest/gtest.h>

#include "labs/grader/scratch.hpp"
#include "labs/grader/text_file.hpp"
#include "labs/grader/testing.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

// Whose numbers a hand-in is asked for: the teacher's list decides, then the student's
// note, then what explain.md was written for, then the name of the folder.
TEST(Submission, is_judged_by_the_numbers_that_it_was_asked_for) {
    ScratchFolder const scratch;
    fs::path const folder = scratch.path() / "ada";
    fs::create_directories(folder);
    SubmissionOptions options;
    options.lab = 4;
    auto const seed = [&] { return read_submission(house().repository, folder, options).seed; };
    EXPECT_EQ(seed(), seed_of_name("ada"));
    write_text(folder / "explain.md", "## where-is-rsp\n\nAnswer: 5 6\n\nYour seed: 41\n");
    EXPECT_EQ(seed(), 41u);
    write_text(folder / ".lab.json", R"({"lab": 4, "seed": 42})");
    EXPECT_EQ(seed(), 42u);
    options.seeds = {{"ada", 43}};
    EXPECT_EQ(seed(), 43u);
}

}  // namespace
}  // namespace lab
