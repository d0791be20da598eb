// SPDX-License-Identifier: MIT
//
// docs/reference/tcp-requirements.md: every id of RFC 9293 stands there once, with
// code that names it and tests that exist, or with the reason why not. Tells how
// many there are of each kind.
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <map>

#include "tests/documents/requirements_table.hpp"

namespace documents {
namespace {

struct Row {
    std::string id, requirement, where, test;
};

std::vector<Row> rows_of(std::string const& table) {
    static std::regex const id("(MUST|SHLD|MAY|REC)-[0-9]+");
    std::vector<Row> rows;
    std::istringstream lines(table);
    for (std::string line; std::getline(lines, line);) {
        std::vector<std::string> const cells = cells_of(line);
        if (cells.empty() || !std::regex_match(cells[0], id)) continue;
        EXPECT_EQ(cells.size(), 4u) << line;
        if (cells.size() == 4) rows.push_back({cells[0], cells[1], cells[2], cells[3]});
    }
    return rows;
}

bool begins(std::string const& text, char const* with) { return text.rfind(with, 0) == 0; }

std::string kind_of(Row const& row) {
    if (begins(row.test, "`")) return "tested";
    for (char const* kind : {"by construction", "not taken", "no application here", "deviation: ", "missing"})
        if (begins(row.test, kind)) return kind;
    return "";
}

// "MUST-36" in the text, by itself or inside "MUST-35 to MUST-37".
bool names(std::string const& text, std::string const& id) {
    std::string const kind = id.substr(0, id.find('-') + 1);
    int const number = std::stoi(id.substr(kind.size()));
    std::regex const pattern(kind + "([0-9]+)(?: to " + kind + "([0-9]+))?");
    for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) {
        int const first = std::stoi((*at)[1]);
        int const last = (*at)[2].matched ? std::stoi((*at)[2]) : first;
        if (first <= number && number <= last) return true;
    }
    return false;
}

// What is wrong with a row; empty: nothing. `read_file` gives the text of a file of the stack.
template <class ReadFile>
std::string objection(Row const& row, std::set<std::string> const& tests, ReadFile read_file) {
    std::string const kind = kind_of(row);
    if (kind.empty()) return "neither a test nor a reason";
    for (std::string const& file : code_in(row.where))
        if (!names(read_file(file), row.id)) return file + " does not name it";
    if (kind == "by construction" && row.where.empty()) return "says not where";
    if (kind != "tested") return "";
    if (row.where.empty()) return "says not where";
    for (std::string const& test : code_in(row.test))
        if (!tests.count(test)) return "there is no test " + test;
    return "";
}

std::set<std::string> all_ids() {
    std::set<std::string> ids = {"REC-1"};
    for (int i = 1; i <= 69; ++i) ids.insert("MUST-" + std::to_string(i));
    for (int i = 1; i <= 31; ++i) ids.insert("SHLD-" + std::to_string(i));
    for (int i = 1; i <= 18; ++i) ids.insert("MAY-" + std::to_string(i));
    return ids;
}

std::vector<Row> table() { return rows_of(read(root() / "docs/reference/tcp-requirements.md")); }

TEST(TcpRequirements, every_id_stands_there_once) {
    std::set<std::string> missing = all_ids();
    for (Row const& row : table()) EXPECT_EQ(missing.erase(row.id), 1u) << row.id << " twice, or unknown";
    EXPECT_TRUE(missing.empty()) << *missing.begin();
}

TEST(TcpRequirements, every_row_has_code_and_tests_or_a_reason) {
    std::set<std::string> const tests = existing_tests();
    auto const file = [](std::string const& name) { return read(root() / "kernel/net" / name); };
    std::map<std::string, std::map<std::string, int>> counts;
    for (Row const& row : table()) {
        EXPECT_EQ(objection(row, tests, file), "") << row.id << ": " << row.requirement;
        std::string const level = row.id.substr(0, row.id.find('-'));
        ++counts[level][kind_of(row)];
        ++counts[level]["of"];
    }
    std::string line;
    for (char const* level : {"MUST", "SHLD", "MAY", "REC"}) {
        line += (line.empty() ? "" : "; ") + std::string(level) + ":";
        for (auto const& [kind, count] : counts[level])
            if (kind != "of")
                line += " " + std::to_string(count) + " " + kind.substr(0, kind.find(':')) + ",";
        line += " of " + std::to_string(counts[level]["of"]);
    }
    tell("rfc9293", line);
}

// What lies in the halves of a connection, the textbook's have as well, and the same scripts say so.
TEST(TcpRequirements, the_textbooks_halves_have_what_lies_in_the_full_ones) {
    std::string const list = read(root() / "kernel/net/CMakeLists.txt");
    std::string const scripts = list.substr(list.find("kernel_library(net_textbook"));
    unsigned found = 0;
    for (char const* half : {"sender", "receiver"}) {
        std::filesystem::path const folder = root() / "kernel/net/tcp/textbook";
        std::string const code =
            read(folder / (half + std::string(".hpp"))) + read(folder / (half + std::string(".cpp")));
        for (Row const& row : table()) {
            if (row.where.find("`tcp/" + std::string(half) + ".") == std::string::npos) continue;
            ++found;
            EXPECT_TRUE(names(code, row.id)) << half << ": " << row.id << ": " << row.requirement;
            for (std::string const& test : code_in(row.test)) {
                std::string file = test.substr(0, test.find('.'));  // a suite, told by its file's name
                if (file == "KeepAlive" || file == "Trouble") file = "settings";
                for (char& c : file) c = static_cast<char>(std::tolower(c));
                EXPECT_NE(scripts.find("tcp/" + file + "_test.cpp"), std::string::npos) << test;
            }
        }
    }
    EXPECT_GT(found, 25u);
}

// What RFC 1122 wants of the rest, by ids of our own: each once, with tests.
TEST(TcpRequirements, what_lies_below_tcp_has_tests) {
    std::set<std::string> missing;
    for (int i = 1; i <= 14; ++i) missing.insert("H" + std::to_string(i));
    std::set<std::string> const tests = existing_tests();
    std::istringstream lines(read(root() / "docs/reference/tcp-requirements.md"));
    for (std::string line; std::getline(lines, line);) {
        std::vector<std::string> const cells = cells_of(line);
        if (cells.size() != 3 || cells[0].size() < 2 || cells[0][0] != 'H') continue;
        EXPECT_EQ(missing.erase(cells[0]), 1u) << cells[0] << " twice, or unknown";
        EXPECT_FALSE(code_in(cells[2]).empty()) << cells[0] << " has no test";
        for (std::string const& test : code_in(cells[2]))
            EXPECT_TRUE(tests.count(test)) << cells[0] << ": there is no test " << test;
    }
    EXPECT_TRUE(missing.empty()) << *missing.begin();
}

TEST(TcpRequirements, what_is_wrong_with_a_row_is_noticed) {
    auto const rows = rows_of(
        "| id | requirement |\n| MUST-1 | sing | `a` | `A.b` |\n| MUST-2 | dance | `a` | `A.c` |\n"
        "| MUST-3 | rest | | |\n| MUST-4 | jump | `b` | `A.b` |\n| SHLD-1 | be | `a` | by construction |\n"
        "| MAY-1 | hum | | not taken: hoarse |\n| MUST-6 | eat | `a` | `A.b` |\n| MUST-9 | run | | `A.b` "
        "|\n");
    ASSERT_EQ(rows.size(), 8u);
    std::set<std::string> const tests = {"A.b"};
    auto const file = [](std::string const& name) {
        return name == "a" ? "MUST-1, MUST-2; SHLD-1; MUST-5 to MUST-7" : "MUST-14 MUST-40";
    };
    EXPECT_EQ(objection(rows[0], tests, file), "");
    EXPECT_EQ(objection(rows[1], tests, file), "there is no test A.c");
    EXPECT_EQ(objection(rows[2], tests, file), "neither a test nor a reason");
    EXPECT_EQ(objection(rows[3], tests, file), "b does not name it");
    EXPECT_EQ(objection(rows[4], tests, file), "");
    EXPECT_EQ(objection(rows[5], tests, file), "");
    EXPECT_EQ(objection(rows[6], tests, file), "");
    EXPECT_EQ(objection(rows[7], tests, file), "says not where");
}

}  // namespace
}  // namespace documents
