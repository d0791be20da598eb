// SPDX-License-Identifier: MIT
//
// The kernel on each machine: every way to crash ends in the right panic, the
// threads keep their promises, and little memory is enough.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Target {
    char const* name;
    std::vector<std::string> words;
};
void PrintTo(Target const& target, std::ostream* out) { *out << target.name; }

class Kernel : public testing::TestWithParam<Target> {
protected:
    static Result start(std::string const& app, std::string const& append,
                        std::string const& memory = "64M") {
        std::vector<std::string> words{"run", app, "--memory", memory, "--append", append};
        words.insert(words.end(), GetParam().words.begin(), GetParam().words.end());
        return run(viv(words));
    }
    static void expect_panic(std::string const& how, testing::Matcher<std::string> const& text) {
        Result const result = start("crash", "crash=" + how);
        EXPECT_EQ(result.status, 101) << how << result.err;
        EXPECT_THAT(result.out, text) << how;
        EXPECT_THAT(result.out, HasSubstr("*** end of panic")) << how;
        EXPECT_THAT(result.out, HasSubstr("apps::main")) << how << ": the callers are named";
    }
};

TEST_P(Kernel, nothing_is_mapped_at_page_0) {
    expect_panic("null", AllOf(HasSubstr("#PF page fault: write to 0x0: the page is not mapped"),
                               HasSubstr("write_to"), HasSubstr("thread: 'main'")));
    expect_panic("read-null", HasSubstr("read from 0x8: the page is not mapped"));
}

TEST_P(Kernel, text_and_constants_cannot_be_written_through_any_address) {
    expect_panic("text", HasSubstr("the page is read-only"));
    expect_panic("rodata", HasSubstr("the page is read-only"));
    expect_panic("alias", HasSubstr("write to 0xffff8"));
}

TEST_P(Kernel, data_cannot_be_executed) { expect_panic("execute", HasSubstr("the page is not executable")); }

TEST_P(Kernel, a_stack_that_overflows_hits_its_guard_and_is_named) {
    expect_panic("stack", AllOf(HasSubstr("#DF double fault"), HasSubstr("the guard below the first stack")));
    expect_panic("thread-stack", AllOf(HasSubstr("#DF double fault"), HasSubstr("below the stack of 'deep'"),
                                       HasSubstr("thread: 'deep'"), HasSubstr("more times")));
}

TEST_P(Kernel, exceptions_are_named_for_people) {
    expect_panic("divide", HasSubstr("#DE divide error: division by zero"));
    expect_panic("opcode", HasSubstr("#UD invalid opcode"));
    expect_panic("canonical", HasSubstr("#GP general protection"));
}

TEST_P(Kernel, a_failed_assertion_says_where_and_what_is_held) {
    expect_panic("assert", AllOf(HasSubstr("assertion failed: hide(1) == 2"),
                                 HasSubstr("kernel/apps/crash/crash.cpp:"), HasSubstr("holds 'precious'")));
}

TEST_P(Kernel, threads_take_turns_sleep_wait_and_give_everything_back) {
    Result const result = start("threads", "");
    EXPECT_EQ(result.status, 0) << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr("threads: all is well"));
}

TEST_P(Kernel, two_mebibytes_are_enough_to_say_hello) {
    Result const result = start("hello", "", "2M");
    EXPECT_EQ(result.status, 0) << result.out << result.err;
}

TEST_P(Kernel, an_unknown_word_is_a_warning) {
    Result const result = start("hello", "strange=1 loglevel=loud");
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("warning: command line: 'strange=1' means nothing here"));
    EXPECT_THAT(result.out, HasSubstr("warning: loglevel=loud"));
    EXPECT_THAT(start("hello", "loglevel=error").out, Not(HasSubstr("hello, world")));
}

INSTANTIATE_TEST_SUITE_P(Target, Kernel,
                         testing::Values(Target{"sim", {"--on", "sim"}},
                                         Target{"q35", {"--on", "qemu", "--machine", "q35"}},
                                         Target{"pc", {"--on", "qemu", "--machine", "pc"}}),
                         [](auto const& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace scenario
