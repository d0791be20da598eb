// SPDX-License-Identifier: GPL-2.0-or-later
//
// What gdb changes and asks, on a machine whose processor is a script.
#include "simulator/debug/gdb/machine_target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/fakes/script_machine.hpp"

namespace sim::debug::gdb {
namespace {

using machine::Moment;
using testing::HasSubstr;
using testing::Not;

struct Rig {
    explicit Rig(Subject s = script::subject())
        : subject(std::move(s)), machine(subject.world->machine()), target({machine, "", {}, {}}) {}
    std::string monitor(std::string const& line) {
        return target.monitor(line, {[](std::string_view) {}, [] { return false; }});
    }
    Subject subject;
    machine::Machine& machine;
    MachineTarget target;
};

TEST(MachineTarget, begins_no_branch_for_a_change_that_cannot_be) {
    Rig rig;
    rig.machine.run({.moment = {2000, 0}});
    rig.monitor("seek 500");
    std::uint8_t const bytes[] = {1, 2};
    EXPECT_THAT(rig.target.write(true, 0x8000, bytes), HasSubstr("monitor fork on"));
    rig.monitor("fork on");
    std::uint64_t const end = 1 << 20;  // of RAM
    EXPECT_THAT(rig.target.write(true, end - 1, bytes), HasSubstr("no RAM at"));
    EXPECT_THAT(rig.target.write(false, 0x1234'5678'9000, bytes), HasSubstr("no RAM at"));
    EXPECT_THAT(rig.target.write_register(40, 0), HasSubstr("cannot be changed"));
    EXPECT_EQ(rig.target.write(true, 0x8000, {}), "");  // gdb asks so whether it may
    EXPECT_THAT(rig.monitor("branches"), Not(HasSubstr("fork 1")));
    EXPECT_TRUE(rig.machine.log().inputs().empty());
    EXPECT_EQ(rig.target.write(true, end - 2, bytes), "");
    EXPECT_THAT(rig.monitor("branches"), HasSubstr("*  1 fork 1"));
    std::uint8_t last = 0;
    rig.machine.peek(end - 1, {&last, 1});
    EXPECT_EQ(last, 2);
}

TEST(MachineTarget, seeks_every_kind_of_moment_that_is_known) {
    Rig rig;
    rig.machine.run({.moment = {2000, 0}});
    EventView const events = rig.target.observation().events().view();
    ASSERT_GT(events.group(EventGroup::packets).size(), 4u);
    rig.monitor("seek packet:3");
    EXPECT_EQ(rig.machine.moment(), events.all[*events.nth(EventGroup::packets, 3)].at);
    rig.monitor("seek interrupt:2");
    EXPECT_EQ(rig.machine.moment(), events.all[*events.nth(EventGroup::interrupts, 2)].at);
    rig.monitor("seek 1,500");
    EXPECT_EQ(rig.machine.moment(), (Moment{1500, 0}));
    std::uint64_t const ns = rig.machine.virtual_ns();
    rig.monitor("seek 40.1");
    rig.monitor("seek " + std::to_string(ns) + "ns");
    EXPECT_EQ(rig.machine.virtual_ns(), ns);
    rig.monitor("seek start");
    EXPECT_EQ(rig.machine.moment(), Moment{});
    rig.monitor("seek end");
    EXPECT_EQ(rig.machine.moment(), (Moment{2000, 0}));
    for (char const* wrong :
         {"seek packet:9999", "seek noon", "seek", "seek 2001", "seek 90s", "seek bookmark:x"}) {
        EXPECT_TRUE(
            nlohmann::json::parse(rig.monitor(std::string(wrong) + " --json"))["answer"].contains("problem"))
            << wrong;
        EXPECT_EQ(rig.machine.moment(), (Moment{2000, 0})) << wrong;
    }
}

TEST(MachineTarget, answers_each_word_on_one_line_of_json_when_asked) {
    Rig rig;
    rig.machine.run({.moment = {100, 0}});
    std::string const help = rig.monitor("help --json");
    auto const all = nlohmann::json::parse(help);
    ASSERT_TRUE(all["answer"].is_array());
    EXPECT_GT(all["answer"].size(), 15u);
    for (auto const& one : all["answer"]) {
        std::string const word = one["word"];
        std::string const line = rig.monitor(word + " 0x4000 --json");
        EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
        auto const answer = nlohmann::json::parse(line);
        EXPECT_EQ(answer["question"], word + " 0x4000");
        EXPECT_EQ(answer["moment"], to_string(rig.machine.moment()));
        EXPECT_FALSE(answer["answer"].is_null()) << line;
    }
    EXPECT_EQ(nlohmann::json::parse(rig.monitor("last-write phys:0x4000 --json"))["answer"]["links"].size(),
              1u);
    EXPECT_EQ(nlohmann::json::parse(rig.monitor("branches --json"))["answer"][0]["name"], "original");
    EXPECT_THAT(rig.monitor("when"), HasSubstr("moment "));
    EXPECT_THAT(rig.monitor("nonsense --json"), HasSubstr("no such word"));
    EXPECT_THAT(rig.monitor("branch my--json"), HasSubstr("no branch my--json"));  // no option, but a name
}

}  // namespace
}  // namespace sim::debug::gdb
