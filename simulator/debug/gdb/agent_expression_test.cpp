// SPDX-License-Identifier: GPL-2.0-or-later
//
// The bytecode of conditions: every instruction that they use, every way to go
// wrong, and noise.
#include "simulator/debug/gdb/agent_expression.hpp"

#include <gtest/gtest.h>

#include <random>

namespace {

using namespace sim::debug::gdb;

AgentContext context() {
    return {[](std::uint16_t n, std::uint64_t& value) {
                value = 100 + n;
                return n < 64;
            },
            [](std::uint64_t address, std::span<std::uint8_t> into) {
                for (std::size_t i = 0; i < into.size(); ++i)
                    into[i] = static_cast<std::uint8_t>(address + i);
                return address >= 0x80;
            }};
}

std::uint64_t value(Bytecode code) {
    code.push_back(0x27);
    AgentResult const r = evaluate(code, context());
    EXPECT_EQ(r.problem, "");
    return r.value;
}

std::string problem(Bytecode const& code) { return evaluate(code, context()).problem; }

constexpr std::uint8_t c8 = 0x22;

TEST(AgentExpression, computes) {
    EXPECT_EQ(value({c8, 7, c8, 5, 0x02}), 12u);
    EXPECT_EQ(value({c8, 7, c8, 5, 0x03}), 2u);
    EXPECT_EQ(value({c8, 5, c8, 7, 0x03}), static_cast<std::uint64_t>(-2));
    EXPECT_EQ(value({c8, 7, c8, 5, 0x04}), 35u);
    EXPECT_EQ(value({c8, 0xf9, 0x16, 8, c8, 2, 0x05}), static_cast<std::uint64_t>(-3));
    EXPECT_EQ(value({c8, 0xf9, 0x16, 8, c8, 2, 0x07}), static_cast<std::uint64_t>(-1));
    EXPECT_EQ(value({c8, 7, c8, 2, 0x06}), 3u);
    EXPECT_EQ(value({c8, 7, c8, 2, 0x08}), 1u);
    EXPECT_EQ(value({c8, 1, c8, 4, 0x09}), 16u);
    EXPECT_EQ(value({c8, 0x80, 0x16, 8, c8, 4, 0x0a}), 0xfffffffffffffff8u);
    EXPECT_EQ(value({c8, 0x80, c8, 4, 0x0b}), 8u);
    EXPECT_EQ(value({c8, 0, 0x0e}), 1u);
    EXPECT_EQ(value({c8, 6, c8, 3, 0x0f}), 2u);
    EXPECT_EQ(value({c8, 6, c8, 3, 0x10}), 7u);
    EXPECT_EQ(value({c8, 6, c8, 3, 0x11}), 5u);
    EXPECT_EQ(value({c8, 0, 0x12}), ~std::uint64_t{0});
    EXPECT_EQ(value({c8, 6, c8, 6, 0x13}), 1u);
    EXPECT_EQ(value({c8, 0xff, 0x16, 8, c8, 1, 0x14}), 1u);  // -1 < 1
    EXPECT_EQ(value({c8, 0xff, 0x16, 8, c8, 1, 0x15}), 0u);  // but not unsigned
    EXPECT_EQ(value({c8, 0xff, 0x2a, 4}), 15u);
}

TEST(AgentExpression, reads_registers_constants_and_memory) {
    EXPECT_EQ(value({0x26, 0, 16}), 116u);
    EXPECT_EQ(value({0x23, 0x12, 0x34}), 0x1234u);
    EXPECT_EQ(value({0x24, 1, 2, 3, 4}), 0x01020304u);
    EXPECT_EQ(value({0x25, 1, 2, 3, 4, 5, 6, 7, 8}), 0x0102030405060708u);
    EXPECT_EQ(value({c8, 0x90, 0x17}), 0x90u);
    EXPECT_EQ(value({c8, 0x90, 0x18}), 0x9190u);
    EXPECT_EQ(value({c8, 0x90, 0x19}), 0x93929190u);
    EXPECT_EQ(value({c8, 0x90, 0x1a}), 0x9796959493929190u);
}

TEST(AgentExpression, moves_on_its_stack_and_jumps) {
    EXPECT_EQ(value({c8, 9, 0x28, 0x02}), 18u);
    EXPECT_EQ(value({c8, 9, c8, 1, 0x29}), 9u);
    EXPECT_EQ(value({c8, 9, c8, 1, 0x2b, 0x03}), static_cast<std::uint64_t>(-8));
    EXPECT_EQ(value({c8, 9, c8, 1, 0x32, 1}), 9u);
    EXPECT_EQ(value({c8, 1, c8, 2, c8, 3, 0x33}), 2u);  // 3 1 2
    EXPECT_EQ(value({c8, 1, 0x20, 0, 8, c8, 5, 0x27, c8, 6}), 6u);
    EXPECT_EQ(value({0x21, 0, 5, c8, 5, c8, 6}), 6u);
}

TEST(AgentExpression, says_what_is_wrong) {
    EXPECT_EQ(problem({}), "runs past its end");
    EXPECT_EQ(problem({0x27}), "ends with nothing on its stack");
    EXPECT_EQ(problem({0x02}), "takes from an empty stack");
    EXPECT_EQ(problem({0x25, 1}), "is cut off inside an instruction");
    EXPECT_EQ(problem({c8, 1, c8, 0, 0x05, 0x27}), "divides by zero");
    EXPECT_EQ(problem({c8, 1, 0x17, 0x27}), "reads memory that is not there");
    EXPECT_EQ(problem({0x26, 1, 0, 0x27}), "names a register that is not there");
    EXPECT_EQ(problem({0x21, 0, 0}), "takes too long");
    EXPECT_EQ(problem({0x21, 1, 0}), "jumps outside itself");
    EXPECT_EQ(problem({c8, 1, 0x21, 0, 0}), "needs too much stack");
    EXPECT_EQ(problem({0x34}), "holds an instruction that conditions do not use");
    EXPECT_EQ(problem({c8, 1, 0x32, 1, 0x27}), "takes from below its stack");
    EXPECT_EQ(problem(Bytecode(5000, 0x22)), "is too long");
}

TEST(AgentExpression, divides_the_smallest_number_by_minus_one) {
    Bytecode const least{0x25, 0x80, 0, 0, 0, 0, 0, 0, 0, c8, 0xff, 0x16, 8};
    Bytecode quotient = least, rest = least;
    quotient.push_back(0x05);
    rest.push_back(0x07);
    EXPECT_EQ(value(quotient), std::uint64_t{1} << 63);
    EXPECT_EQ(value(rest), 0u);
}

TEST(AgentExpression, survives_noise) {
    std::mt19937 random(3);
    for (int round = 0; round < 20'000; ++round) {
        Bytecode code(random() % 40);
        for (auto& b : code) b = static_cast<std::uint8_t>(random() % (random() % 2 ? 0x36 : 256));
        evaluate(code, context());
    }
}

}  // namespace
