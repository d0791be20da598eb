// SPDX-License-Identifier: MIT
//
// A comment that cites `[tag §4.5]` cites a document of docs/reference/sources.md, and
// registers do not stand in the kernel without a citation.
#include <gtest/gtest.h>

#include <algorithm>
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

// The first word in square brackets is a tag of the page: "[16550]", "[8254 "Mode Definitions"]".
bool cites_one_of(std::set<std::string> const& defined, std::string const& text) {
    static std::regex const form(R"(\[([a-z0-9][a-z0-9.-]*)[\] ])");
    for (std::sregex_iterator at(text.begin(), text.end(), form), end; at != end; ++at)
        if (defined.count((*at)[1]) || is_rfc((*at)[1])) return true;
    return false;
}

// What can be told for sure of a line that says where a register is or what its bits
// mean: a model-specific register, a list of registers, a port by its number, a typed
// register, a constant that a comment calls by the manual's own name (`// IA32_EFER`).
bool defines_registers(std::string const& line) {
    static std::regex const forms[] = {
        std::regex(R"(\bconstexpr\b.*\bmsr_\w+ =)"),
        std::regex(R"(^\s*namespace \w*(reg|field|offset)\w* \{)"),
        std::regex(R"(^\s*enum class \w*Reg(ister)?\w*\b)"),
        std::regex(R"(\bPort<[^>]*>[^;=]*\((0x[0-9a-f]+|[0-9]+)\))"),
        std::regex(R"(: (base::)?Register<)"),
        std::regex(R"(\bconstexpr\b[^=]*=[^;]*;\s*//\s*[A-Z][A-Z0-9_]+\b)"),
    };
    char const* const needed[] = {"constexpr", "namespace ", "enum class ", "Port<", "Register<"};
    auto const stands_in = [&](char const* word) { return line.find(word) != std::string::npos; };
    if (std::none_of(std::begin(needed), std::end(needed), stands_in)) return false;  // regexes are slow
    for (std::regex const& form : forms)
        if (std::regex_search(line, form)) return true;
    return false;
}

// The first such line of each paragraph (what blank lines part) that cites nothing.
std::vector<std::string> uncited_registers(std::set<std::string> const& defined, std::string const& source) {
    std::vector<std::string> uncited;
    std::string paragraph, found;
    auto const end_paragraph = [&] {
        if (!found.empty() && !cites_one_of(defined, paragraph)) uncited.push_back(found);
        paragraph.clear();
        found.clear();
    };
    std::istringstream lines(source);
    for (std::string line; std::getline(lines, line);) {
        if (line.find_first_not_of(" \t") == std::string::npos) end_paragraph();
        if (found.empty() && defines_registers(line)) found = line;
        paragraph += line + "\n";
    }
    end_paragraph();
    return uncited;
}

TEST(Sources, registers_are_defined_beside_a_citation) {
    std::set<std::string> const defined = defined_tags(read(root() / "docs/reference/sources.md"));
    unsigned looked_at = 0;
    for (char const* folder : {"kernel/arch", "kernel/devices"})
        for (auto const& [path, text] : sources_below(folder)) {
            if (path.find("_test.") != std::string::npos) continue;
            for (std::string const& line : uncited_registers(defined, text))
                ADD_FAILURE() << path << ": which manual says so?\n" << line;
            std::istringstream lines(text);
            for (std::string line; std::getline(lines, line);) looked_at += defines_registers(line);
        }
    EXPECT_GT(looked_at, 50u);  // else they are written in a way that this test does not see
}

TEST(Sources, a_register_without_a_citation_is_noticed) {
    std::set<std::string> const defined = {"sdm-4", "16550"};
    for (char const* line :
         {"constexpr std::uint32_t msr_efer = 0xc000'0080;", "namespace reg {",
          "enum class HpetRegister : int {", "    Port<std::uint8_t> const command(0x20), data(0x21);",
          "struct Cr0 : base::Register<Cr0> {", "constexpr unsigned line_status = 5;  // LSR"}) {
        std::string const text = line;
        EXPECT_EQ(uncited_registers(defined, "int a;\n" + text + "\n").size(), 1u) << text;
        EXPECT_TRUE(uncited_registers(defined, "// As in [16550 table 2].\n" + text + "\n").empty()) << text;
        EXPECT_TRUE(uncited_registers(defined, text + "  [sdm-4]").empty()) << text;
        EXPECT_EQ(uncited_registers(defined, "// [16550]\n\n" + text).size(), 1u) << "another paragraph";
        EXPECT_EQ(uncited_registers(defined, "// [hearsay]\n" + text).size(), 1u) << "no document";
    }
    for (char const* line : {"constexpr unsigned most_lines = 240;  // more is no such controller",
                             "arch::Port<std::uint32_t> const port(base);", "int registers = 0;"})
        EXPECT_TRUE(uncited_registers(defined, line).empty()) << line;
}

}  // namespace
}  // namespace documents
