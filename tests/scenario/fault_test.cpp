// SPDX-License-Identifier: MIT
//
// `viv run --fault`: the fault happens, the recording repeats it without the
// line, and wrong lines are explained.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/http_client.hpp"
#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using testing::HasSubstr;
using testing::Not;
using Words = std::vector<std::string>;

Result with_fault(std::string const& application, std::string const& line, std::string const& file,
                  Words more = {}, std::string const& limit = "3000000000") {
    Words words = {"run", application, "--fault", line, "--record", file, "--limit", limit};
    words.insert(words.end(), more.begin(), more.end());
    return run(viv(words));
}

void expect_repeats(std::string const& file, int status) {
    Result const verified = run(viv({"replay", file, "--verify"}));
    EXPECT_EQ(verified.status, 0) << verified.err;
    EXPECT_EQ(run(viv({"replay", file})).status, status);
}

TEST(Fault, lost_time_is_survived_and_repeated) {
    Folder folder;
    Result const result = with_fault("threads", "stall 3ms at 5ms", folder / "a.run");
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.err, HasSubstr("fault: stall 3ms at 5ms"));
    expect_repeats(folder / "a.run", 0);
}

TEST(Fault, an_interrupt_that_nobody_asked_for_is_survived) {
    Folder folder;
    Result const result = with_fault("threads", "spurious irq 0x51 at ready", folder / "a.run");
    EXPECT_THAT(result.err, HasSubstr("fault: spurious irq 0x51 at ready"));
    EXPECT_EQ(result.status, 0) << result.err;
    expect_repeats(folder / "a.run", 0);
}

TEST(Fault, a_lost_tick_is_made_good_when_the_kernel_next_runs) {
    Folder folder;
    // Threads that never yield, but end: at that switch the kernel looks at the clock.
    Result const result = with_fault("threads", "lose irq 8 of timer", folder / "a.run");
    EXPECT_EQ(result.status, 0) << result.err;
    expect_repeats(folder / "a.run", 0);
}

TEST(Fault, a_lost_tick_is_made_good_by_the_watchdog_where_nothing_else_enters_the_kernel) {
    Folder folder;
    // Two threads that neither yield nor end, and no device.
    Result const result = with_fault("threads", "lose irq 2 of timer", folder / "a.run");
    EXPECT_EQ(result.status, 0) << result.err;
    expect_repeats(folder / "a.run", 0);
}

// The vector of the network card, which the guest chose: of the interrupt that follows a frame.
std::string vector_of_the_card() {
    Result const traced =
        run(viv({"run", "http", "--self-request", "--exit-after", "1", "--forward", "0:80", "--trace"}));
    std::size_t const frame = traced.err.find("input for net0");
    std::size_t const at = frame == std::string::npos ? frame : traced.err.find(": interrupt ", frame);
    EXPECT_NE(at, std::string::npos) << traced.err;
    return at == std::string::npos ? "0" : std::to_string(std::stoi(traced.err.substr(at + 12)));
}

// With event indexes the card tells of the next frame only: it has told, nobody heard it,
// and there will be no other interrupt.
void expect_answers_all_the_same(Words const& faults) {
    Folder folder;
    Words words = {"run", "http", "--forward", "0:80", "--exit-after", "3", "--record", folder / "a.run"};
    for (std::string const& line : faults) words.insert(words.end(), {"--fault", line});
    Program program(viv(words));
    ASSERT_TRUE(program.says("leads to"));
    std::string const port = forwarded_port(program.err());
    // On both sides of that moment, and idle around it: no timer of a connection runs.
    for (unsigned i = 0; i < 3; ++i) {
        if (i > 0) usleep(2'200'000);
        Client client(port);
        client.ask("/");
        EXPECT_EQ(client.answer().status, 200) << i;
    }
    Result const result = program.finish();
    EXPECT_EQ(result.status, 0) << result.err;
    expect_repeats(folder / "a.run", 0);
}

TEST(Fault, an_idle_server_that_misses_the_cards_interrupt_answers_all_the_same) {
    expect_answers_all_the_same({"lose irq 1 of " + vector_of_the_card() + " at 1500ms"});
}

TEST(Fault, and_if_it_misses_the_tick_that_would_have_made_it_look_too) {
    expect_answers_all_the_same(
        {"lose irq 1 of " + vector_of_the_card() + " at 1500ms", "lose irq 1 of timer at 1500ms"});
}

// The virtio application asks disk 0 first: its device has the first vector after the timer's.
TEST(Fault, a_lost_interrupt_of_a_disk_costs_a_moment_and_not_the_patience_for_a_dead_disk) {
    Folder folder;
    write_file(folder / "disk.img", std::string(1 << 20, '\0'));
    Result const result = with_fault("virtio", "lose irq 5 of 0x31", folder / "a.run",
                                     {"--disk", folder / "disk.img", "--append", "scribble"}, "2s");
    EXPECT_EQ(result.status, 0) << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr("disk 0 keeps what is written"));
    expect_repeats(folder / "a.run", 0);
}

TEST(Fault, an_allocation_that_finds_no_memory_is_the_kernels_own_error) {
    Folder folder;
    Result const result = with_fault("threads", "fail allocation 1", folder / "a.run");
    EXPECT_EQ(result.status, 90) << "the application ends where it has no memory";
    expect_repeats(folder / "a.run", 90);
    Result const never = with_fault("threads", "fail allocation 1000000", folder / "b.run");
    EXPECT_EQ(never.status, 0) << never.err;
}

TEST(Fault, a_flipped_bit_changes_the_run) {
    Folder folder;
    Result const result = with_fault("hello", "flip rip bit 47 at ready", folder / "a.run");
    EXPECT_GE(result.status, 101) << result.err;
    EXPECT_EQ(run(viv({"replay", folder / "a.run", "--verify"})).status, 0);
}

TEST(Fault, a_lost_answer_is_sent_again) {
    Folder folder;
    Result const result =
        with_fault("http", "drop tcp data 1 out", folder / "a.run", {"--self-request", "--exit-after", "2"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.err, HasSubstr("fault: drop tcp data 1 out"));
    expect_repeats(folder / "a.run", 0);
}

TEST(Fault, a_late_tick_is_survived_and_repeated) {
    Folder folder;
    Result const late = with_fault("tardy", "late irq 1 of timer 20ms at ready", folder / "a.run");
    EXPECT_EQ(late.status, 1) << "the application took it that timers are in time: " << late.err;
    expect_repeats(folder / "a.run", 1);
    Result const fixed =
        with_fault("tardy", "late irq 1 of timer 20ms at ready", folder / "b.run", {"--append", "fixed"});
    EXPECT_EQ(fixed.status, 0) << fixed.err;
    expect_repeats(folder / "b.run", 0);
}

// A bit of the first byte of an instruction that the guest is in the middle of.
TEST(Fault, a_bit_of_ram_that_flips_is_an_input_and_changes_the_run) {
    Folder folder;
    Result const result = with_fault("hello", "flip 0x100000 bit 3 at 5", folder / "a.run", {}, "50000000");
    EXPECT_THAT(result.err, HasSubstr("fault: flip 0x100000 bit 3 at 5"));
    EXPECT_EQ(run(viv({"replay", folder / "a.run", "--verify"})).status, 0);
    Result const nowhere = with_fault("hello", "flip 0xf0000000 bit 3 at 5", folder / "b.run");
    EXPECT_EQ(nowhere.status, 0) << nowhere.err;
    EXPECT_THAT(nowhere.err, HasSubstr("there is no RAM"));
}

TEST(Fault, frames_that_are_late_doubled_or_changed_are_survived) {
    for (std::string const text :
         {"delay tcp data 1 50ms in", "duplicate tcp data 1 in", "corrupt tcp data 1 byte 0 in"}) {
        Folder folder;
        Result const result =
            with_fault("http", text, folder / "a.run", {"--self-request", "--exit-after", "2"});
        EXPECT_EQ(result.status, 0) << text << result.err;
        EXPECT_THAT(result.err, HasSubstr("fault: " + text));
        expect_repeats(folder / "a.run", 0);
    }
}

// The guest writes 64 blocks, flushes, reads them back and compares. What it is
// told, or finds, ends it with status 1.
TEST(Fault, disks_fail_lose_tear_and_lose_power_at_the_request_that_is_named) {
    struct {
        char const* line;
        int status;
        char const* noticed;
    } const cases[] = {{"fail write 3", 1, "block 2 could not be written"},
                       {"fail read 5", 1, "could not be read"},
                       {"fail flush 1", 1, "fault: fail flush 1"},
                       {"fail any 2", 1, "could not be written"},
                       {"lose write 4", 1, "fault: lose write 4"},
                       {"tear write 6 1", 1, "fault: tear write 6 1"},
                       {"cut write 5", 1, "does not answer"},
                       {"cut write 5 1", 1, "does not answer"},
                       {"fail write 1000", 0, "keeps what is written"}};
    for (auto const& [line, status, noticed] : cases) {
        Folder folder;
        write_file(folder / "disk.img", std::string(1 << 20, '\0'));
        Result const result = with_fault("virtio", line, folder / "a.run",
                                         {"--disk", folder / "disk.img", "--append", "scribble"});
        EXPECT_EQ(result.status, status) << line << "\n" << result.out << result.err;
        EXPECT_THAT(result.out + result.err, HasSubstr(noticed)) << line;
        EXPECT_THAT(result.err, HasSubstr("fault: " + std::string(line) + " of disk0"));
        expect_repeats(folder / "a.run", status);
    }
    Folder folder;
    Result const none = with_fault("hello", "fail write 1", folder / "a.run");
    EXPECT_EQ(none.status, 0);
    EXPECT_THAT(none.err, HasSubstr("no disk0"));
}

TEST(Fault, a_wrong_line_is_shown_with_a_caret_and_the_forms) {
    Result const result = run(viv({"run", "hello", "--fault", "stall soon at 3"}));
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.err, HasSubstr("stall soon at 3\n        ^\n"));
    EXPECT_THAT(result.err, HasSubstr("spurious irq VECTOR [processor P] at MOMENT"));
    EXPECT_EQ(run(viv({"run", "hello", "--fault", "drop frame 1"})).status, 2) << "no link";
    EXPECT_EQ(run(viv({"run", "hello", "--on", "qemu", "--fault", "stall 1ms at 3"})).status, 2);
}

}  // namespace
}  // namespace scenario
