// SPDX-License-Identifier: MIT
//
// docs/explain/reading-path.md: the files that it names are there, what a request goes through is
// among them, and the path does not grow.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <vector>

#include "tests/documents/source_tree.hpp"

namespace documents {
namespace {

// The goal is fewer than 8,000. Lower this when the path gets shorter.
constexpr std::size_t most_lines = 7990;

// Those below the numbered headings, in order.
std::vector<std::string> path_of(std::string const& page) {
    static std::regex const numbered("## [0-9]+\\. .*"), row("\\| \\[.*\\]\\(\\.\\./\\.\\./([^)]*)\\) \\|.*");
    std::vector<std::string> files;
    std::istringstream lines(page);
    bool inside = false;
    std::smatch found;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("#")) inside = std::regex_match(line, numbered);
        if (inside && std::regex_match(line, found, row)) files.push_back(found[1]);
    }
    return files;
}

// As docs/press/facts.py counts them.
std::size_t lines_of_code(std::string const& text) {
    static std::regex const remarks("/\\*[^*]*\\*+([^/*][^*]*\\*+)*/"), none("\\s*((//|#\\s).*)?");
    std::istringstream lines(std::regex_replace(text, remarks, ""));
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line);) count += !std::regex_match(line, none);
    return count;
}

// The guest's functions of the journey of a byte, without their namespaces: {"Interface", "on_frame"}.
std::set<std::pair<std::string, std::string>> journey_in(std::string const& page) {
    static std::regex const function("`(?:devices|net|http)(?:::[a-z]+)?::([A-Z]\\w*)::(\\w+)`");
    std::size_t const begin = page.find("## Journey of a byte"), end = page.find("\n## ", begin + 1);
    std::string const part = page.substr(begin, end - begin);
    std::set<std::pair<std::string, std::string>> functions;
    for (std::sregex_iterator at(part.begin(), part.end(), function), last; at != last; ++at)
        functions.emplace((*at)[1], (*at)[2]);
    return functions;
}

TEST(ReadingPath, names_files_that_are_there_once_and_does_not_grow) {
    std::vector<std::string> const path = path_of(read(root() / "docs/explain/reading-path.md"));
    std::set<std::string> seen;
    std::size_t total = 0;
    for (std::string const& file : path) {
        EXPECT_TRUE(seen.insert(file).second) << file << " twice";
        std::size_t const lines = lines_of_code(read(root() / file));
        EXPECT_GT(lines, 0u) << file;
        total += lines;
    }
    EXPECT_GT(path.size(), 50u);
    EXPECT_LE(total, most_lines);
    EXPECT_GT(total + 250, most_lines) << "lower the bound";
    RecordProperty("lines", static_cast<int>(total));
}

TEST(ReadingPath, begins_at_the_table_of_contents_and_goes_where_a_request_goes) {
    std::vector<std::string> const path = path_of(read(root() / "docs/explain/reading-path.md"));
    ASSERT_FALSE(path.empty());
    EXPECT_EQ(path.front(), "kernel/main.cpp");
    std::string all;
    for (std::string const& file : path) all += read(root() / file);
    auto const journey = journey_in(read(root() / "docs/architecture.md"));
    EXPECT_GE(journey.size(), 7u);
    for (auto const& [type, function] : journey) {
        bool const defined = std::regex_search(all, std::regex("\\b" + type + "::" + function + "\\("));
        bool const in_class = std::regex_search(all, std::regex("class " + type + "\\b")) &&
                              std::regex_search(all, std::regex("\\b" + function + "\\([^;]*\\{"));
        EXPECT_TRUE(defined || in_class) << type << "::" << function;
    }
}

// The image http-textbook, by the list of objects that it is linked from: ".../CMakeFiles/TARGET.dir/FILE.o",
// where FILE counts from the folder before.
TEST(ReadingPath, is_what_its_image_is_linked_from) {
    std::istringstream manifest(
        read(std::filesystem::path(std::getenv("VIV_BUILD")) / "images/http-textbook.link"));
    static std::regex const object("object=(?:.*/)?(kernel/.*)CMakeFiles/[^/]*\\.dir/(?:\\./)?(.*)\\.o");
    std::set<std::string> linked;
    std::smatch found;
    for (std::string line; std::getline(manifest, line);)
        if (std::regex_match(line, found, object)) linked.insert(found.str(1) + found.str(2));
    EXPECT_GT(linked.size(), 80u);
    unsigned sources = 0;
    for (std::string const& file : path_of(read(root() / "docs/explain/reading-path.md"))) {
        if (!file.ends_with(".cpp") && !file.ends_with(".S")) continue;
        EXPECT_TRUE(linked.count(file)) << file;
        ++sources;
    }
    EXPECT_GT(sources, 30u);
    EXPECT_FALSE(linked.count("kernel/net/tcp/sender.cpp"));
}

TEST(ReadingPath, counts_code_alone) {
    EXPECT_EQ(lines_of_code("// a\n\n  int b;  // c\n/* d\n e */\n#include <f>\n# g\n"), 2u);
    EXPECT_EQ(path_of("## 1. A\n| [x](../../kernel/x.cpp) | 1 |\n## B\n| [y](../../kernel/y.cpp) | 2 |\n"),
              std::vector<std::string>{"kernel/x.cpp"});
}

}  // namespace
}  // namespace documents
