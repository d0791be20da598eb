// SPDX-License-Identifier: GPL-2.0-or-later
//
// What an expression is made of, between the parser and the evaluation. Internal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "simulator/debug/expression.hpp"

namespace sim::debug {

enum class NodeKind : std::uint8_t {
    // Numbers
    number,       // value
    reg,          // value: which, see expression_registers.hpp
    address_of,   // left: a place
    unary,        // op, left
    binary,       // op, left, right
    logical_and,  // left, right: right only when left is true
    logical_or,
    cast,        // left, to this size and sign
    same_text,   // left: a place or a pointer to characters; text; value 1: unequal
    text,        // a string literal, only for same_text
    enumerator,  // a bare name that is an enumerator if it stands beside an enumeration
    // Places in memory
    object,   // at address `value`
    memory,   // at the address that left gives
    member,   // of the place left, at offset `value`
    element,  // of the place left: number right, of `value` bytes each
};

enum class Op : std::uint8_t {
    plus,
    minus,
    complement,
    negate,  // unary
    add,
    subtract,
    multiply,
    divide,
    remainder,
    shift_left,
    shift_right,
    bit_and,
    bit_or,
    bit_xor,
    equal,
    unequal,
    less,
    less_equal,
    greater,
    greater_equal,
};

struct Expression::Node {
    NodeKind kind = NodeKind::number;
    Op op = Op::plus;
    std::uint32_t left = 0, right = 0;
    std::uint64_t value = 0;
    std::string text{};
    std::size_t column = 0;
    unsigned height = 1;

    // Of what it gives.
    std::uint32_t type = 0;     // in the type table; 0: a plain number
    std::uint32_t pointee = 0;  // of a pointer: to what (0: to nothing known)
    bool is_pointer = false;
    bool is_place = false;  // lies in memory
    bool is_number = true;  // false: a structure or an array
    bool is_signed = false;
    bool physical = false;  // the place is a physical address
    unsigned size = 8;
    std::uint32_t bit_offset = 0, bit_size = 0;
};

// ---- Registers (expression_registers.cpp) ----

struct RegisterName {
    std::uint16_t id = 0;
    std::uint8_t size = 8;
    bool control = false;  // CR0, CR3, CR4 or EFER: changes seldom, and is told
};
// By the manual's name, lower case: "rax", "r8d", "ah", "cr3", "zf", "cs", "gs_base".
std::optional<RegisterName> find_register(std::string_view name);
std::uint64_t register_value(std::uint16_t id, engine::CpuState const&);
bool is_rip(std::uint16_t id);
// The number of the general register of which it is all or a part.
std::optional<unsigned> general_register(std::uint16_t id);

}  // namespace sim::debug
