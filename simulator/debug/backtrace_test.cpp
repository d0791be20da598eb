// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/backtrace.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "simulator/debug/sample_file.hpp"

namespace sim::debug {
namespace {

constexpr std::uint64_t stack_at = 0x7000;

// The sample's code, and a stack of a few words.
struct Standing {
    std::shared_ptr<Symbols const> symbols = Symbols::from_bytes(sample_elf());
    std::vector<std::uint64_t> stack;
    engine::CpuState cpu;

    GuestMemory memory() const {
        return {Paging{}, [this](std::uint64_t address, std::span<std::uint8_t> into) {
                    if (address < stack_at) return false;
                    if (address >= 0x400000) return sample_memory(address, into) == into.size();
                    if (address - stack_at + into.size() > stack.size() * 8) return false;
                    std::memcpy(into.data(), reinterpret_cast<char const*>(stack.data()) + (address - stack_at),
                                into.size());
                    return true;
                }};
    }
    // Behind the call of it in _start.
    std::uint64_t called_from(std::uint64_t function) const {
        Function const* start = symbols->function_named("_start");
        for (std::uint64_t at = start->low; at < start->high; ++at) {
            std::uint8_t code[5];
            if (sample_memory(at, code) < sizeof code || code[0] != 0xe8) continue;
            std::int32_t distance;
            std::memcpy(&distance, code + 1, sizeof distance);
            if (at + sizeof code + static_cast<std::uint64_t>(std::int64_t{distance}) == function) return at + sizeof code;
        }
        return 0;
    }
};

// It has saved a register, and lies before the place where it is entered.
TEST(Backtrace, leads_out_of_the_seldom_part_of_a_function) {
    Standing s;
    Function const* split = s.symbols->function_named("sample::split");
    Function const* cold = s.symbols->function_named("sample::split.cold");
    ASSERT_TRUE(split && cold);
    std::uint64_t const after = s.called_from(split->low);
    ASSERT_NE(after, 0u);
    s.stack = {0x1234, after, 0, 0, 0, 0, 0, 0, 0, 0};
    s.cpu[engine::Gpr::rsp] = stack_at;
    for (std::uint64_t const inside : {cold->low, cold->low + 5}) {
        s.cpu.rip = inside;
        auto const place = return_place(s.cpu, s.memory(), *s.symbols);
        ASSERT_TRUE(place);
        EXPECT_EQ(place->address, after);
        EXPECT_EQ(place->stack_pointer, stack_at + 16);
        auto const frames = backtrace(s.cpu, s.memory(), *s.symbols);
        ASSERT_GE(frames.size(), 2u);
        EXPECT_TRUE(frames[0].function.starts_with("sample::split.cold"));
        EXPECT_TRUE(frames[1].function.starts_with("_start"));
    }
    // At its first instruction nothing is saved yet.
    s.stack[0] = after;
    s.cpu.rip = split->low;
    EXPECT_EQ(return_place(s.cpu, s.memory(), *s.symbols)->stack_pointer, stack_at + 8);
}

}  // namespace
}  // namespace sim::debug
