// SPDX-License-Identifier: GPL-2.0-or-later
//
// gdb's agent expressions: the little stack machine in whose bytecode gdb sends
// a breakpoint's condition, so that it is evaluated here and only a true one
// costs a round trip. The bytes come from outside: every step is bounded.
// [gdb-doc §F The GDB Agent Expression Mechanism]
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace sim::debug::gdb {

using Bytecode = std::vector<std::uint8_t>;

// What an expression may look at. Each returns false when it cannot be had.
struct AgentContext {
    std::function<bool(std::uint16_t number, std::uint64_t& value)> register_value;
    std::function<bool(std::uint64_t address, std::span<std::uint8_t> into)> read;
};

struct AgentResult {
    std::uint64_t value = 0;
    std::string problem;  // empty: `value` holds
};

constexpr std::size_t max_bytecode = 4096;
constexpr std::size_t max_agent_stack = 100;
constexpr unsigned max_agent_steps = 10'000;

AgentResult evaluate(std::span<std::uint8_t const> bytecode, AgentContext const&);

}  // namespace sim::debug::gdb
