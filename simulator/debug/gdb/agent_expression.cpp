// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/gdb/agent_expression.hpp"

#include <array>
#include <cstdint>
#include <limits>

#include "simulator/debug/bytes.hpp"

namespace sim::debug::gdb {

namespace {

enum Opcode : std::uint8_t {
    op_add = 0x02,
    op_sub,
    op_mul,
    op_div_signed,
    op_div_unsigned,
    op_rem_signed,
    op_rem_unsigned,
    op_lsh,
    op_rsh_signed,
    op_rsh_unsigned,
    op_log_not = 0x0e,
    op_bit_and,
    op_bit_or,
    op_bit_xor,
    op_bit_not,
    op_equal,
    op_less_signed,
    op_less_unsigned,
    op_ext,
    op_ref8,
    op_ref16,
    op_ref32,
    op_ref64,
    op_if_goto = 0x20,
    op_goto,
    op_const8,
    op_const16,
    op_const32,
    op_const64,
    op_reg,
    op_end,
    op_dup,
    op_pop,
    op_zero_ext,
    op_swap,
    op_pick = 0x32,
    op_rot = 0x33,
};

std::int64_t as_signed(std::uint64_t v) { return static_cast<std::int64_t>(v); }

class Run {
public:
    Run(std::span<std::uint8_t const> code, AgentContext const& context) : code_(code), context_(context) {}

    AgentResult go() {
        for (unsigned steps = 0; steps < max_agent_steps; ++steps) {
            if (at_ >= code_.size()) return failed("runs past its end");
            std::uint8_t const op = code_[at_++];
            if (op == op_end) {
                if (depth_ == 0) return failed("ends with nothing on its stack");
                return {stack_[depth_ - 1], {}};
            }
            step(op);
            if (!problem_.empty()) return failed(problem_);
        }
        return failed("takes too long");
    }

private:
    static AgentResult failed(std::string why) { return {0, std::move(why)}; }
    void fail(char const* why) {
        if (problem_.empty()) problem_ = why;
    }
    void push(std::uint64_t v) {
        if (depth_ == stack_.size()) return fail("needs too much stack");
        stack_[depth_++] = v;
    }
    std::uint64_t pop() {
        if (depth_ == 0) {
            fail("takes from an empty stack");
            return 0;
        }
        return stack_[--depth_];
    }
    // Operands inside the code are big-endian.
    std::uint64_t operand(unsigned bytes) {
        if (code_.size() - at_ < bytes) {
            fail("is cut off inside an instruction");
            return 0;
        }
        std::uint64_t v = 0;
        for (unsigned i = 0; i < bytes; ++i) v = v << 8 | code_[at_++];
        return v;
    }
    void reference(unsigned bytes) {
        std::uint64_t const address = pop();
        std::array<std::uint8_t, 8> raw{};
        if (!problem_.empty()) return;
        if (!context_.read || !context_.read(address, std::span(raw).first(bytes)))
            return fail("reads memory that is not there");
        push(little_endian(std::span(raw).first(bytes)));
    }
    void divide(std::uint8_t op) {
        std::uint64_t const b = pop(), a = pop();
        if (!problem_.empty()) return;
        if (b == 0) return fail("divides by zero");
        bool const overflow = as_signed(a) == std::numeric_limits<std::int64_t>::min() && as_signed(b) == -1;
        switch (op) {
            case op_div_signed:
                return push(overflow ? a : static_cast<std::uint64_t>(as_signed(a) / as_signed(b)));
            case op_rem_signed:
                return push(overflow ? 0 : static_cast<std::uint64_t>(as_signed(a) % as_signed(b)));
            case op_div_unsigned:
                return push(a / b);
            default:
                return push(a % b);
        }
    }
    void shift(std::uint8_t op) {
        std::uint64_t const by = pop(), a = pop();
        bool const negative = as_signed(a) < 0;
        if (op == op_lsh) return push(by > 63 ? 0 : a << by);
        if (op == op_rsh_unsigned) return push(by > 63 ? 0 : a >> by);
        if (by > 63) return push(negative ? ~std::uint64_t{0} : 0);
        push(static_cast<std::uint64_t>(as_signed(a) >> by));
    }
    void extend(bool sign) {
        std::uint64_t const bits = operand(1), a = pop();
        if (!problem_.empty()) return;
        if (bits == 0) return fail("extends from no bits");
        if (bits > 63) return push(a);
        std::uint64_t const mask = (std::uint64_t{1} << bits) - 1;
        bool const negative = sign && (a >> (bits - 1) & 1);
        push(negative ? a | ~mask : a & mask);
    }
    void two(std::uint8_t op) {
        std::uint64_t const b = pop(), a = pop();
        switch (op) {
            case op_add:
                return push(a + b);
            case op_sub:
                return push(a - b);
            case op_mul:
                return push(a * b);
            case op_bit_and:
                return push(a & b);
            case op_bit_or:
                return push(a | b);
            case op_bit_xor:
                return push(a ^ b);
            case op_equal:
                return push(a == b);
            case op_less_signed:
                return push(as_signed(a) < as_signed(b));
            default:
                return push(a < b);
        }
    }
    void jump(bool conditional) {
        std::uint64_t const to = operand(2);
        if (conditional && pop() == 0) return;
        if (to >= code_.size()) return fail("jumps outside itself");
        at_ = to;
    }

    void step(std::uint8_t op) {
        switch (op) {
            case op_add:
            case op_sub:
            case op_mul:
            case op_bit_and:
            case op_bit_or:
            case op_bit_xor:
            case op_equal:
            case op_less_signed:
            case op_less_unsigned:
                return two(op);
            case op_div_signed:
            case op_div_unsigned:
            case op_rem_signed:
            case op_rem_unsigned:
                return divide(op);
            case op_lsh:
            case op_rsh_signed:
            case op_rsh_unsigned:
                return shift(op);
            case op_log_not:
                return push(pop() == 0);
            case op_bit_not:
                return push(~pop());
            case op_ext:
                return extend(true);
            case op_zero_ext:
                return extend(false);
            case op_ref8:
                return reference(1);
            case op_ref16:
                return reference(2);
            case op_ref32:
                return reference(4);
            case op_ref64:
                return reference(8);
            case op_if_goto:
                return jump(true);
            case op_goto:
                return jump(false);
            case op_const8:
                return push(operand(1));
            case op_const16:
                return push(operand(2));
            case op_const32:
                return push(operand(4));
            case op_const64:
                return push(operand(8));
            case op_reg: {
                auto const number = static_cast<std::uint16_t>(operand(2));
                std::uint64_t value = 0;
                if (!problem_.empty()) return;
                if (!context_.register_value || !context_.register_value(number, value))
                    return fail("names a register that is not there");
                return push(value);
            }
            case op_dup: {
                std::uint64_t const v = pop();
                push(v);
                return push(v);
            }
            case op_pop:
                pop();
                return;
            case op_swap: {
                std::uint64_t const b = pop(), a = pop();
                push(b);
                return push(a);
            }
            case op_pick: {
                std::uint64_t const n = operand(1);
                if (n >= depth_) return fail("takes from below its stack");
                return push(stack_[depth_ - 1 - n]);
            }
            case op_rot: {  // a b c => c a b
                std::uint64_t const c = pop(), b = pop(), a = pop();
                push(c);
                push(a);
                return push(b);
            }
            default:
                return fail("holds an instruction that conditions do not use");
        }
    }

    std::span<std::uint8_t const> code_;
    AgentContext const& context_;
    std::size_t at_ = 0;
    std::array<std::uint64_t, max_agent_stack> stack_{};
    std::size_t depth_ = 0;
    std::string problem_;
};

}  // namespace

AgentResult evaluate(std::span<std::uint8_t const> bytecode, AgentContext const& context) {
    if (bytecode.size() > max_bytecode) return {0, "is too long"};
    return Run(bytecode, context).go();
}

}  // namespace sim::debug::gdb
