// SPDX-License-Identifier: MIT
//
// The kernel on each machine: every way to crash ends in the right panic, the
// threads keep their promises, and little memory is enough.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::ContainsRegex;
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

// What the chipset has no part in: on one of QEMU's machines.
class Panic : public Kernel {};

TEST_P(Panic, nothing_is_mapped_at_page_0) {
    expect_panic("null", AllOf(HasSubstr("#PF page fault: write to 0x0: the page is not mapped"),
                               HasSubstr("write_to"), HasSubstr("thread: 'main'")));
    expect_panic("read-null", HasSubstr("read from 0x8: the page is not mapped"));
}

TEST_P(Panic, text_and_constants_cannot_be_written_through_any_address) {
    expect_panic("text", HasSubstr("the page is read-only"));
    expect_panic("rodata", HasSubstr("the page is read-only"));
    expect_panic("alias", HasSubstr("write to 0xffff8"));
}

TEST_P(Panic, data_cannot_be_executed) { expect_panic("execute", HasSubstr("the page is not executable")); }

TEST_P(Kernel, a_stack_that_overflows_hits_its_guard_and_is_named) {
    expect_panic("stack", AllOf(HasSubstr("#DF double fault"), HasSubstr("the guard below the first stack")));
    expect_panic("thread-stack", AllOf(HasSubstr("#DF double fault"), HasSubstr("below the stack of 'deep'"),
                                       HasSubstr("thread: 'deep'"), HasSubstr("more times")));
}

TEST_P(Panic, exceptions_are_named_for_people) {
    expect_panic("divide", HasSubstr("#DE divide error: division by zero"));
    expect_panic("opcode", HasSubstr("#UD invalid opcode"));
    expect_panic("canonical", HasSubstr("#GP general protection"));
    expect_panic("breakpoint", HasSubstr("#BP breakpoint: an INT3 instruction"));
    expect_panic("step", HasSubstr("#DB debug: single step"));
    expect_panic("x87", HasSubstr("#MF x87 floating-point error: division by zero"));
}

TEST_P(Panic, a_failed_assertion_says_where_and_what_is_held) {
    expect_panic("assert", AllOf(HasSubstr("assertion failed: hide(1) == 2"),
                                 HasSubstr("kernel/apps/crash/crash.cpp:"), HasSubstr("holds 'precious'")));
}

TEST_P(Panic, a_thread_must_not_end_while_it_holds_a_mutex) {
    Result const result = start("crash", "crash=end-holding");
    EXPECT_EQ(result.status, 101) << result.out;
    EXPECT_THAT(result.out, AllOf(HasSubstr("assertion failed: !holds_a_lock(thread)"),
                                  HasSubstr("thread: 'keeper'"), HasSubstr("holds 'precious'")));
}

TEST_P(Panic, what_cannot_be_masked_has_a_stack_of_its_own) {
    expect_panic("nmi", HasSubstr("panic: NMI non-maskable interrupt"));
    expect_panic("machine-check", HasSubstr("panic: #MC machine check"));
}

TEST_P(Panic, lazy_memory_that_finds_too_few_frames_says_how_many_are_free) {
    expect_panic("lazy", AllOf(HasSubstr("#PF page fault: write to "),
                               ContainsRegex("is lazy memory: not there; frames free: [0-3]\r\n")));
    expect_panic("lazy-last", HasSubstr("is lazy memory: not there; frames free: 1\r\n"));
}

TEST_P(Panic, lazy_memory_blames_no_lack_of_frames_while_there_are_some) {
    expect_panic("lazy fail-allocation=1000",
                 ContainsRegex("is lazy memory: not there; frames free: [1-9][0-9][0-9]"));
    expect_panic("lazy-code",
                 AllOf(HasSubstr("the page is not executable"), HasSubstr(" is lazy memory\r\n")));
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

TEST_P(Kernel, threads_keep_their_promises_with_every_policy) {
    for (char const* policy : {"priority", "mlfq", "eevdf"}) {
        Result const result = start("threads", std::string("scheduler=") + policy);
        EXPECT_EQ(result.status, 0) << policy << result.out << result.err;
    }
}

TEST_P(Kernel, sse_registers_survive_preemption) {
    for (char const* policy : {"rr", "mlfq"}) {
        Result const result = start("matrix", std::string("scheduler=") + policy);
        EXPECT_EQ(result.status, 0) << result.out << result.err;
        EXPECT_THAT(result.out, HasSubstr("80 products, all right"));
    }
}

TEST_P(Kernel, philosophers_in_order_all_get_their_meals) {
    Result const result = start("dining", "");
    EXPECT_EQ(result.status, 0) << result.out << result.err;
    EXPECT_THAT(result.out, AllOf(HasSubstr("Laozi has eaten 20 times"), Not(HasSubstr("lock order"))));
}

// The report comes at the lock that closes the circle; after it nothing happens.
TEST_P(Kernel, a_deadlock_is_told_with_its_threads_locks_and_lines) {
    std::vector<std::string> words{"run", "dining", "--memory", "64M", "--append", "deadlock"};
    words.insert(words.end(), GetParam().words.begin(), GetParam().words.end());
    Program program(viv(words));
    ASSERT_TRUE(program.prints("deadlock: every thread waits"));
    ASSERT_TRUE(program.prints("'main' waits at kernel/apps/dining/dining.cpp:")) << "everybody is listed";
    program.send_signal(SIGINT);
    std::string const out = program.finish().out;
    EXPECT_THAT(out, HasSubstr("deadlock: each of these threads waits for the next"));
    for (char const* name : {"'Plato'", "'Hypatia'", "'Kant'", "'Arendt'", "'Laozi'"})
        EXPECT_THAT(out, HasSubstr(std::string(name) + " waits at kernel/apps/dining/dining.cpp:"));
    EXPECT_THAT(out, HasSubstr("for 'fork 0', which 'Plato' took at kernel/apps/dining/dining.cpp:"));
    EXPECT_THAT(out, HasSubstr("lock order:")) << "the checker saw it coming";
}

TEST_P(Kernel, a_standstill_is_told_where_a_device_could_wake_nobody) {
    std::vector<std::string> words{"run", "crash", "--memory", "64M", "--append", "crash=standstill"};
    words.insert(words.end(), GetParam().words.begin(), GetParam().words.end());
    Program program(viv(words));
    ASSERT_TRUE(program.prints("deadlock: every thread waits"));
    ASSERT_TRUE(program.prints("'heir' waits at kernel/apps/crash/crash.cpp:"));
    program.send_signal(SIGINT);
    EXPECT_THAT(program.finish().out, HasSubstr("for 'precious', which 'main' took at kernel/apps/crash/"));
}

TEST_P(Kernel, a_semaphore_that_was_used_as_a_lock_names_who_took_it) {
    std::vector<std::string> words{"run", "crash", "--memory", "64M", "--append", "crash=semaphore"};
    words.insert(words.end(), GetParam().words.begin(), GetParam().words.end());
    Program program(viv(words));
    ASSERT_TRUE(program.prints("for 'lock', last taken by 'main' at kernel/apps/crash/crash.cpp:"));
    program.send_signal(SIGINT);
    (void)program.finish();
}

TEST_P(Panic, the_heap_finds_overruns_and_late_writes_in_development_builds) {
    expect_panic("overrun", HasSubstr("an object of 20 bytes"));
    expect_panic("after-free", HasSubstr("after freeing it"));
}

TEST_P(Kernel, what_an_application_forgets_to_free_is_told_at_its_end) {
    EXPECT_THAT(start("crash", "crash=leak").out, HasSubstr("60 bytes allocated in apps::main"));
    EXPECT_THAT(start("threads", "").out, Not(HasSubstr("were not freed")));
    for (char const* app : {"dining", "matrix"})
        EXPECT_THAT(start(app, "").out, Not(AnyOf(HasSubstr("were not freed"), HasSubstr("has ended"))))
            << app;
}

TEST_P(Kernel, what_is_lost_beside_a_living_thread_is_told_and_what_that_holds_is_not) {
    Result const result = start("crash", "crash=leak-beside");
    EXPECT_EQ(result.status, 0) << result.out << result.err;
    auto const lost = [](std::string const& bytes, std::string const& by) {
        return HasSubstr("memory: " + bytes + " bytes allocated in " + by);
    };
    std::string const us = "forget_beside_a_server";
    EXPECT_THAT(result.out,
                AllOf(lost("8192", us), lost("16384", us), lost("4096", "devices::FrameDma::allocate")));
    EXPECT_THAT(result.out, ContainsRegex("memory: 8 bytes [^\n]*\n[^\n]*memory: 8 bytes")) << "a circle";
    EXPECT_THAT(result.out, HasSubstr("threads: 'forgotten' has ended, and nobody has joined it"));
    EXPECT_THAT(result.out, Not(AnyOf(HasSubstr(" 333 bytes"), HasSubstr("'server' has ended"))));
    EXPECT_THAT(result.out, Not(HasSubstr("allocated in threads::")))
        << "its stack and its record are in use";
}

TEST_P(Kernel, the_text_is_sealed_after_boot) {
    Result const result = start("crash", "crash=seal");
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.out, HasSubstr("the text stays as it is"));
    for (char const* attempt :
         {"the text as a device", "the text behind other memory as a device", "the text behind bit 52",
          "the text behind bit 51", "the text writable", "the constants writable", "the text gone",
          "the text elsewhere", "data executable", "data executable elsewhere"})
        EXPECT_THAT(result.out, HasSubstr(std::string(attempt) + ": refused"));
    EXPECT_THAT(result.out, HasSubstr("data as a device: done")) << "what was refused half-way is undone";
}

// What the policies do with the same work, on a real scheduler with real locks.
class Policies : public testing::Test {
protected:
    // The number after the text, in the application's output.
    static int number_after(std::string const& out, std::string const& text) {
        std::size_t const at = out.find(text);
        return at == std::string::npos ? -1 : std::stoi(out.substr(at + text.size()));
    }
    // The same in every run: one of each is enough.
    static std::string schedule(std::string const& policy) {
        static std::map<std::string, std::string> said;
        if (auto const known = said.find(policy); known != said.end()) return known->second;
        Result const result = run(viv({"run", "schedule", "--append", "time=100 scheduler=" + policy}));
        EXPECT_EQ(result.status, 0) << result.out << result.err;
        return said[policy] = result.out;
    }
    static constexpr char const* waited = "the urgent thread waited ";
};

TEST_F(Policies, inheritance_bounds_an_inversion_by_the_critical_section) {
    int const waited_us = number_after(schedule("priority"), waited);
    EXPECT_GT(waited_us, 0);
    EXPECT_LE(waited_us, 2'100) << "2 ms, and two switches";
}

TEST_F(Policies, who_gives_up_waiting_does_not_wait_for_its_own_loan) {
    // The holder was as urgent as the waiter; were it still so, it would keep the
    // processor to the end of its slice of 10 ms.
    int const late_us = number_after(schedule("priority"), "the urgent thread gave up ");
    EXPECT_GE(late_us, 0);
    EXPECT_LE(late_us, 100);
}

TEST_F(Policies, shares_follow_the_policy) {
    std::string const fair = schedule("rr"), weighted = schedule("eevdf"), strict = schedule("priority");
    EXPECT_NEAR(number_after(fair, "share: priority 18: "), 250, 15);
    EXPECT_NEAR(number_after(weighted, "share: priority 18: "), 343, 20) << "1600 of 1600 + 3 * 1024";
    EXPECT_NEAR(number_after(weighted, "share: priority 16: "), 219, 20);
    EXPECT_GT(number_after(strict, "share: priority 18: "), 990);
}

Target const simulator{"sim", {"--on", "sim"}};
Target const q35{"q35", {"--on", "qemu", "--machine", "q35"}};
Target const pc{"pc", {"--on", "qemu", "--machine", "pc"}};
std::string name_of(testing::TestParamInfo<Target> const& each) { return each.param.name; }

INSTANTIATE_TEST_SUITE_P(Target, Kernel, testing::Values(simulator, q35, pc), name_of);
INSTANTIATE_TEST_SUITE_P(Target, Panic, testing::Values(simulator, q35), name_of);

}  // namespace
}  // namespace scenario
