// SPDX-License-Identifier: GPL-2.0-or-later
//
// Every lab's folder fits together: its lab.json, its exams, its tags and stubs,
// its cases.
#include "labs/grader/definition.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <regex>
#include <set>

#include "labs/grader/cases.hpp"
#include "labs/grader/exam.hpp"
#include "labs/grader/prove.hpp"
#include "labs/grader/starter.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

fs::path repository() { return std::getenv("VIV_ROOT"); }

constexpr char const* small =
    R"({"number": 9, "name": "x", "title": "X", "image": "hello", "files": ["kernel/a.cpp"],
    "checks": [{"id": "one", "title": "t", "kind": "host", "points": 60},
               {"id": "two", "title": "t", "kind": "simulator", "points": 40, "needs": ["one"]}],
    "budgets": {"boot": 5}})";

TEST(Definition, reads_files_checks_and_budgets) {
    auto const lab = parse_definition(small, "labs/09-x");
    ASSERT_EQ(lab.files.size(), 1u);
    EXPECT_EQ(lab.files[0].name, "a.cpp");
    EXPECT_EQ(lab.check("two").needs, std::vector<std::string>{"one"});
    EXPECT_EQ(lab.budget("boot"), 5u);
    EXPECT_THROW(lab.budget("other"), UsageError);
    EXPECT_THROW(lab.check("three"), UsageError);
    EXPECT_TRUE(lab.has(CheckKind::host));
    EXPECT_FALSE(lab.has(CheckKind::qemu));
}

TEST(Definition, what_does_not_fit_together_is_refused) {
    auto const with = [](std::string const& from, std::string const& to) {
        std::string text = small;
        return text.replace(text.find(from), from.size(), to);
    };
    EXPECT_THROW(parse_definition("{", ""), UsageError);
    EXPECT_THROW(parse_definition(with("\"host\"", "\"hope\""), ""), UsageError);
    EXPECT_THROW(parse_definition(with("[\"one\"]", "[\"two\"]"), ""), UsageError) << "needs itself";
    EXPECT_THROW(parse_definition(with("\"two\"", "\"one\""), ""), UsageError) << "twice";
}

TEST(Labs, have_the_checks_that_their_exams_judge_and_a_hundred_points) {
    auto const labs = load_definitions(repository());
    ASSERT_FALSE(labs.empty());
    for (auto const& lab : labs) {
        std::set<std::string> judged, named;
        for (auto const& exam : exams_of(lab.number)) judged.insert(exam.checks.begin(), exam.checks.end());
        int points = 0;
        for (auto const& check : lab.checks) {
            named.insert(check.id);
            points += check.points;
            if (check.points > 0) {
                EXPECT_EQ(check.hints.size(), 3u) << lab.number << " " << check.id << ": a ladder of three";
            }
        }
        EXPECT_EQ(judged, named) << lab.number;
        EXPECT_EQ(points, 100) << lab.number;
    }
}

TEST(Labs, have_a_stub_for_each_tagged_part_and_no_other) {
    for (auto const& lab : load_definitions(repository())) {
        std::set<std::string> parts, stubs;
        for (auto const& file : lab.files)
            for (auto const& part : tagged_parts(read_text(repository() / file.live)))
                if (part.lab == lab.number)
                    parts.insert(part.name + fs::path(file.name).extension().string());
        for (auto const& entry : fs::directory_iterator(lab.folder / "stubs"))
            stubs.insert(entry.path().filename().string());
        EXPECT_EQ(parts, stubs) << lab.number;
    }
}

TEST(Labs, have_a_mutant_for_each_check_ten_in_all_and_three_wheats) {
    for (auto const& lab : load_definitions(repository())) {
        if (lab.number == 0) continue;  // one flag: first_hour_test is enough
        auto const cases = load_cases(lab, repository());
        auto const count = [&](Case::Kind kind) {
            return std::count_if(cases.begin(), cases.end(),
                                 [kind](auto const& one) { return one.kind == kind; });
        };
        EXPECT_EQ(count(Case::Kind::starter), 1) << lab.number;
        EXPECT_GE(count(Case::Kind::mutant), 10) << lab.number;
        EXPECT_GE(count(Case::Kind::wheat), 3) << lab.number;
        EXPECT_EQ(checks_without_mutant(lab, cases), std::vector<std::string>()) << lab.number;
        for (auto const& one : cases) EXPECT_NO_THROW(std::regex(one.message)) << one.name;
        for (auto const& one : cases)
            if (one.kind == Case::Kind::wheat) {
                EXPECT_NE(one.files, cases[1].files) << one.name << " is the solution";
            }
    }
}

TEST(Mutants, change_what_stands_there_exactly_once) {
    std::map<std::string, std::string> const solution = {{"a.cpp", "one\ntwo\ntwo\n"}};
    std::string const head = "# Why.\ncheck: c\nmessage: m\nfile: a.cpp\n";
    auto const one = parse_mutant("x", head + "<<<<\none\n====\nthree\n>>>>\n", solution);
    EXPECT_EQ(one.files.at("a.cpp"), "three\ntwo\ntwo\n");
    EXPECT_EQ(one.about, "Why.");
    EXPECT_THROW(parse_mutant("x", head + "<<<<\ntwo\n====\n>>>>\n", solution), UsageError) << "twice";
    EXPECT_THROW(parse_mutant("x", head + "<<<<\nsix\n====\n>>>>\n", solution), UsageError) << "never";
    EXPECT_THROW(parse_mutant("x", head + "<<<<\none\n====\n", solution), UsageError) << "no end";
    EXPECT_THROW(parse_mutant("x", "check: c\n", solution), UsageError) << "no message";
}

}  // namespace
}  // namespace lab
