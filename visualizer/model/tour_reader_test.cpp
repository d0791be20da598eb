// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/tour_reader.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace viz::model {
namespace {

using ::testing::HasSubstr;

constexpr char const* small = R"(# a remark
tour small-one
title A small tour
about Two lines
    are one.
minutes 5
machine http ip=10.0.0.1/24
memory 32
seed 7
peer fetch peer=10.0.0.1
link delay=1ms,loss=1%
fault drop tcp syn 1 from peer
until 200ms

step One
goto packet:6
layout network
highlight thread idle
say Here it is: this
    goes on.
note For the presenter.
predict What comes next?
choice rax == 1 => One
choice packets shows [SYN] => Two
choice console hides panic => Three
run until probe:lock_wait:2
reveal Because.
expect at packet:6

step Two
say Do it.
wait step.line => Step one line
run until when rax == 5
run for 100
try what-if => Try it
write 0x1000 1
end try
)";

Tour read(std::string_view text) {
    auto const found = read_tour(text);
    if (auto const* error = std::get_if<TourError>(&found)) {
        ADD_FAILURE() << explain(*error, "test.tour");
        return {};
    }
    return *std::get<TourPtr>(found);
}

std::string refusal(std::string_view text) {
    auto const found = read_tour(text);
    auto const* error = std::get_if<TourError>(&found);
    return error ? explain(*error, "t.tour") : "";
}

TEST(TourReader, reads_what_the_reference_page_shows) {
    Tour const tour = read(small);
    EXPECT_EQ(tour.name, "small-one");
    EXPECT_EQ(tour.about, "Two lines are one.");
    EXPECT_EQ(tour.minutes, 5u);
    EXPECT_EQ(tour.machine.application, "http");
    EXPECT_EQ(tour.machine.append, "ip=10.0.0.1/24");
    EXPECT_EQ(tour.machine.memory_mib, 32u);
    ASSERT_EQ(tour.machine.peer.size(), 1u);
    EXPECT_EQ(tour.machine.peer[0].append, "peer=10.0.0.1");
    EXPECT_EQ(tour.machine.faults.size(), 1u);
    EXPECT_EQ(tour.machine.until_ns, 200'000'000u);
    ASSERT_EQ(tour.steps.size(), 2u);
    ASSERT_EQ(tour.steps[0].actions.size(), 9u);
    EXPECT_EQ(std::get<TourDo>(tour.steps[0].actions[0].what).line, "goto packet:6");
    EXPECT_EQ(std::get<TourSay>(tour.steps[0].actions[3].what).text, "Here it is: this goes on.");
    auto const& predict = std::get<TourPredict>(tour.steps[0].actions[5].what);
    ASSERT_EQ(predict.choices.size(), 3u);
    EXPECT_EQ(predict.choices[0].right_if.kind, TourCheck::Kind::expression);
    EXPECT_EQ(predict.choices[1].right_if.kind, TourCheck::Kind::shows);
    EXPECT_EQ(predict.choices[1].right_if.text, "[SYN]");
    EXPECT_EQ(predict.choices[2].right_if.kind, TourCheck::Kind::hides);
    EXPECT_TRUE(std::get<TourRunUntil>(tour.steps[1].actions[2].what).stop);
    EXPECT_EQ(tour.steps[0].actions[0].line, 16u);
}

TEST(TourReader, what_is_written_is_read_again) {
    Tour const tour = read(small);
    std::string const text = to_text(tour);
    Tour const again = read(text);
    EXPECT_EQ(to_text(again), text);
    EXPECT_EQ(again.machine, tour.machine);
}

TEST(TourReader, says_what_is_wrong_and_where) {
    std::string const head = "tour t\ntitle x\nmachine http\n";
    struct Wrong {
        std::string text, part;
    };
    std::vector<Wrong> const wrong = {
        {"", "an empty tour"},
        {"title x\n", "begins with \"tour NAME\""},
        {"tour Big Name\n", "no name of a tour"},
        {head, "without steps"},
        {"tour t\nstep x\n", "says \"title"},
        {"tour t\ntitle x\nstep x\n", "machine APPLICATION"},
        {head + "title y\n", "a second \"title\""},
        {head + "colour red\n", "no word of a tour's head"},
        {head + "memory lots\n", "want a number from 1 to 4096"},
        {head + "link delay=1ms\nstep x\nsay y\n", "there is none"},
        {head + "peer fetch\nfault drop everything\nstep x\nsay y\n", "fault"},
        {head + "peer fetch\nfault drop tcp syn 1 from moon\nstep x\nsay y\n", "neither machine nor peer"},
        {head + "peer fetch\nlink delay=fast\nstep x\nsay y\n", "link"},
        {head + "until later\n", "want a virtual time"},
        {head + "step\nsay y\n", "says nothing"},
        {head + "step x\ngoto packet:1\n", "says nothing to the learner"},
        {head + "step x\nsay y\nfly away\n", "\"fly\" is neither a word of tours"},
        {head + "step x\nsay y\nquit\n", "no part of a tour"},
        {head + "step x\nsay y\nbranch.save 0 /etc/passwd\n", "no part of a tour"},
        {head + "step x\nsay y\nlayout kitchen\n", "is no perspective"},
        {head + "step x\nsay y\nview kitchen\n", "is no view"},
        {head + "step x\nsay y\nstep.line many\n", "is no number"},
        {head + "step x\nsay y\ngoto\n", "missing"},
        {head + "step x\nsay y\nrun until lunch:1\n", "no kind of event"},
        {head + "step x\nsay y\nrun until when\n", "run until"},
        {head + "step x\nsay y\nrun away\n", "run \"away\""},
        {head + "step x\nsay y\npredict z?\nreveal a\n", "at least two choices"},
        {head + "step x\nsay y\npredict z?\nchoice 1 => a\nchoice 0 => b\n", "asks and never answers"},
        {head + "step x\nsay y\nchoice 1 => a\n", "a choice of nothing"},
        {head + "step x\npredict z?\nchoice yes\n", "want \"choice CHECK => TEXT\""},
        {head + "step x\npredict z?\nchoice nothing shows a => b\n", "is no view with a text"},
        {head + "step x\nsay y\nreveal a\n", "answers nothing"},
        {head + "step x\nsay y\ntry a => b\n", "without its end"},
        {head + "step x\nsay y\nend try\n", "ends nothing"},
        {head + "step x\nsay y\nexpect\n", "a check of nothing"},
        {head + "step x\nsay y\nexpect at lunch\n", "is no moment"},
        {head + "step x\nsay y\ttab\n", "cannot be shown"},
        {head + "step x\nsay \xff\xfe\n", "cannot be shown"},
        {"    on\n", "there is none"},
    };
    for (Wrong const& w : wrong) EXPECT_THAT(refusal(w.text), HasSubstr(w.part)) << w.text;
    EXPECT_THAT(refusal(head + "step x\nsay y\nfly\n"), HasSubstr("t.tour:6: "));
}

TEST(TourReader, is_bounded) {
    std::string const head = "tour t\ntitle x\nmachine http\n";
    EXPECT_THAT(refusal(std::string(TourLimits::file_bytes + 1, '#')), HasSubstr("too long"));
    EXPECT_THAT(refusal(head + "step x\nsay " + std::string(TourLimits::text_bytes + 1, 'x')),
                HasSubstr("nobody reads more"));
    EXPECT_THAT(refusal(head + "step x\nsay " + std::string(TourLimits::line_bytes, 'x')),
                HasSubstr("a line of"));
    std::string many = head;
    for (unsigned i = 0; i <= TourLimits::steps; ++i) many += "step x\nsay y\n";
    EXPECT_THAT(refusal(many), HasSubstr("more than 100 steps"));
    std::string full = head + "step x\n";
    for (unsigned i = 0; i <= TourLimits::actions; ++i) full += "say y\n";
    EXPECT_THAT(refusal(full), HasSubstr("more than 64 lines"));
    std::string endless = head + "step x\nsay y\n";
    for (unsigned i = 0; i < 1000; ++i) endless += "    and on and on and on and on\n";
    EXPECT_THAT(refusal(endless), HasSubstr("too long"));
}

// A tour from anywhere: every damage is read or refused in one line.
TEST(TourReader, survives_any_damage) {
    std::uint32_t const seed = 4711;
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937 random(seed);
    auto const below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    for (unsigned i = 0; i < 3000; ++i) {
        std::string text = small;
        for (std::size_t k = below(6) + 1; k-- > 0;) {
            std::size_t const at = below(text.size());
            switch (below(4)) {
                case 0:
                    text[at] = static_cast<char>(random());
                    break;
                case 1:
                    text.erase(at, below(20) + 1);
                    break;
                case 2:
                    text.insert(at, text.substr(below(text.size()), below(30)));
                    break;
                default:
                    text[at] = '\n';
            }
            if (text.empty()) text = "x";
        }
        auto const found = read_tour(text);
        if (auto const* error = std::get_if<TourError>(&found)) {
            EXPECT_FALSE(error->what.empty());
            EXPECT_EQ(error->what.find('\n'), std::string::npos) << error->what;
        } else {
            std::string const once = to_text(*std::get<TourPtr>(found));
            EXPECT_EQ(to_text(read(once)), once);
        }
    }
}

TEST(TourReader, knows_which_places_another_build_has_elsewhere) {
    for (char const* place : {"123456", "12.5ms", "123456.2"}) EXPECT_TRUE(bound_to_build(place)) << place;
    for (char const* place : {"packet:6", "segment:SYN", "fault:1", "start", "end", "probe:lock_wait:2", "0", "kernel_main"})
        EXPECT_FALSE(bound_to_build(place)) << place;
}

TEST(TourReader, has_words_of_its_own_for_the_table) {
    EXPECT_EQ(table_line("goto packet:6"), "go.place packet:6");
    EXPECT_EQ(table_line("layout network"), "perspective network");
    EXPECT_EQ(table_line("alone walk"), "view.alone walk");
    EXPECT_EQ(table_line("highlight thread idle"), "select thread idle");
    EXPECT_EQ(table_line("step.line 3"), "step.line 3");
}

}  // namespace
}  // namespace viz::model
