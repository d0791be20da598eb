// SPDX-License-Identifier: MIT
//
// The house has arrows that point one way (docs/architecture.md draws them).
// This test reads every include of the tree and fails on one that runs
// backwards. Includes are written from the root of the repository, so the text
// of the line is enough.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Allowed = std::map<std::string, std::set<std::string>>;

// What a folder may include beside itself. A folder that is missing here may
// include nothing; a new folder therefore begins by drawing its arrow.
Allowed const allowed = {
    {"kernel/base", {}},
    {"kernel/arch", {"kernel/base"}},
    {"kernel/memory", {"kernel/base", "kernel/arch"}},
    {"kernel/threads", {"kernel/base", "kernel/arch", "kernel/memory"}},
    {"kernel/devices", {"kernel/base", "kernel/arch", "kernel/memory", "kernel/threads"}},
    {"kernel/net", {"kernel/base"}},
    {"kernel/fs", {"kernel/base"}},
    {"kernel/http", {"kernel/base"}},
    {"kernel/platform",
     {"kernel/base", "kernel/arch", "kernel/memory", "kernel/threads", "kernel/devices", "kernel/net",
      "kernel/fs", "kernel/http"}},
    {"kernel/apps", {"kernel"}},
    {"kernel/main", {"kernel"}},
    {"simulator/engine", {}},
    {"simulator/machine", {"simulator/engine"}},
    {"simulator/devices", {"simulator/engine", "simulator/machine"}},
    {"simulator/loader", {"simulator/engine", "simulator/machine", "simulator/devices"}},
    {"simulator/board", {"simulator/engine", "simulator/machine", "simulator/devices", "simulator/loader"}},
    {"simulator/links", {"simulator/engine", "simulator/machine", "simulator/devices"}},
    {"simulator/recording",
     {"simulator/engine", "simulator/machine", "simulator/devices", "simulator/loader", "simulator/links",
      "simulator/board"}},
    {"simulator/debug",
     {"simulator/engine", "simulator/machine", "simulator/devices", "simulator/loader", "simulator/links",
      "simulator/recording", "simulator/board"}},
    {"simulator/album", {"simulator/machine", "simulator/debug"}},
    {"simulator/attach",
     {"simulator/engine", "simulator/machine", "simulator/devices", "simulator/loader", "simulator/links",
      "simulator/recording", "simulator/board", "simulator/debug"}},
    {"simulator/exports",
     {"simulator/engine", "simulator/machine", "simulator/devices", "simulator/loader", "simulator/links",
      "simulator/recording", "simulator/board", "simulator/debug", "simulator/album"}},
    {"simulator/bench",
     {"simulator/engine", "simulator/machine", "simulator/devices", "simulator/loader", "simulator/links",
      "simulator/recording", "simulator/board", "simulator/debug"}},
    {"simulator/explore",
     {"simulator/engine", "simulator/machine", "simulator/devices", "simulator/loader", "simulator/links",
      "simulator/recording", "simulator/board", "simulator/debug"}},
    {"simulator/cli", {"simulator"}},
    {"visualizer/model", {"simulator"}},
    {"visualizer/widgets", {"visualizer/model", "simulator"}},
    {"visualizer/panels", {"visualizer/widgets", "visualizer/model", "simulator"}},
    {"visualizer/app", {"visualizer", "simulator"}},
    // Of the simulator what needs no machine; that it links so is the proof.
    {"visualizer/viewer",
     {"visualizer/app", "visualizer/panels", "visualizer/widgets", "visualizer/model", "simulator/album",
      "simulator/debug"}},
    {"visualizer/testing", {"visualizer/model", "simulator"}},
    {"visualizer/tours", {"visualizer", "simulator"}},
    {"labs/grader", {"visualizer", "simulator"}},
    {"labs/course", {"labs/grader", "simulator"}},
    {"labs/checks", {"labs/grader", "simulator"}},  // labs/NN-name/checks
    {"labs/tests", {"kernel", "labs/main"}},        // labs/NN-name/tests; of labs/ only servant.hpp
    {"labs/main", {"labs"}},                        // exams.cpp: which lab has which exams
    {"tests", {"kernel", "simulator", "visualizer", "labs"}},
};

fs::path root() {
    char const* variable = std::getenv("VIV_ROOT");
    return variable ? fs::path(variable) : fs::current_path();
}

// "kernel/net/tcp/x.hpp" belongs to "kernel/net"; "kernel/main.cpp" and its
// neighbours, which see everything and which nobody includes, to "kernel/main".
std::string folder_of(std::string const& path) {
    auto first = path.find('/');
    if (first == std::string::npos) return path;
    if (path.compare(0, first, "tests") == 0) return "tests";
    // "labs/02-physical-memory/checks/x.hpp" belongs to "labs/checks".
    static std::regex const lab(R"(labs/\d\d-[^/]+/(\w+)/.*)");
    if (std::smatch found; std::regex_match(path, found, lab)) return "labs/" + found.str(1);
    auto second = path.find('/', first + 1);
    if (second != std::string::npos) return path.substr(0, second);
    return path.substr(0, first) + "/main";
}

bool within(std::string const& folder, std::string const& of) {
    return folder == of || folder.rfind(of + "/", 0) == 0;
}

// Empty when the include is in order, else why it is not.
std::string verdict(std::string const& file, std::string const& included) {
    std::string from = folder_of(file), to = folder_of(included);
    if (from == to) return {};
    auto rule = allowed.find(from);
    if (rule == allowed.end()) return from + " is not in the list of folders (tests/arrows/arrows_test.cpp)";
    for (auto const& target : rule->second)
        if (within(to, target)) return {};
    return from + " may not include " + to;
}

// A unit test beside the code may use the fakes in tests/ and the visualizer's samples.
bool is_for_tests(std::string const& folder) { return folder == "tests" || folder == "visualizer/testing"; }
bool is_test(std::string const& file) { return file.find("_test.cpp") != std::string::npos; }

struct Include {
    std::string file, target;
    int line;
};

std::vector<Include> includes_of_the_tree() {
    static std::regex const pattern(R"(^\s*#\s*include\s*\"([^\"]+)\")");
    std::vector<Include> found;
    for (char const* top : {"kernel", "simulator", "visualizer", "labs", "tests"}) {
        for (auto const& entry : fs::recursive_directory_iterator(root() / top)) {
            std::string extension = entry.path().extension();
            if (extension != ".cpp" && extension != ".hpp" && extension != ".S" && extension != ".h")
                continue;
            std::ifstream in(entry.path());
            std::string text;
            for (int line = 1; std::getline(in, text); ++line) {
                std::smatch match;
                if (std::regex_search(text, match, pattern))
                    found.push_back({fs::relative(entry.path(), root()), match[1], line});
            }
        }
    }
    return found;
}

TEST(Arrows, no_include_runs_backwards) {
    auto includes = includes_of_the_tree();
    ASSERT_GT(includes.size(), 10u) << "read nothing below " << root();
    for (auto const& include : includes) {
        if (is_test(include.file) && is_for_tests(folder_of(include.target))) continue;
        std::string top = include.target.substr(0, include.target.find('/'));
        static std::set<std::string> const ours = {"kernel", "simulator", "visualizer", "labs", "tests"};
        if (!ours.count(top)) {
            EXPECT_FALSE(fs::exists((root() / include.file).parent_path() / include.target))
                << include.file << ':' << include.line << ": \"" << include.target
                << "\": write includes from the root of the repository";
            continue;
        }
        EXPECT_EQ(verdict(include.file, include.target), "") << include.file << ':' << include.line;
    }
}

TEST(Arrows, one_folder_includes_unicorn) {
    std::regex const pattern(R"(#\s*include\s*[<\"]unicorn/)");
    for (auto const& entry : fs::recursive_directory_iterator(root() / "simulator")) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in(entry.path());
        std::stringstream text;
        text << in.rdbuf();
        std::string file = fs::relative(entry.path(), root());
        if (std::regex_search(text.str(), pattern)) {
            EXPECT_EQ(folder_of(file), "simulator/engine") << file;
        }
    }
}

TEST(Arrows, only_drawing_code_includes_imgui) {
    std::regex const pattern(R"(#\s*include\s*[<\"](imgui|SDL))");
    std::set<std::string> const drawing = {"visualizer/panels", "visualizer/widgets", "visualizer/app",
                                           "visualizer/viewer"};
    for (auto const& entry : fs::recursive_directory_iterator(root() / "visualizer")) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in(entry.path());
        std::stringstream text;
        text << in.rdbuf();
        std::string file = fs::relative(entry.path(), root());
        if (std::regex_search(text.str(), pattern)) {
            EXPECT_TRUE(drawing.count(folder_of(file))) << file;
        }
    }
}

TEST(Arrows, every_file_names_its_licence) {
    for (char const* top : {"kernel", "simulator", "visualizer", "labs", "tests", "cmake"}) {
        for (auto const& entry : fs::recursive_directory_iterator(root() / top)) {
            std::string extension = entry.path().extension();
            if (extension != ".cpp" && extension != ".hpp" && extension != ".S" && extension != ".cmake" &&
                entry.path().filename() != "CMakeLists.txt")
                continue;
            std::ifstream in(entry.path());
            std::string first, second;
            std::getline(in, first);
            std::getline(in, second);
            std::string file = fs::relative(entry.path(), root());
            bool gpl = top == std::string("simulator") || top == std::string("visualizer") ||
                       file.rfind("labs/grader", 0) == 0 || folder_of(file) == "labs/checks" ||
                       file.rfind("labs/course", 0) == 0 || file == "labs/exams.cpp" || file == "labs/main.cpp";
            std::string want = std::string("SPDX-License-Identifier: ") + (gpl ? "GPL-2.0-or-later" : "MIT");
            EXPECT_TRUE(first.find(want) != std::string::npos || second.find(want) != std::string::npos)
                << file << ": the first or second line should say " << want;
        }
    }
}

// The check itself is checked: a backward arrow is found.
TEST(Arrows, finds_a_backward_arrow) {
    EXPECT_EQ(verdict("kernel/net/tcp/connection.cpp", "kernel/base/result.hpp"), "");
    EXPECT_NE(verdict("kernel/net/interface.cpp", "kernel/devices/virtio_net.hpp"), "");
    EXPECT_NE(verdict("kernel/base/format.cpp", "kernel/arch/x86_64/port.hpp"), "");
    EXPECT_NE(verdict("simulator/devices/virtio_net.cpp", "kernel/devices/virtqueue.hpp"), "");
    EXPECT_NE(verdict("simulator/debug/session.cpp", "visualizer/model/model.hpp"), "");
    EXPECT_NE(verdict("labs/grader/exam.cpp", "labs/02-physical-memory/checks/exams.hpp"), "");
    EXPECT_EQ(verdict("labs/02-physical-memory/checks/x.cpp", "labs/grader/exam.hpp"), "");
    EXPECT_NE(verdict("kernel/nowhere/new.cpp", "kernel/base/result.hpp"), "");
}

}  // namespace
