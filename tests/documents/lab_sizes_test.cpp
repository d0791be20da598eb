// SPDX-License-Identifier: MIT
//
// What the labs take out of the kernel stands between tags (labs/grader/starter.hpp)
// and stays as small as a student may be asked to write.
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

#include "tests/documents/source_tree.hpp"

namespace documents {
namespace {

// Lines that a student writes, at most, by lab: code, without blank lines and comments.
std::map<int, unsigned> const most_lines = {{0, 20},   {1, 130},  {2, 110},  {3, 140},  {4, 120},
                                            {5, 90},   {6, 100},  {7, 220},  {8, 170},  {9, 200},
                                            {10, 150}, {11, 150}, {12, 180}, {13, 200}, {14, 110}};
constexpr unsigned most_lines_of_a_part = 60;
// Fewer are no afternoon's work. The first hour has one part, to learn the tools by.
constexpr unsigned fewest_lines = 30, fewest_lines_of_lab_0 = 3;

struct Part {
    int lab;
    std::string name;
    unsigned lines = 0;
};

// A line that begins with a star goes on with a comment, unless something follows without
// a blank: `*entry = 0;` is a statement.
bool is_code(std::string const& line) {
    std::size_t const at = line.find_first_not_of(" \t");
    if (at == std::string::npos || line[at] == '#') return false;
    std::string const two = line.substr(at, 2);
    return two != "//" && two != "/*" && two != "*" && two != "* " && two != "*/";
}

// The tagged parts of one file. A tag that does not pair up is a failure.
std::vector<Part> parts_of(std::string const& path, std::string const& text) {
    static std::regex const open(R"(^\s*(?://|/\*) \[lab:(\d\d)-([\w-]+)\])"),
        close(R"(^\s*(?://|/\*) \[/lab:(\d\d)-([\w-]+)\])");
    std::vector<Part> done, under_way;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::smatch found;
        if (std::regex_search(line, found, open)) {
            under_way.push_back({std::stoi(found[1]), found[2]});
        } else if (std::regex_search(line, found, close)) {
            bool const pairs = !under_way.empty() && under_way.back().name == found[2] &&
                               under_way.back().lab == std::stoi(found[1]);
            EXPECT_TRUE(pairs) << path << ": " << line;
            if (!pairs) continue;
            done.push_back(under_way.back());
            under_way.pop_back();
        } else if (is_code(line)) {
            for (Part& part : under_way) ++part.lines;
        }
    }
    EXPECT_TRUE(under_way.empty()) << path << ": a tag without an end";
    return done;
}

TEST(Labs, take_out_of_the_kernel_what_their_sizes_allow) {
    std::map<int, unsigned> lines;
    std::set<std::string> names;
    std::set<std::string> folders;
    for (auto const& [path, text] : sources_below("kernel"))
        for (Part const& part : parts_of(path, text)) {
            EXPECT_GT(part.lines, 0u) << path << ": " << part.name;
            EXPECT_LE(part.lines, most_lines_of_a_part) << path << ": " << part.name;
            EXPECT_TRUE(names.insert(std::to_string(part.lab) + part.name).second)
                << part.name << " is taken twice";
            lines[part.lab] += part.lines;
            folders.insert(path.substr(0, path.find('/', 7)));
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
    auto const parts = parts_of("x.cpp",
                                "    // [lab:03-walk]\n\n    // why\n    one();\n    two();  // and why\n"
                                "    *entry = 3;\n/* why\n * indeed\n */\n#define four\n"
                                "    // [/lab:03-walk]\n");
    ASSERT_EQ(parts.size(), 1u);
    EXPECT_EQ(parts[0].lab, 3);
    EXPECT_EQ(parts[0].lines, 3u);
}

}  // namespace
}  // namespace documents
