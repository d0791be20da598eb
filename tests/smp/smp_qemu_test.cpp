// SPDX-License-Identifier: MIT
//
// The same image of two processors says the same in the simulator and in QEMU.
#include <gtest/gtest.h>

#include "tests/scenario/program.hpp"

namespace smp {
namespace {

using scenario::run;
using scenario::viv;

TEST(SmpInQemu, the_verdicts_are_those_of_the_simulator) {
    auto const here = run(viv({"run", "--kernel", SMP_GUEST, "--cpus", "2"}));
    EXPECT_EQ(here.status, 0) << here.out << here.err;
    EXPECT_NE(here.out.find("processors: 2\n"), std::string::npos) << here.out;
    EXPECT_NE(here.out.find("all is right\n"), std::string::npos) << here.out;
    auto const there = run(viv({"run", "--kernel", SMP_GUEST, "--cpus", "2", "--on", "qemu"}));
    EXPECT_EQ(there.status, 0) << there.out << there.err;
    EXPECT_EQ(there.out, here.out);
}

// Our kernel uses one processor; the others stay where they are.
TEST(SmpKernel, runs_on_the_first_of_two_processors) {
    for (char const* const target : {"sim", "qemu"}) {
        auto const result = run(viv({"run", "threads", "--cpus", "2", "--on", target}));
        EXPECT_EQ(result.status, 0) << target << result.out << result.err;
    }
}

TEST(SmpKernel, too_many_processors_are_refused) {
    for (char const* const count : {"0", "17", "two"}) {
        auto const result = run(viv({"run", "hello", "--cpus", count}));
        EXPECT_EQ(result.status, 2) << count;
        EXPECT_NE(result.err.find("--cpus"), std::string::npos) << result.err;
    }
}

}  // namespace
}  // namespace smp
