// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 4 on the host: gates, bit by bit.
#include <fmt/format.h>

#include <random>
#include <sstream>

#include "labs/04-interrupts/checks/exams.hpp"
#include "labs/04-interrupts/checks/gate_bits.hpp"
#include "labs/grader/host_program.hpp"

namespace lab::interrupts {
namespace {

constexpr unsigned code_selector = 8;
constexpr unsigned interrupt_gate = 14, trap_gate = 15;

std::optional<Objection> judge_gate(std::string const& step, std::string const& answer) {
    std::istringstream asked(step), given(answer);
    std::string verb;
    std::uint64_t handler = 0;
    unsigned stack = 0;
    GateBits gate;
    asked >> verb >> std::hex >> handler >> stack;
    given >> std::hex >> gate.low >> gate.high;
    std::string const wrong = gate.objection(handler, stack);
    if (wrong.empty()) return {};
    return Objection{fmt::format("the gate {:016x} {:016x} for {:#x}, stack {}: {}", gate.high, gate.low,
                                 handler, stack, wrong),
                     gate_rule, "gate.hpp: where this field begins, and how many bits it has."};
}

}  // namespace

char const* const gate_rule =
    "A gate holds the handler's address in three pieces, the code selector, the number of its stack, type 14 "
    "and the present bit; all else is zero.";

std::string GateBits::objection(std::uint64_t handler, unsigned stack) const {
    if (!present()) return "bit 47 (present) is clear";
    if (offset() != handler) return fmt::format("it leads to {:#x}", offset());
    if (selector() != code_selector)
        return fmt::format("its selector is {:#x}, not the kernel's code segment {:#x}", selector(),
                           code_selector);
    if (type() == trap_gate) return "it is a trap gate (15): interrupts stay on, and handlers nest";
    if (type() != interrupt_gate) return fmt::format("its type is {}, not 14", type());
    if (ist() != stack) return fmt::format("its interrupt stack is {}, not {}", ist(), stack);
    if (privilege() != 0) return "its privilege level is not 0";
    if (!reserved_clear()) return "reserved bits are set";
    return {};
}

void examine_on_host(Subject const& subject, Judgement& judgement) {
    HostCase one{.name = "gates", .steps = {}, .oracle = judge_gate};
    for (char const* handler : {"ffffffff80106000", "1", "8000", "10000", "80000000", "100000000",
                                "123456789abcdef0", "ffffffffffffffff"})
        for (unsigned stack = 0; stack < 4; ++stack)
            one.steps.push_back(fmt::format("gate {} {}", handler, stack));
    // And addresses of the student's own: what was worked out for somebody else's fits none.
    std::mt19937_64 random(subject.seed);
    for (unsigned i = 0; i < 8; ++i) one.steps.push_back(fmt::format("gate {:x} {}", random(), i % 4));
    examine_case(subject, judgement, "gate", one);
}

}  // namespace lab::interrupts
