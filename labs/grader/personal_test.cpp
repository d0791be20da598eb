// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/personal.hpp"

#include <gtest/gtest.h>

#include <set>

#include "labs/grader/definition.hpp"

namespace lab {
namespace {

Definition definition() {
    return parse_definition(R"({"number": 4, "name": "x", "title": "X", "image": "hello", "files": [],
        "checks": [], "personal": {"rsp": {"first": "0x1008", "step": 16, "count": 1000},
                                   "last": {"first": 3, "step": 1, "count": 5}}})",
                            "labs/04-x");
}

TEST(PersonalNumbers, lie_where_the_lab_says_and_differ_from_student_to_student) {
    auto const lab = definition();
    std::set<std::uint64_t> seen, lasts;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        auto const number = personal_number(lab, "rsp", seed);
        EXPECT_EQ(number % 16, 8u);
        EXPECT_GE(number, 0x1008u);
        EXPECT_LT(number, 0x1008u + 16'000u);
        seen.insert(number);
        lasts.insert(personal_number(lab, "last", seed));
    }
    EXPECT_GT(seen.size(), 150u) << "of 200 students";
    EXPECT_EQ(lasts, (std::set<std::uint64_t>{3, 4, 5, 6, 7}));
    EXPECT_EQ(personal_number(lab, "rsp", 7), personal_number(lab, "rsp", 7));
}

TEST(PersonalNumbers, take_the_place_of_their_names) {
    auto const lab = definition();
    auto const rsp = personal_number(lab, "rsp", 5), last = personal_number(lab, "last", 5);
    auto const said = [&](char const* text) { return with_personal_numbers(text, lab, 5); };
    auto const hex = [](std::uint64_t number) {
        char text[24];
        std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(number));
        return std::string(text);
    };
    EXPECT_EQ(said("RSP is {{rsp}}."), "RSP is " + hex(rsp) + ".");
    EXPECT_EQ(said("{{rsp-0x30}} {{rsp+8}}"), hex(rsp - 0x30) + " " + hex(rsp + 8));
    EXPECT_EQ(said("{{rsp/16}} B{{last}}"), std::to_string(rsp / 16) + " B" + std::to_string(last));
    EXPECT_EQ(said("no number, { nor } here"), "no number, { nor } here");
}

TEST(PersonalNumbers, say_whose_they_are) {
    auto const questions = personal_questions("B{{last}}\n", definition(), 18'446'744'073'709'551'615u);
    EXPECT_EQ(seed_of_questions(questions), 18'446'744'073'709'551'615u) << questions;
    EXPECT_EQ(seed_of_questions("Your seed: 12, as was said\n"), std::nullopt) << "no line of its own";
    EXPECT_EQ(seed_of_questions("a\nYour seed: x\n"), std::nullopt);
    EXPECT_EQ(seed_of_questions(""), std::nullopt);
}

TEST(PersonalNumbers, that_the_lab_does_not_have_are_told) {
    auto const lab = definition();
    EXPECT_THROW(with_personal_numbers("{{rdp}}", lab, 1), UsageError);
    EXPECT_THROW(with_personal_numbers("{{rsp-}}", lab, 1), UsageError);
    EXPECT_THROW(personal_number(lab, "rdp", 1), UsageError);
}

}  // namespace
}  // namespace lab
