// SPDX-License-Identifier: MIT
//
// A comment that cites `[tag §4.5]` cites a document of docs/reference/sources.md.
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

#include "tests/documents/source_tree.hpp"

namespace documents {
namespace {

// The tags of the tables, each once. "rfcNNNN" stands for every number.
std::set<std::string> defined_tags(std::string const& page) {
    static std::regex const cell("`([^`]+)`");
    std::set<std::string> tags;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind("| `", 0) != 0) continue;
        std::string const first = line.substr(0, line.find('|', 2));
        for (std::sregex_iterator at(first.begin(), first.end(), cell), end; at != end; ++at)
            EXPECT_TRUE(tags.insert((*at)[1]).second) << (*at)[1] << " is defined twice";
    }
    return tags;
}

std::set<std::string> cited_tags(std::string const& source) {
    std::set<std::string> tags;
    // "[tag §": the sign is two bytes.
    for (std::size_t at = source.find(" \xc2\xa7"); at != std::string::npos;
         at = source.find(" \xc2\xa7", at + 1)) {
        std::size_t const open = source.rfind('[', at);
        if (open == std::string::npos) continue;
        std::string const tag = source.substr(open + 1, at - open - 1);
        static std::regex const form("[a-z0-9][a-z0-9.-]*");
        if (std::regex_match(tag, form)) tags.insert(tag);
    }
    return tags;
}

bool is_rfc(std::string const& tag) {
    static std::regex const form("rfc[0-9]{3,4}");
    return std::regex_match(tag, form);
}

TEST(Sources, every_tag_that_is_cited_is_defined) {
    std::set<std::string> const defined = defined_tags(read(root() / "docs/reference/sources.md"));
    EXPECT_GT(defined.size(), 20u);
    unsigned cited = 0;
    for (char const* folder : {"kernel", "simulator", "visualizer", "labs", "tests"})
        for (auto const& [path, text] : sources_below(folder)) {
            if (path.rfind("tests/documents/", 0) == 0) continue;
            for (std::string const& tag : cited_tags(text)) {
                EXPECT_TRUE(defined.count(tag) || is_rfc(tag)) << path << " cites " << tag;
                ++cited;
            }
        }
    EXPECT_GT(cited, 100u);
}

TEST(Sources, tags_are_found_in_comments) {
    EXPECT_EQ(cited_tags("// as wanted [sdm-3a \xc2\xa7"
                         "4.5], [not a tag \xc2\xa7"
                         "1] and [rfc793 \xc2\xa7"
                         "3]\n"),
              (std::set<std::string>{"sdm-3a", "rfc793"}));
}

}  // namespace
}  // namespace documents
