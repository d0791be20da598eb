// SPDX-License-Identifier: MIT
//
// Recordings compared as a user compares them: a life with itself, with one that
// got another input, and with one of another kernel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "simulator/board/pc.hpp"
#include "simulator/recording/parent.hpp"
#include "simulator/recording/replay.hpp"
#include "tests/scenario/program.hpp"

namespace {

using nlohmann::json;
using scenario::Folder;
using testing::HasSubstr;

// A run of the philosophers, recorded.
std::string const& dining() {
    static Folder folder;
    static std::string const file = [] {
        std::string const name = folder / "dining.run";
        EXPECT_EQ(scenario::run(scenario::viv({"run", "dining", "--record", name})).status, 0);
        return name;
    }();
    return file;
}

json compared(std::string const& one, std::string const& other, int status) {
    auto const r = scenario::run(scenario::viv({"compare", one, other, "--json"}));
    EXPECT_EQ(r.status, status) << r.out << r.err;
    json const line = json::parse(r.out, nullptr, false);
    EXPECT_TRUE(line.is_object()) << r.out;
    return line;
}

TEST(Compare, a_life_is_the_same_as_itself) {
    json const c = compared(dining(), dining(), 0);
    EXPECT_EQ(c["same"], true);
    EXPECT_EQ(c["no_first_difference"], "one life");
    EXPECT_TRUE(c["sections"].empty()) << c["sections"];
}

TEST(Compare, two_moments_of_one_life_differ_by_structure) {
    json const c = compared(dining() + "@switch:5", dining() + "@switch:9", 1);
    EXPECT_EQ(c["no_first_difference"], "one life");
    ASSERT_TRUE(c["sections"].contains("threads")) << c["sections"];
    ASSERT_TRUE(c["sections"].contains("pages"));
    // The scheduler's own counter lies in a page that both name by its symbol or owner.
    EXPECT_THAT(c["sections"]["pages"].dump(), HasSubstr("frame 0x"));
    EXPECT_TRUE(c["sections"].contains("registers"));
}

TEST(Compare, a_fork_differs_from_its_parent_by_the_input_that_made_it) {
    Folder folder;
    std::string const child = folder / "fork.run";
    {
        sim::recording::Replay replay(dining());
        sim::machine::Machine& m = replay.machine();
        m.seek({600'000, 0});
        auto const parent =
            sim::recording::parent_of("fork", "dining.run", m.config(), m.log().inputs(), m.moment());
        // Of a page that nobody uses: the first difference is the byte, and nothing else.
        m.give({"memory", sim::machine::InputKind::poke, {0x00, 0x80, 0, 0, 0, 0, 0, 0, 0x5a}});
        while (!m.ended() && m.run({.moment = {m.moment().retired + 1'000'000, 0}}).stop ==
                                 sim::machine::RunStop::reached) {
        }
        sim::recording::save_life(child, m, parent);
    }
    json const c = compared(dining(), child, 1);
    EXPECT_THAT(c["relation"].get<std::string>(), HasSubstr("is a fork of"));
    EXPECT_EQ(c["first"]["one"], "600000.1") << c["first"];
    EXPECT_THAT(c["first"]["cause"].get<std::string>(), HasSubstr("a write of 1 byte to 0x8000"));
    // Before the fork both are one life.
    json const before = compared(dining() + "@599999", child + "@599999", 0);
    EXPECT_EQ(before["same"], true);
    auto const text = scenario::run(scenario::viv({"compare", dining(), child}));
    EXPECT_THAT(text.out, HasSubstr("first difference: another input: none | a write of 1 byte to 0x"));
}

TEST(Compare, different_kernels_are_aligned_by_what_happened) {
    Folder folder;
    std::string const other = folder / "hello.run";
    ASSERT_EQ(scenario::run(scenario::viv({"run", "hello", "--record", other})).status, 0);
    json const c = compared(dining(), other, 1);
    EXPECT_EQ(c["same_image"], false);
    EXPECT_TRUE(c.contains("first")) << c;
    EXPECT_EQ(c["sections"].value("registers", json{{"counts", false}})["counts"], false);
    // Pointers by symbol, never by address.
    EXPECT_THAT(c["sections"]["registers"].dump(), testing::Not(HasSubstr("0xffff8")));
}

TEST(Compare, says_what_is_wrong_in_one_line) {
    auto const no_event = scenario::run(scenario::viv({"compare", dining() + "@packet:99", dining()}));
    EXPECT_EQ(no_event.status, 2);
    EXPECT_THAT(no_event.err, HasSubstr("has no packet:99: only"));
    auto const no_moment = scenario::run(scenario::viv({"compare", dining() + "@nowhere", dining()}));
    EXPECT_EQ(no_moment.status, 2);
    EXPECT_THAT(no_moment.err, HasSubstr("is no moment"));
    EXPECT_EQ(scenario::run(scenario::viv({"compare", dining(), "/nowhere.run"})).status, 2);
}

}  // namespace
