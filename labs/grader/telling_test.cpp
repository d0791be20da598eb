// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/telling.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "labs/grader/definition.hpp"

namespace lab {
namespace {

std::string words(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += (i ? " word" : "word") + std::to_string(i);
    return text;
}

TEST(Folding, ends_lines_before_the_width_and_loses_no_word) {
    std::string const all = words(100), told = folded(all, 16, 16);
    std::istringstream lines(told);
    std::string line, again;
    for (int number = 0; std::getline(lines, line); ++number) {
        EXPECT_LE((number == 0 ? 16 : 0) + line.size(), line_width) << line;
        if (number > 0) {
            EXPECT_EQ(line.substr(0, 17).find_first_not_of(' '), 16u) << line;
        }
        again += (number ? " " : "") + line.substr(number ? 16 : 0);
    }
    EXPECT_EQ(again, all);
}

TEST(Folding, leaves_alone_what_fits_and_what_cannot_be_broken) {
    EXPECT_EQ(folded("short  text", 16, 4), "short  text");
    EXPECT_EQ(folded("", 16, 4), "");
    std::string const path(150, 'x');
    EXPECT_EQ(folded(path, 16, 4), path);
    EXPECT_EQ(folded("open " + path + " now", 16, 4), "open\n    " + path + "\n    now");
    EXPECT_EQ(folded("a\n  b |\n", 0, 2), "a\n    b |\n  ") << "lines and blanks of the writer's";
    EXPECT_EQ(folded(path.substr(0, 92) + " <- caller <- main", 0, 4),
              path.substr(0, 92) + "\n    <- caller <- main")
        << "an arrow and what follows it";
}

TEST(Telling, says_what_and_why_and_what_next) {
    EXPECT_EQ(to_text(UsageError("there is no lab 9", "Labs have numbers.", "./viv lab list has them.")),
              "viv: error: there is no lab 9\n"
              "     Cause  Labs have numbers.\n"
              "     Next   ./viv lab list has them.\n");
    EXPECT_EQ(to_text(UsageError("d exists", "Name another folder.")),
              "viv: error: d exists\n     Next   Name another folder.\n");
}

}  // namespace
}  // namespace lab
