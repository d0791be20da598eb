// SPDX-License-Identifier: GPL-2.0-or-later
//
// What gdb changes and asks, on a machine whose processor is a script.
#include "simulator/debug/gdb/machine_target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
    EXPECT_THAT(rig.target.write(true, end - 1, bytes), HasSubstr("no memory at"));
    EXPECT_THAT(rig.target.write(false, 0x1234'5678'9000, bytes), HasSubstr("no memory at"));
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

}  // namespace
}  // namespace sim::debug::gdb
