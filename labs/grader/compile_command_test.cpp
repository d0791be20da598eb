// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/compile_command.hpp"

#include <gtest/gtest.h>

namespace lab {
namespace {

using Words = std::vector<std::string>;

TEST(CompileCommand, a_command_line_is_split_as_the_shell_would) {
    EXPECT_EQ(split_command("c++ -O2  -c a.cpp"), (Words{"c++", "-O2", "-c", "a.cpp"}));
    EXPECT_EQ(split_command(R"(c++ "-DX=\"a b\"" 'q r'\ s)"), (Words{"c++", "-DX=\"a b\"", "q r s"}));
    EXPECT_EQ(split_command("a ''"), (Words{"a", ""}));
    EXPECT_EQ(split_command("   "), Words{});
}

}  // namespace
}  // namespace lab
