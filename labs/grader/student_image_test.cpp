// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/student_image.hpp"

#include <gtest/gtest.h>

#include "labs/grader/process.hpp"

namespace lab {
namespace {

using Words = std::vector<std::string>;

TEST(StudentImage, a_command_line_is_split_as_the_shell_would) {
    EXPECT_EQ(split_command("c++ -O2  -c a.cpp"), (Words{"c++", "-O2", "-c", "a.cpp"}));
    EXPECT_EQ(split_command(R"(c++ "-DX=\"a b\"" 'q r'\ s)"), (Words{"c++", "-DX=\"a b\"", "q r s"}));
    EXPECT_EQ(split_command("a ''"), (Words{"a", ""}));
    EXPECT_EQ(split_command("   "), Words{});
}

TEST(StudentImage, a_process_gives_its_status_and_output) {
    auto result = run_process({"sh", "-c", "echo out; echo err >&2; exit 7"}, "/");
    EXPECT_EQ(result.status, 7);
    EXPECT_EQ(result.output, "out\nerr\n");
}

TEST(StudentImage, a_program_that_does_not_exist_is_an_error) {
    EXPECT_THROW(run_process({"/no/such/program"}, "/"), std::runtime_error);
}

}  // namespace
}  // namespace lab
