// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/answer_text.hpp"

#include <gtest/gtest.h>

namespace viz::model {
namespace {

using sim::machine::Moment;

std::string text_of(std::vector<AnswerPart> const& parts) {
    std::string text;
    for (auto const& part : parts) text += part.text;
    return text;
}

TEST(AnswerText, finds_moments_and_addresses_and_loses_nothing) {
    auto const none = sim::debug::Symbols::none();
    std::string const line =
        "    A set by the processor at 232665.2, for mov rdx, [rbp - 0x38] (0xffffffff80001234)";
    auto const parts = answer_parts(line, *none);
    EXPECT_EQ(text_of(parts), line);
    ASSERT_EQ(parts.size(), 5u);
    EXPECT_EQ(std::get<Moment>(parts[1].leads_to), (Moment{232665, 2}));
    EXPECT_EQ(parts[3].text, "0xffffffff80001234");
    EXPECT_EQ(std::get<DataAddress>(parts[3].leads_to).address, 0xffffffff80001234u);
}

TEST(AnswerText, a_number_is_a_moment_only_where_the_words_say_so) {
    auto const none = sim::debug::Symbols::none();
    auto leads = [&](std::string const& line) {
        for (auto const& part : answer_parts(line, *none))
            if (part.leads_to.index() != 0) return true;
        return false;
    };
    EXPECT_TRUE(leads("written at moment 215982 (215.982 us)"));
    EXPECT_FALSE(leads("frame 512, 128 frames from 512"));
    EXPECT_FALSE(leads("at physical 0x9eff8"));
    EXPECT_FALSE(leads("0x0 -> 0xa003"));
    EXPECT_FALSE(leads("called from nobody::knows+0x12 (file.cpp:12)"));
    EXPECT_FALSE(leads(""));
    EXPECT_FALSE(leads("at at at 0x 0xfffffffffffffffffffff"));
}

}  // namespace
}  // namespace viz::model
