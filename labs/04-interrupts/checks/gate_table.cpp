// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "labs/04-interrupts/checks/gate_bits.hpp"
#include "labs/04-interrupts/checks/machine_parts.hpp"
#include "labs/grader/call_watch.hpp"

namespace lab::interrupts {
namespace {

constexpr unsigned stub_count = 0x70, stub_size = 16;

// Of the vectors that need a stack of their own. [sdm-3a §6.14.5]
unsigned stack_for(unsigned vector) { return vector == 8 ? 1 : vector == 2 ? 2 : vector == 18 ? 3 : 0; }

}  // namespace

void check_gates(StudentRun& run, Judgement& judgement) {
    auto const fail = [&](std::string const& seen, std::string const& where,
                          std::optional<std::uint64_t> address) {
        judgement.fail("gates",
                       {.seen = seen,
                        .moment = run.machine().moment(),
                        .where = where,
                        .rule = gate_rule,
                        .cause = "make_gate in gate.hpp.",
                        .view = "registers",
                        .address = address},
                       run);
    };
    CallWatch watch(run, {"arch::init_traps"});
    watch.on_return = [](Call const&) { return true; };
    if (!watch.run()) return fail("the table was never loaded: " + run.ended(), run.whereabouts(), {});
    sim::engine::CpuState const state = run.machine().cpu().state();
    // Nobody uses them: the linker has left them out.
    auto const stubs = run.symbols().address_of_symbol("isr_stubs");
    if (!stubs) return fail("no gate leads to a stub", "the table, just loaded by LIDT", state.idtr.base);
    for (unsigned vector = 0; vector < stub_count; ++vector) {
        std::uint64_t const at = state.idtr.base + vector * 16;
        auto const low = run.read_word(at), high = run.read_word(at + 8);
        std::string const wrong =
            low && high ? GateBits{*low, *high}.objection(*stubs + vector * stub_size, stack_for(vector))
                        : std::string("it lies in no memory");
        if (!wrong.empty())
            return fail(
                fmt::format("the gate of vector {:#x}: {}", vector, wrong),
                fmt::format("entry {} of the table at {:#x}, just loaded by LIDT", vector, state.idtr.base),
                at);
    }
}

}  // namespace lab::interrupts
