// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/thread_stacks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <vector>

#include "simulator/debug/interrupted.hpp"

namespace sim::debug {
namespace {

using engine::Gpr;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// 64 KiB without paging: two threads. One was interrupted in the function at 0x5000,
// which 0x6000 had called, and gave the processor away at 0x4000, in the handler.
struct Stacks : ::testing::Test {
    Stacks() {
        put(0x7000, {0x41, 0x5f, 0x5d, 0x48, 0x83, 0xc4, 0x10, 0x48, 0xcf});  // pop r15, rbp; add rsp, 16; iretq
        word(0x8000, 0x9100), word(0x8008, 0x7000);                          // the handler's frame
        word(0x8010, 0xf), word(0x8018, 0x9100);                             // r15, rbp
        word(0x8030, 0x5000), word(0x8038, 8), word(0x8040, 0x202), word(0x8048, 0x90f0), word(0x8050, 16);
        word(0x9100, 0), word(0x9108, 0x6000);
        thread.address = 0x100;
        thread.state = "ready";
        thread.stack_low = 0x8000 - 0x1000, thread.stack_high = 0xa000;
        thread.saved = Thread::Saved{0x4000, {}, 0};
        thread.saved->gpr[static_cast<unsigned>(Gpr::rbp)] = 0x8000;
        thread.saved->gpr[static_cast<unsigned>(Gpr::rsp)] = 0x7ff0;
    }
    void put(std::uint64_t at, std::vector<std::uint8_t> const& what) { std::ranges::copy(what, ram.begin() + static_cast<long>(at)); }
    void word(std::uint64_t at, std::uint64_t value) { std::memcpy(&ram[at], &value, 8); }
    GuestMemory memory() {
        return {paging_of(engine::CpuState{}), [this](std::uint64_t address, std::span<std::uint8_t> into) {
                    if (address + into.size() > ram.size()) return false;
                    std::memcpy(into.data(), &ram[address], into.size());
                    return true;
                }};
    }
    static std::vector<std::uint64_t> addresses(std::vector<StackFrame> const& frames) {
        std::vector<std::uint64_t> out;
        for (StackFrame const& f : frames) out.push_back(f.address);
        return out;
    }
    std::vector<std::uint8_t> ram = std::vector<std::uint8_t>(0x10000);
    Thread thread;
    engine::CpuState running;
    std::shared_ptr<Symbols const> symbols = Symbols::none();
};

TEST_F(Stacks, of_a_thread_that_was_preempted_go_on_beyond_the_interrupt) {
    ThreadStack const stack = stack_of(thread, running, memory(), *symbols);
    EXPECT_EQ(stack.problem, "");
    EXPECT_EQ(stack.thread, thread.address);
    EXPECT_THAT(addresses(stack.frames), ElementsAre(0x4000, 0x7000, 0x5000, 0x6000));
    for (StackFrame const& f : stack.frames) EXPECT_EQ(f.interrupted, f.address == 0x5000);
}

TEST_F(Stacks, end_at_code_that_does_not_return_from_an_interrupt) {
    ram[0x7001] = 0x90;
    ThreadStack const stack = stack_of(thread, running, memory(), *symbols);
    EXPECT_THAT(addresses(stack.frames), ElementsAre(0x4000, 0x7000, 0x6000));
    for (StackFrame const& f : stack.frames) EXPECT_FALSE(f.interrupted);
}

TEST_F(Stacks, are_no_longer_than_asked_for_however_often_it_was_interrupted) {
    // The victim was the stub itself, on the same stack, for ever.
    word(0x8018, 0x8000), word(0x8030, 0x7000), word(0x8048, 0x8010);
    EXPECT_LE(stack_of(thread, running, memory(), *symbols).frames.size(), 64u);
}

TEST_F(Stacks, of_the_thread_on_the_processor_are_the_processors) {
    thread.running = true;
    thread.saved.reset();
    running.rip = 0x5100;
    running[Gpr::rbp] = 0x9100;
    EXPECT_THAT(addresses(stack_of(thread, running, memory(), *symbols).frames), ElementsAre(0x5100, 0x6000));
}

TEST_F(Stacks, say_why_there_is_none) {
    thread.saved->gpr[static_cast<unsigned>(Gpr::rsp)] = 0xb000;
    ThreadStack stack = stack_of(thread, running, memory(), *symbols);
    EXPECT_THAT(stack.problem, HasSubstr("0xb000"));
    EXPECT_THAT(stack.frames, IsEmpty());
    thread.saved.reset();
    EXPECT_THAT(stack_of(thread, running, memory(), *symbols).problem, HasSubstr("not known"));
    thread.state = "finished";
    EXPECT_THAT(stack_of(thread, running, memory(), *symbols).problem, HasSubstr("ended"));
}

TEST_F(Stacks, are_answered_where_they_were_asked_for) {
    Snapshot s;
    s.symbols = symbols;
    s.kernel.threads = {thread};
    s.request = std::make_shared<ViewRequest>();
    answer_thread_stacks(s, memory());
    EXPECT_EQ(s.stack_of(thread.address), nullptr);
    s.request = std::make_shared<ViewRequest>(ViewRequest::everything());
    answer_thread_stacks(s, memory());
    ASSERT_NE(s.stack_of(thread.address), nullptr);
    EXPECT_EQ(s.stack_of(thread.address)->frames.size(), 4u);
    EXPECT_EQ(s.stack_of(1), nullptr);
}

}  // namespace
}  // namespace sim::debug
