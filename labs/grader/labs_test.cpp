// SPDX-License-Identifier: GPL-2.0-or-later
//
// Every lab from its students' side. In CI, for each lab: the starter, one mutant
// or one wheat, and the solution several times over. labs_long_test: all cases, and
// the solution a hundred times and for fifty students.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

#include "labs/grader/exam.hpp"
#include "labs/grader/prove.hpp"
#include "labs/grader/scratch.hpp"
#include "labs/grader/testing.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

bool const everything = long_test();

struct Tried {
    int lab;
    Case one;
};

// gtest prints it so.
void PrintTo(Tried const& tried, std::ostream* out) { *out << tried.lab << " " << tried.one.name; }

// The names of the tests are known before main(): read from the source tree.
std::vector<Tried> cases() {
    std::vector<Tried> all;
    if (!std::getenv("VIV_ROOT")) return all;
    for (auto const& definition : load_definitions(house().repository)) {
        // A mutant of the labs with an even number, a wheat of the others.
        auto const sample = definition.number % 2 == 0 ? Case::Kind::mutant : Case::Kind::wheat;
        int samples = 0;
        if (definition.number == 0) continue;  // first_hour_test
        for (auto const& one : load_cases(definition, house().repository)) {
            bool const sampled = one.kind == Case::Kind::starter || (one.kind == sample && samples++ == 0);
            if (everything || sampled) all.push_back({definition.number, one});
        }
    }
    return all;
}

// What was tried, by lab. It is left as a table: the sample in build/labs/NN-sample.md; when
// all cases of a lab were tried, by labs_long_test, in build/labs/NN-cases.md, and then it is
// the table that is kept with the lab.
std::map<int, std::vector<CaseResult>> results;

class Tables : public testing::Environment {
    void TearDown() override {
        for (auto const& [number, tried] : results) {
            auto const definition = find_definition(house().repository, number);
            bool const all = everything && tried.size() == load_cases(definition, house().repository).size();
            std::string const table = table_of(definition, tried);
            auto const made =
                house().build / "labs" / fmt::format("{:02}-{}.md", number, all ? "cases" : "sample");
            write_text(made, table);
            if (!all) continue;
            EXPECT_EQ(table, read_text(kept_table(definition)))
                << "look at the difference; then copy " << made << " to " << kept_table(definition);
        }
    }
};
auto* const tables = testing::AddGlobalTestEnvironment(new Tables);

class Labs : public testing::TestWithParam<Tried> {};

TEST_P(Labs, come_out_as_meant) {
    auto const definition = find_definition(house().repository, GetParam().lab);
    auto const result = try_case(house(), definition, GetParam().one);
    results[GetParam().lab].push_back(result);
    EXPECT_TRUE(result.as_meant) << result.why << "\n" << to_text(result.report);
    // The sample holds the table that is kept to the truth.
    EXPECT_NE(read_text(kept_table(definition)).find(row_of(result)), std::string::npos)
        << "labs/*/cases.md does not have this row: " << row_of(result);
}

// The words between the bars of a table's row.
std::vector<std::string> cells_of(std::string const& row) {
    std::vector<std::string> cells;
    for (std::size_t at = 1, end; (end = row.find('|', at)) != std::string::npos; at = end + 1) {
        auto const first = row.find_first_not_of(' ', at), last = row.find_last_not_of(' ', end - 1);
        cells.push_back(first < end ? row.substr(first, last + 1 - first) : "");
    }
    return cells;
}

struct Tally {
    int meant = 0, found = 0, alone = 0;
    bool operator==(Tally const&) const = default;
};
void PrintTo(Tally const& tally, std::ostream* out) {
    *out << tally.meant << " " << tally.found << " " << tally.alone;
}

// The table has every case that there is, each as it is meant, and no other; it has every
// check, with what the rows above say of it; and each check that gives points finds a mutant
// that no other finds. (That one is meant for each: definition_test.)
TEST(Table, tells_of_every_case_and_all_come_out_as_meant) {
    for (auto const& definition : load_definitions(house().repository)) {
        if (definition.number == 0) continue;  // first_hour_test
        SCOPED_TRACE("lab " + std::to_string(definition.number));
        std::istringstream lines(read_text(kept_table(definition)));
        std::set<std::string> told;
        std::map<std::string, Tally> counted;
        for (auto const& check : definition.checks) counted[check.id];
        std::string line;
        while (std::getline(lines, line) && line.rfind("| check |", 0) != 0) {
            if (line.rfind("| ", 0) != 0 || line.rfind("| case |", 0) == 0) continue;
            auto const cells = cells_of(line);
            ASSERT_EQ(cells.size(), 6u) << line;
            told.insert(cells[0]);
            EXPECT_EQ(cells[5], "yes") << line;
            if (cells[1] != name_of(Case::Kind::mutant)) continue;
            std::istringstream words(cells[3]);
            std::vector<std::string> failed;
            for (std::string word; words >> word;) failed.push_back(word);
            ++counted[cells[2]].meant;
            for (auto const& check : failed) {
                ++counted[check].found;
                counted[check].alone += failed.size() == 1;
            }
        }
        std::set<std::string> there;
        for (auto const& one : load_cases(definition, house().repository)) there.insert(one.name);
        EXPECT_EQ(told, there) << "./viv lab prove " << definition.number << " --table "
                               << kept_table(definition).string();
        std::map<std::string, Tally> kept;
        while (std::getline(lines, line)) {
            if (line.rfind("| ", 0) != 0) continue;
            auto const cells = cells_of(line);
            ASSERT_EQ(cells.size(), 5u) << line;
            auto const& check = definition.check(cells[0]);
            EXPECT_EQ(std::stoi(cells[1]), check.points) << line;
            kept[check.id] = {std::stoi(cells[2]), std::stoi(cells[3]), std::stoi(cells[4])};
            if (check.points > 0 && check.kind != CheckKind::explain) {
                EXPECT_GT(kept[check.id].alone, 0)
                    << check.id << " finds no mutant that nobody else finds: is it needed?";
            }
        }
        EXPECT_EQ(kept, counted);
    }
}

std::string name_of_test(testing::TestParamInfo<Tried> const& info) {
    std::string name = "lab" + std::to_string(info.param.lab) + "_" + name_of(info.param.one.kind) + "_" +
                       info.param.one.name;
    for (char& c : name)
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
    return name;
}

INSTANTIATE_TEST_SUITE_P(All, Labs, testing::ValuesIn(cases()), name_of_test);

std::vector<int> numbers() {
    std::vector<int> all;
    if (!std::getenv("VIV_ROOT")) return all;
    for (auto const& definition : load_definitions(house().repository))
        if (definition.number != 0) all.push_back(definition.number);
    return all;
}

class Solution : public testing::TestWithParam<int> {
protected:
    void SetUp() override {
        definition_ = find_definition(house().repository, GetParam());
        for (auto const& one : load_cases(definition_, house().repository))
            if (one.kind == Case::Kind::solution)
                for (auto const& [file, text] : one.files) write_text(folder_ / file, text);
        image_ = build_started(house(), definition_, {.folder = folder_, .lab = GetParam()});
        ASSERT_TRUE(image_.built) << image_.compiler_output;
    }

    Report judged(std::uint64_t seed, bool on_qemu = false) const {
        auto const answers = read_text(definition_.folder / "solution-explain.md");
        write_text(folder_ / "explain.md", personal_questions(answers, definition_, seed));
        return judge({.definition = definition_,
                      .folder = folder_,
                      .elf = image_.elf,
                      .original = house().build / "images" / (definition_.image + ".elf"),
                      .host = image_.host,
                      .tools = on_qemu ? house().build / "bin" : std::filesystem::path(),
                      .seed = seed});
    }

    ScratchFolder const scratch_;
    std::filesystem::path const folder_ = scratch_.path();
    Definition definition_;
    StudentImage image_;
};

// The same kernel, the same machine, the same verdict; another student's machine
// is another one, and the solution is right there, too.
TEST_P(Solution, gets_full_points_with_one_hash_and_for_every_student) {
    auto const first = judged(7, true);
    EXPECT_TRUE(first.passed()) << to_text(first);
    EXPECT_EQ(first.points(), 100);
    for (int again = 1; again < (everything ? 100 : 5); ++again) ASSERT_EQ(judged(7).hash, first.hash);
    for (std::uint64_t seed = 100; seed < (everything ? 150 : 101); ++seed) {
        auto const other = judged(seed * 1'000'003);
        EXPECT_EQ(other.points(), 100) << "seed " << seed * 1'000'003 << "\n" << to_text(other);
        EXPECT_NE(other.hash, first.hash) << "another student's machine is the same";
    }
}

INSTANTIATE_TEST_SUITE_P(All, Solution, testing::ValuesIn(numbers()),
                         [](auto const& lab) { return "lab" + std::to_string(lab.param) + "_solution"; });

}  // namespace
}  // namespace lab
