// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/starter.hpp"

#include <gtest/gtest.h>

namespace lab {
namespace {

std::string const live =
    "int before;\n"
    "    // [lab:03-walk]\n"
    "    solve();\n"
    "    // [/lab:03-walk]\n"
    "int after;\n";

std::string stub(std::string const& part) {
    return "// SPDX-License-Identifier: MIT\n// TODO " + part + "\n\nreturn 0;\n";
}

TEST(Starter, replaces_the_body_by_the_stub_and_keeps_the_indent) {
    EXPECT_EQ(cut_starter(live, 3, stub), "int before;\n    // TODO walk\n\n    return 0;\nint after;\n");
}

TEST(Starter, keeps_what_other_labs_take_out_and_hides_their_tags) {
    EXPECT_EQ(cut_starter(live, 4, stub), "int before;\n    solve();\nint after;\n");
}

TEST(Starter, stripping_gives_the_solution) {
    EXPECT_EQ(strip_tags(live), "int before;\n    solve();\nint after;\n");
}

TEST(Starter, assembly_comments_hold_tags_too) {
    EXPECT_EQ(cut_starter("# [lab:01-a]\nx\n# [/lab:01-a]\n", 1, stub), "// TODO a\n\nreturn 0;\n");
}

TEST(Starter, tags_that_do_not_pair_up_are_refused) {
    EXPECT_THROW(cut_starter("// [lab:01-a]\nx\n", 1, stub), UsageError);
    EXPECT_THROW(cut_starter("// [/lab:01-a]\n", 1, stub), UsageError);
    EXPECT_THROW(cut_starter("// [lab:01-a]\n// [lab:01-b]\n// [/lab:01-a]\n", 1, stub), UsageError);
}

TEST(Starter, the_books_marks_are_left_out) {
    EXPECT_EQ(strip_tags("// [doc:x]\n    /* [doc:y] */\na\n// [/doc:x]\n"), "a\n");
}

TEST(Starter, a_comment_in_brackets_is_no_tag) {
    EXPECT_EQ(cut_starter("// [sdm-3a 2.5] x\n", 1, stub), "// [sdm-3a 2.5] x\n");
}

}  // namespace
}  // namespace lab
