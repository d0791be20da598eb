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
#include "labs/grader/testing.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

// Lines that a student writes, at most, by lab: code, without blank lines and comments.
std::map<int, unsigned> const most_lines = {{0, 20},   {1, 130},  {2, 110},  {3, 140},  {4, 120},
                                            {5, 90},   {6, 100},  {7, 220},  {8, 170},  {9, 200},
                                            {10, 150}, {11, 150}, {12, 180}, {13, 200}, {14, 110}};
constexpr unsigned most_lines_of_a_checkpoint = 60;
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
            EXPECT_LE(count, most_lines_of_a_checkpoint) << path << ": " << part.name;
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

// What a checkpoint says of a lab: the lines that are written for it, and its checks.
struct Step {
    unsigned lines = 0;
    int checks = 0;
};
std::vector<Step> steps_of(Definition const& lab) {
    std::map<std::string, unsigned> whole;
    for (auto const& file : lab.files)
        for (auto const& part : tagged_parts(read_text(house().repository / file.live)))
            if (part.lab == lab.number) whole[part.name] = lines_of(part.text);
    std::vector<Step> steps(lab.checkpoints.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
        for (auto const& part : lab.checkpoints[i]) {
            EXPECT_TRUE(whole.count(part)) << "lab " << lab.number << ": " << part;
            steps[i].lines += whole[part];
            whole.erase(part);  // written once
        }
        // A part in two steps: counted in full at both.
        auto const folder = lab.folder / "checkpoints" / std::to_string(i + 1);
        if (std::filesystem::exists(folder))
            for (auto const& entry : std::filesystem::directory_iterator(folder))
                steps[i].lines += lines_of(read_text(entry.path()));
        for (auto const& check : lab.checks) steps[i].checks += check.checkpoint == i + 1;
    }
    EXPECT_TRUE(whole.empty()) << "lab " << lab.number << ": no checkpoint asks for " << whole.begin()->first;
    return steps;
}

TEST(Labs, ask_for_sixty_lines_at_a_checkpoint_and_judge_each) {
    int labs = 0;
    for (auto const& lab : load_definitions(house().repository)) {
        if (lab.number == 0) continue;  // one flag, no checkpoints
        auto const steps = steps_of(lab);
        EXPECT_GE(steps.size(), 2u) << "lab " << lab.number;
        EXPECT_LE(steps.size(), 4u) << "lab " << lab.number;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            EXPECT_GT(steps[i].lines, 0u) << "lab " << lab.number << ", checkpoint " << i + 1;
            EXPECT_LE(steps[i].lines, most_lines_of_a_checkpoint)
                << "lab " << lab.number << ", checkpoint " << i + 1;
            EXPECT_GT(steps[i].checks, 0)
                << "lab " << lab.number << ", checkpoint " << i + 1 << " has no check";
        }
        ++labs;
    }
    EXPECT_GE(labs, 4);
}

// One that asks for too much is noticed.
TEST(Labs, lines_of_a_checkpoint_are_those_of_all_its_parts) {
    auto all = find_definition(house().repository, 3);
    auto const steps = steps_of(all);
    unsigned sum = 0;
    for (auto const& step : steps) sum += step.lines;
    std::vector<std::string> parts;
    for (auto const& one : all.checkpoints) parts.insert(parts.end(), one.begin(), one.end());
    all.checkpoints = {parts};
    EXPECT_EQ(steps_of(all).at(0).lines, sum);
    EXPECT_GT(sum, most_lines_of_a_checkpoint);
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
