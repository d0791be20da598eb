// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the labs take out of the kernel stands between tags (labs/grader/starter.hpp)
// and stays as small as a student may be asked to write.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "labs/course/solutions.hpp"
#include "labs/grader/starter.hpp"
#include "labs/grader/text_file.hpp"
#include "labs/grader/testing.hpp"

namespace lab {
namespace {

// Lines that a student writes, at most, by lab: code, without blank lines and comments.
std::map<int, unsigned> const most_lines = {{0, 20},   {1, 130},  {2, 110},  {3, 140},  {4, 120},
                                            {5, 90},   {6, 100},  {7, 220},  {8, 170},  {9, 200},
                                            {10, 150}, {11, 150}, {12, 180}, {13, 200}, {14, 110}};
constexpr unsigned most_lines_of_a_part = 60;
// Fewer are no afternoon's work. The first hour has one part, to learn the tools by.
constexpr unsigned fewest_lines = 30, fewest_lines_of_lab_0 = 3;

// A line that begins with a star goes on with a comment, unless something follows without
// a blank: `*entry = 0;` is a statement.
bool is_code(std::string const& line) {
    std::size_t const at = line.find_first_not_of(" \t");
    if (at == std::string::npos || line[at] == '#') return false;
    std::string const two = line.substr(at, 2);
    return two != "//" && two != "/*" && two != "*" && two != "* " && two != "*/";
}

unsigned lines_of(std::string const& text) {
    std::istringstream lines(text);
    unsigned count = 0;
    for (std::string line; std::getline(lines, line);) count += is_code(line);
    return count;
}

TEST(Labs, take_out_of_the_kernel_what_their_sizes_allow) {
    std::map<int, unsigned> lines;
    std::set<std::string> names;
    std::set<std::string> folders;
    for (auto const& file : kernel_files(house().repository)) {
        std::string const path = file.path.string();
        for (auto const& part : tagged_parts(read_text(house().repository / path))) {
            unsigned const count = lines_of(part.text);
            EXPECT_GT(count, 0u) << path << ": " << part.name;
            EXPECT_LE(count, most_lines_of_a_part) << path << ": " << part.name;
            EXPECT_TRUE(names.insert(std::to_string(part.lab) + part.name).second)
                << part.name << " is taken twice";
            lines[part.lab] += count;
            folders.insert(path.substr(0, path.find('/', 7)));
        }
    }
    for (auto const& [lab, most] : most_lines) {
        EXPECT_GE(lines[lab], lab == 0 ? fewest_lines_of_lab_0 : fewest_lines) << "lab " << lab;
        EXPECT_LE(lines[lab], most) << "lab " << lab;
        RecordProperty("lab_" + std::to_string(lab), static_cast<int>(lines[lab]));
    }
    for (char const* folder : {"kernel/base", "kernel/arch", "kernel/memory", "kernel/threads",
                               "kernel/devices", "kernel/fs", "kernel/net", "kernel/http"})
        EXPECT_TRUE(folders.count(folder)) << folder;
}

TEST(Labs, lines_are_counted_without_blanks_and_comments) {
    auto const parts = tagged_parts(
        "    // [lab:03-walk]\n\n    // why\n    one();\n    two();  // and why\n"
        "    *entry = 3;\n/* why\n * indeed\n */\n#define four\n    // [/lab:03-walk]\n");
    ASSERT_EQ(parts.size(), 1u);
    EXPECT_EQ(parts[0].lab, 3);
    EXPECT_EQ(lines_of(parts[0].text), 3u);
}

}  // namespace
}  // namespace lab
