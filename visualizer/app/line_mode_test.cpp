// SPDX-License-Identifier: GPL-2.0-or-later
//
// The line mode, over a machine whose processor is a script: what is typed, and
// what is told. tests with the real kernel are in demo_test.cpp.
#include "visualizer/app/line_mode.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "simulator/debug/queries/ask.hpp"
#include "simulator/debug/text.hpp"
#include "tests/fakes/script_machine.hpp"

namespace viz::app {
namespace {

using sim::machine::Moment;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Conversation : public ::testing::Test {
protected:
    Conversation() {
        sim::debug::SessionOptions options;
        options.asker = sim::debug::queries::ask_in_words;
        watch.session = std::make_unique<sim::debug::Session>(sim::debug::script::subject(), options);
        lines = std::make_unique<LineMode>(watch, [this](std::string_view text) { told += text; });
    }
    std::string say(std::string_view line) {
        told.clear();
        goes_on = lines->obey(line);
        return told;
    }
    Watch watch;
    std::string told;
    std::unique_ptr<LineMode> lines;
    bool goes_on = true;
};

TEST_F(Conversation, steps_both_ways_and_says_where_it_stands) {
    EXPECT_EQ(say("step.instruction 4"), "paused at 4, 4 ns: 0x4\n");
    EXPECT_EQ(say("step.instruction.back 3"), "paused at 1, 1 ns: 0x1\n");
    EXPECT_THAT(say("step.instruction.back 9"), HasSubstr("this is the beginning\n"));
    EXPECT_THAT(say("1000"), StartsWith("paused at 1000, "));
    EXPECT_THAT(say("next.packet"), HasSubstr("paused at 1"));
    EXPECT_THAT(say("packet:1"), HasSubstr("selected: packet 1"));
    EXPECT_THAT(say("back"), HasSubstr("paused at 1"));
    EXPECT_EQ(say(""), "");
    EXPECT_EQ(say("  # a remark"), "");
    EXPECT_EQ(lines->refused(), 0u);
    say("quit");
    EXPECT_FALSE(goes_on);
}

TEST_F(Conversation, a_hunt_for_the_writer_of_a_byte) {
    say("3000");
    EXPECT_THAT(say("stop.add watch u64[0x4000]"), HasSubstr("watchpoint 1"));
    EXPECT_THAT(say("continue.back"), HasSubstr("watchpoint 1"));
    EXPECT_THAT(say("ask.question last-write phys:0x4000"), HasSubstr("0x4"));
    EXPECT_THAT(say("stops"), HasSubstr("watchpoint 1"));
    EXPECT_THAT(say("stop.remove 1"), HasSubstr("no breakpoint, watchpoint or condition"));
    EXPECT_THAT(say("show.memory 0x4000"), HasSubstr("0000000000004000 "));
    EXPECT_EQ(lines->refused(), 0u);
}

TEST_F(Conversation, another_future_is_begun_and_compared) {
    say("2000");
    say("500");
    EXPECT_THAT(say("write phys:0x8000 0x5a"), HasSubstr("became 0x5a"));
    EXPECT_THAT(say("1500"), HasSubstr(", branch 1 fork 1\n"));
    std::string const compared = say("compare original");
    EXPECT_THAT(compared, HasSubstr("not the same\n"));
    EXPECT_THAT(compared, HasSubstr("first difference: another input: none | a write of 1 byte to 0x8000 at 500"));
    EXPECT_THAT(say("branches"), HasSubstr("fork 1"));
    EXPECT_THAT(say("branch.name 1 one more"), "");
    EXPECT_THAT(say("branch original"), HasSubstr("paused at 500, "));
    EXPECT_THAT(say("branch one more"), HasSubstr(", branch 1 one more"));
    EXPECT_EQ(lines->refused(), 0u);
}

TEST_F(Conversation, every_view_is_printed_and_is_json_on_demand) {
    say("700");
    for (auto const& view : sim::debug::text_views()) {
        EXPECT_NE(say(view.name), "") << view.name;
        std::string const json = say(fmt::format("json {}", view.name));
        EXPECT_FALSE(nlohmann::json::parse(json, nullptr, false).is_discarded()) << view.name << ": " << json;
    }
    for (auto const& view : model::all_views())
        EXPECT_NE(say(fmt::format("view {}", view.name)), "") << view.name;
    EXPECT_EQ(lines->refused(), 0u);
}

TEST_F(Conversation, help_lists_what_can_be_typed) {
    std::string const help = say("help");
    for (char const* word : {"step.line", "go.place PLACE", "compare BRANCH", "threads", "json VIEW"})
        EXPECT_THAT(help, HasSubstr(word));
    EXPECT_THAT(help, Not(HasSubstr("palette")));
    EXPECT_THAT(say("help fork"), StartsWith("  fork [NAME]"));
}

TEST_F(Conversation, what_is_wrong_is_refused_in_one_line) {
    for (char const* line :
         {"nonsense", "step", "json nonsense", "go.place nowhere", "write 0x1000", "stop.remove 7",
          "branch 9", "compare original", "palette", "go", "ask.question nonsense", "stop.add nonsense",
          "help nonsense", "ask.wrote", "write phys:0xffffffffffff 1"}) {
        unsigned const before = lines->refused();
        std::string const text = say(line);
        EXPECT_THAT(text, StartsWith("refused: ")) << line;
        EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
        EXPECT_EQ(lines->refused(), before + 1) << line;
    }
}

// Anything may stand in a line; the machine's own life stays what it was.
TEST_F(Conversation, random_lines_never_harm) {
    constexpr unsigned seed = 20260102;
    std::mt19937 random(seed);
    std::vector<std::string> words = {
        "1000", "0x10", "packet:1", "\xff\xfe", "thread", "phys:0x0", "999999999999999999999",
        "end",  "line", "original", "1",        "-1",     "@3",       "watch",
        "when"};
    std::vector<std::string> names;
    for (auto const& c : model::all_commands()) switch (c.id) {
            case model::CommandId::run_pause:  // these run on for ever: here no thread is ever switched
            case model::CommandId::next_switch:
            case model::CommandId::step_out:
            case model::CommandId::choose_unit:
            case model::CommandId::next_unit:
            case model::CommandId::save_branch:  // leaves a file
            case model::CommandId::quit:
                break;
            default:
                names.emplace_back(c.name);
        }
    say("400");
    for (unsigned i = 0; i < 400; ++i) {
        std::string line = names[random() % names.size()];
        for (unsigned n = random() % 3; n > 0; --n) line += " " + words[random() % words.size()];
        SCOPED_TRACE(fmt::format("seed {}: {}", seed, line));
        say(line);
        ASSERT_TRUE(goes_on);
    }
}

}  // namespace
}  // namespace viz::app
