// SPDX-License-Identifier: GPL-2.0-or-later
//
// The one expression language: breakpoint conditions, "when did this first
// become true", gdb's conditions, tours and the labs' checks all speak it.
// docs/reference/expressions.md is its manual.
//
//     rax == 5 && u64[rsp + 8] != 0
//     threads::the_scheduler.current_->state == blocked
//     &threads::the_scheduler    cpus[0].interrupt_depth    p64[cr3]
//
// It only reads: no assignment, no calls. Names and types are looked up once,
// when the text is compiled; evaluating needs a moment's registers and memory.
// The text is not trusted: at most max_text characters, max_depth levels deep.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/debug/guest_memory.hpp"
#include "simulator/debug/symbols.hpp"
#include "simulator/debug/types.hpp"
#include "simulator/debug/value_tree.hpp"
#include "simulator/engine/cpu.hpp"

namespace sim::debug {

// What is wrong with a text, and where.
struct ExpressionError {
    std::string message;     // "no object or register is called \"sheduler\""
    std::size_t column = 0;  // from 0, in the text
    std::string text;        // the expression
    // Three lines: the message, the text, a caret below the place.
    std::string explain() const;
};

// What an expression is at a moment.
struct Value {
    // Why there is none: "0x10 is not mapped", "division by zero". Empty: all is well.
    std::string problem;
    std::size_t problem_column = 0;

    std::uint64_t number = 0;  // sign-extended when is_signed
    bool is_signed = false;
    bool is_number = true;   // false: a structure, an array or a string literal: `address` says where
    unsigned size = 8;       // bytes of the number as it lies in memory
    std::uint32_t type = 0;  // in the image's TypeTable; 0: a plain number
    std::optional<std::uint64_t> address;        // of what lies in memory
    bool physical = false;                       // `address` is physical
    std::uint32_t bit_offset = 0, bit_size = 0;  // of a bit field

    explicit operator bool() const { return problem.empty(); }  // there is a value
    // The value is there and not zero. What cannot be read is not true.
    bool truth() const { return problem.empty() && (!is_number || number != 0); }
};

class Expression {
public:
    static constexpr std::size_t max_text = 4096;
    static constexpr unsigned max_depth = 64, max_nodes = 1024;

    // Either the expression or the error.
    struct Compiled;
    static Compiled compile(std::string_view text, std::shared_ptr<Symbols const>);

    std::string const& text() const { return text_; }

    // With one moment's registers and memory. No effect on either. Every read of
    // memory goes through `memory`, page tables included: whoever wants to know
    // what was read hands in a GuestMemory whose reader listens.
    Value evaluate(engine::CpuState const&, GuestMemory const&) const;
    bool true_at(engine::CpuState const& cpu, GuestMemory const& memory) const {
        return evaluate(cpu, memory).truth();
    }

    // Its value can change with any instruction (it names a general register,
    // RIP or RFLAGS), or only with memory and control registers.
    bool uses_registers() const { return uses_registers_; }
    bool uses_memory() const { return uses_memory_; }

    // What must be fetched of a processor to look at it.
    struct Needs {
        std::uint16_t general = 0;  // bit n: the general register of that number
        bool rip = false;
        bool others = false;  // flags, segments, control registers and the rest
    };
    Needs needs() const;
    // It can be true only where RIP is this: "rip == f && ...".
    std::optional<std::uint64_t> only_at_rip() const;

    // As a person reads it: "7", "blocked", "0xffffffff80102030 <threads::idle>",
    // "{id = 3, name = \"main\", ...}". One line, bounded.
    std::string print(Value const&, GuestMemory const&) const;
    // The same with all its parts.
    ValueTree tree(Value const&, GuestMemory const&, ValueLimits const& = {}) const;

    struct Node;  // expression_nodes.hpp

private:
    friend class ExpressionBuilder;
    Expression() = default;

    std::string text_;
    std::shared_ptr<Symbols const> symbols_;
    std::shared_ptr<std::vector<Node> const> nodes_;  // operands before their operators
    bool uses_registers_ = false, uses_memory_ = false;
};

struct Expression::Compiled {
    std::optional<Expression> expression;
    ExpressionError error;  // when there is none
    explicit operator bool() const { return expression.has_value(); }
};

}  // namespace sim::debug
