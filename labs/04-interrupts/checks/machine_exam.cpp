// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 4 in the simulator: the gates as the processor has them; then a loop that
// uses every register is interrupted before each of its instructions, thousands of
// times in one life; then pages come to be by their faults.
#include <fmt/format.h>

#include "labs/04-interrupts/checks/exams.hpp"
#include "labs/04-interrupts/checks/machine_parts.hpp"

namespace lab::interrupts {
namespace {

// Each student's computer is another one: so much memory, a module of such a length,
// so that frames, tables and stacks lie elsewhere.
Stage stage_for(Subject const& subject, std::string const& exercise) {
    Stage stage;
    stage.memory_bytes = (48ull << 20) + (subject.seed % 991) * 4096;
    stage.module.assign(4096 * (1 + subject.seed % 61) + subject.seed % 4096, 0x4d);
    stage.command_line = fmt::format("practice={} seed={} rounds={}", exercise, subject.seed % 1'000'000,
                                     subject.definition.budget("rounds"));
    stage.budget_instructions = subject.definition.budget(exercise);
    stage.budget_ns = 10'000'000'000;
    return stage;
}

}  // namespace

void examine_machine(Subject const& subject, Judgement& judgement) {
    StudentRun run(subject.elf, stage_for(subject, "interrupts"));
    check_gates(run, judgement);
    if (!judgement.open("runs")) return judgement.note_hash(run.machine().hash().total);
    bool const arrived = run.run_to_probe("practice_begin", "apps::practice::be_interrupted");
    bool const calls = run.symbols().address_of_symbol("trap_dispatch").has_value();
    if (!arrived || !calls) {
        judgement.note_hash(run.machine().hash().total);
        return judgement.fail(
            "runs",
            {.seen = calls ? fmt::format("the kernel never came to the exercise: {}", run.ended())
                           : std::string("nothing in the kernel calls trap_dispatch"),
             .moment = calls ? run.moment_of_end() : run.machine().moment(),
             .where = run.whereabouts(),
             .rule = "The kernel boots with your stub: its own timer interrupts it on the way.",
             .cause =
                 calls ? "isr.S: an interrupt on the way did not come back; or fault.cpp, when the console "
                         "has a panic for an address. How it ended: " +
                             run.cause_of_end()
                       : "isr.S: common_stub calls trap_dispatch, with RDI at the frame.",
             .view = "console"},
            run);
    }
    if (!check_interrupts(run, judgement, subject.definition.budget("boundaries"))) return;
    check_lazy(run, judgement);
    judgement.note_hash(run.machine().hash().total);
}

void examine_beyond(Subject const& subject, Judgement& judgement) {
    Stage const stage = stage_for(subject, "beyond-lazy");
    if (!check_shortage(subject, judgement, stage)) return;
    StudentRun run(subject.elf, stage);
    bool const began = run.run_to_probe("practice_begin", "apps::practice::touch_beyond_lazy");
    run.run_to_end();
    judgement.note_hash(run.machine().hash().total);
    auto const start = lazy_start(run);
    std::uint64_t const address = run.machine().cpu().state().cr2;
    if (began && run.panicked() && start && address == *start + 2 * page_bytes) return;
    judgement.fail(
        "refuses",
        {.seen = fmt::format("a touch behind a lazy region did not end in a panic for its address: {}",
                             run.ended()),
         .moment = run.machine().moment(),
         .where = run.whereabouts(),
         .rule = "Only pages of a lazy region are filled. Every other page fault is a mistake, and is told.",
         .cause = "handle_page_fault in fault.cpp: false for an address in no region, and for a page that is "
                  "there and forbids what was tried.",
         .view = "console",
         .address = address},
        run);
}

}  // namespace lab::interrupts
