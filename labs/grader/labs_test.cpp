// SPDX-License-Identifier: GPL-2.0-or-later
//
// Every lab from its students' side. In CI: the starter, the solution, one mutant
// and one wheat of each lab. labs_long_test: all of them, and the solution many
// times over.
#include <gtest/gtest.h>

#include <cstdlib>

#include "labs/grader/prove.hpp"

#ifndef VIV_LONG
#define VIV_LONG 0
#endif

namespace lab {
namespace {

House house() { return {std::getenv("VIV_ROOT"), std::getenv("VIV_BUILD")}; }

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
        int mutants = 0, wheats = 0;
        if (definition.number == 0) continue;  // first_hour_test
        for (auto const& one : load_cases(definition, house().repository)) {
            bool const sampled = one.kind == Case::Kind::starter || one.kind == Case::Kind::solution ||
                                 (one.kind == Case::Kind::mutant && mutants++ == 0) ||
                                 (one.kind == Case::Kind::wheat && wheats++ == 0);
            if (VIV_LONG || sampled) all.push_back({definition.number, one});
        }
    }
    return all;
}

class Labs : public testing::TestWithParam<Tried> {};

TEST_P(Labs, come_out_as_meant) {
    auto const definition = find_definition(house().repository, GetParam().lab);
    auto const result = try_case(house(), definition, GetParam().one);
    EXPECT_TRUE(result.as_meant) << result.why << "\n" << to_text(result.report);
}

std::string name_of_test(testing::TestParamInfo<Tried> const& info) {
    std::string name = "lab" + std::to_string(info.param.lab) + "_" + name_of(info.param.one.kind) + "_" +
                       info.param.one.name;
    for (char& c : name)
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
    return name;
}

INSTANTIATE_TEST_SUITE_P(All, Labs, testing::ValuesIn(cases()), name_of_test);

// The same kernel, the same machine, the same verdict; another student's machine
// is another one, and the solution is right there, too.
TEST(Solution, gets_one_hash_and_every_students_seed_gets_full_points) {
    for (auto const& definition : load_definitions(house().repository)) {
        if (definition.number == 0) continue;
        for (auto const& one : load_cases(definition, house().repository)) {
            if (one.kind != Case::Kind::solution) continue;
            auto const first = try_case(house(), definition, one, 7);
            EXPECT_TRUE(first.as_meant) << first.why << "\n" << to_text(first.report);
            for (int again = 0; again < (VIV_LONG ? 99 : 1); ++again)
                ASSERT_EQ(try_case(house(), definition, one, 7).report.hash, first.report.hash);
            for (std::uint64_t seed = 100; seed < (VIV_LONG ? 150 : 101); ++seed) {
                auto const other = try_case(house(), definition, one, seed * 1'000'003);
                EXPECT_TRUE(other.as_meant) << "seed " << seed * 1'000'003 << ": " << other.why << "\n"
                                            << to_text(other.report);
                EXPECT_NE(other.report.hash, first.report.hash) << "another student's machine is the same";
            }
        }
    }
}

}  // namespace
}  // namespace lab
