// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 4 in the simulator: the gates as the processor has them; then a loop that
// uses every register is interrupted before each of its instructions, thousands of
// times in one life; then pages come to be by their faults.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "labs/04-interrupts/checks/exams.hpp"
#include "labs/04-interrupts/checks/gate_bits.hpp"
#include "labs/grader/call_watch.hpp"
#include "simulator/machine/interrupt_fault.hpp"

namespace lab::interrupts {
namespace {

using sim::engine::CpuState;
using sim::engine::Gpr;
using sim::machine::RunStop;

constexpr unsigned stub_count = 0x70, stub_size = 16;
constexpr std::uint64_t page_bytes = 4096, lazy_pages = 16;
constexpr std::uint64_t direction_flag = 1 << 10, resume_flag = 1 << 16;

// Of the vectors that need a stack of their own. [sdm-3a §6.14.5]
unsigned stack_for(unsigned vector) { return vector == 8 ? 1 : vector == 2 ? 2 : vector == 18 ? 3 : 0; }

constexpr std::array<char const*, 16> register_names = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp",
                                                        "rsi", "rdi", "r8",  "r9",  "r10", "r11",
                                                        "r12", "r13", "r14", "r15"};
// The order in which a TrapFrame holds them, from its lowest address.
constexpr Gpr frame_order[] = {Gpr::r15, Gpr::r14, Gpr::r13, Gpr::r12, Gpr::r11, Gpr::r10, Gpr::r9, Gpr::r8,
                               Gpr::rbp, Gpr::rdi, Gpr::rsi, Gpr::rdx, Gpr::rcx, Gpr::rbx, Gpr::rax};

Stage stage_for(Subject const& subject, std::string const& exercise) {
    Stage stage;
    stage.command_line = fmt::format("practice={} seed={} rounds={}", exercise, subject.seed % 1'000'000,
                                     subject.definition.budget("rounds"));
    stage.budget_instructions = subject.definition.budget(exercise);
    stage.budget_ns = 10'000'000'000;
    return stage;
}

// ---- The table ----

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
    CpuState const state = run.machine().cpu().state();
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

// ---- Interrupted everywhere ----

class Interrupter {
public:
    Interrupter(StudentRun& run, Judgement& judgement) : run_(run), judgement_(judgement) {
        auto const vector = run.symbols().object_named("apps::practice::interrupt_vector");
        if (vector) vector_ = static_cast<std::uint8_t>(run.read_word(vector->address).value_or(0));
        dispatch_ = run.address_of("trap_dispatch");
        spin_ = run.address_of("practice_spin");
        spin_end_ = run.address_of("practice_spin_end");
        std::vector<sim::engine::VirtAddr> watched = {dispatch_};
        for (std::uint64_t at = spin_; at < spin_end_; ++at) watched.push_back(at);
        run.machine().cpu().set_watched_addresses(watched);
    }
    ~Interrupter() { run_.machine().cpu().set_watched_addresses({}); }

    // Before so many instructions, one after the other. False: something was wrong,
    // and told.
    bool interrupt(std::uint64_t most) {
        for (; boundary_ < most; ++boundary_) {
            if (!go_to_boundary()) return lost("the exercise went astray");
            if (!interrupt_here()) return false;
        }
        return true;
    }

private:
    // To the next watched address. False: the machine ended instead.
    bool go_on() {
        auto limit = run_.limit();
        limit.moment = {run_.machine().moment().retired + patience, 0};
        last_ = run_.machine().run(limit);
        return last_.stop == RunStop::observer;
    }
    std::uint64_t here() const { return run_.machine().cpu().instruction_pointer(); }
    bool inside() const { return here() >= spin_ && here() < spin_end_; }
    // The kernel's own timer comes when it will: its interrupts are let pass.
    bool go_to_boundary() {
        for (int others = 0; others < most_others; ++others) {
            if (!go_on()) return false;
            if (inside()) return true;
        }
        return false;
    }

    bool interrupt_here() {
        CpuState const before = run_.machine().cpu().state();
        run_.machine().give(sim::machine::spurious_interrupt(0, vector_));
        for (int others = 0;; ++others) {
            if (!go_on() || others == most_others) return lost("the interrupt never reached trap_dispatch");
            if (here() != dispatch_) return lost("the interrupt was not taken, or went elsewhere");
            if (!call_is_right() || !registers_are_right(before)) return false;
            std::uint64_t const vector = frame_word(15);
            if (vector == vector_ || vector < first_device_vector || vector >= stub_count) break;
        }
        if (!rest_is_right(before)) return false;
        verified_ = true;
        // Back before the same instruction, on the same stack.
        if (!go_to_boundary()) return lost("the handler never returned");
        return same_state(before);
    }

    bool call_is_right() {
        CpuState const now = run_.machine().cpu().state();
        std::uint64_t const rsp = now[Gpr::rsp];
        if (rsp % 16 == 8 && (now.rflags & direction_flag) == 0) return true;
        std::string const seen =
            rsp % 16 != 8
                ? fmt::format("at the call of trap_dispatch RSP was {:#x}, no multiple of 16", rsp + 8)
                : std::string("trap_dispatch was called with the direction flag set");
        return wrong("aligned", seen,
                     "C++ code may rely on two things at a call: RSP is a multiple of 16, and DF is clear. "
                     "[sysv-abi §3.2.2]",
                     "isr.S: count the pushes between the stub and the call (an odd number of eight bytes is "
                     "missing or too "
                     "much), and clear DF.");
    }

    std::uint64_t frame_word(unsigned i) const {
        return run_.read_word(run_.machine().cpu().general(Gpr::rdi) + 8 * i).value_or(0);
    }
    bool frame_differs(std::string const& name, std::uint64_t has, std::uint64_t should) {
        return wrong("frame", fmt::format("TrapFrame::{} is {:#x}, and should be {:#x}", name, has, should),
                     "The TrapFrame holds every register as it was when the interrupt came, and the vector.",
                     "isr.S: the order of the pushes is the order of TrapFrame's members, the last first; "
                     "RDI points to "
                     "the last one pushed.");
    }
    bool registers_are_right(CpuState const& before) {
        for (unsigned i = 0; i < std::size(frame_order); ++i)
            if (frame_word(i) != before[frame_order[i]])
                return frame_differs(register_names[static_cast<unsigned>(frame_order[i])], frame_word(i),
                                     before[frame_order[i]]);
        return true;
    }
    bool rest_is_right(CpuState const& before) {
        std::pair<char const*, std::uint64_t> const rest[] = {
            {"vector", vector_},       {"error", 0},
            {"rip", before.rip},       {"cs", before.cs.selector},
            {"rflags", before.rflags}, {"rsp", before[Gpr::rsp]}};
        for (unsigned i = 0; i < std::size(rest); ++i)
            if (frame_word(15 + i) != rest[i].second)
                return frame_differs(rest[i].first, frame_word(15 + i), rest[i].second);
        return true;
    }

    bool same_state(CpuState const& before) {
        CpuState const after = run_.machine().cpu().state();
        auto const changed = [&](std::string const& name, std::uint64_t was, std::uint64_t is) {
            return wrong(
                "registers",
                fmt::format("{} changed from {:#x} to {:#x} by vector {:#x}", name, was, is, vector_),
                "Whoever is interrupted must not notice: every register and flag is as it was.",
                "isr.S: each register is saved before the call, and restored in the opposite order; the last "
                "is IRETQ, "
                "with RSP at the frame that the processor pushed.");
        };
        if (after.rip != before.rip) return changed("rip", before.rip, after.rip);
        for (unsigned i = 0; i < register_names.size(); ++i)
            if (after.gpr[i] != before.gpr[i]) return changed(register_names[i], before.gpr[i], after.gpr[i]);
        if ((after.rflags & ~resume_flag) != (before.rflags & ~resume_flag))
            return changed("rflags", before.rflags, after.rflags);
        return true;
    }

    bool lost(std::string const& what) {
        std::string seen = what;
        if (last_.stop == RunStop::shutdown) seen += ": a triple fault";
        if (last_.stop == RunStop::exited) seen += ": the kernel panicked";
        return wrong("registers", seen,
                     "An interrupt ends where it came: before the next instruction of what it interrupted.",
                     "isr.S: RSP before IRETQ must be where the processor's own frame begins: vector and "
                     "error code are "
                     "taken off the stack first.");
    }

    bool wrong(char const* check, std::string const& seen, char const* rule, char const* cause) {
        Finding finding{.seen = fmt::format("{}; found at boundary {}", seen, boundary_ + 1),
                        .moment = run_.machine().moment(),
                        .where = run_.whereabouts(),
                        .rule = rule,
                        .cause = cause,
                        .view = "registers"};
        judgement_.note_hash(run_.machine().hash().total);
        judgement_.fail(check, std::move(finding), run_);
        // What reached C++ once, as it should, is no longer in doubt.
        if (std::string(check) == "registers" && verified_) return false;
        for (char const* other : {"frame", "aligned", "registers"})
            if (std::string(other) != check) judgement_.block(other, check);
        return false;
    }

    static constexpr std::uint64_t patience = 100'000;  // instructions until something must have happened
    StudentRun& run_;
    Judgement& judgement_;
    static constexpr int most_others = 10;
    static constexpr std::uint64_t first_device_vector = 0x30;
    std::uint8_t vector_ = 0;
    bool verified_ = false;
    std::uint64_t dispatch_ = 0, spin_ = 0, spin_end_ = 0, boundary_ = 0;
    sim::machine::RunResult last_;
};

// ---- Lazy pages ----

std::optional<std::uint64_t> lazy_start(StudentRun const& run) {
    auto const* object = run.symbols().object_named("apps::practice::lazy_start");
    return object ? run.read_word(object->address) : std::nullopt;
}

// What is wrong with the page; empty: nothing.
std::string lazy_objection(StudentRun& run, std::uint64_t page, std::uint64_t number,
                           std::set<std::uint64_t>& frames) {
    auto const walk = run.machine().cpu().walk(page, sim::engine::Access::write, false);
    if (number % 3 == 2) return walk.present ? "is mapped, but nobody has touched it" : "";
    if (!walk.present) return "is not mapped, although it was touched";
    if (!walk.writable || walk.executable) return "must be readable and writable, and not executable";
    if (!frames.insert(walk.physical).second) return "shares its frame with another page";
    auto const bytes = run.read(page, page_bytes);
    if (!bytes) return "cannot be read";
    // Some were only read, the others got bytes of 0x77 here and there.
    auto const odd = std::find_if(bytes->begin(), bytes->end(), [](auto b) { return b != 0 && b != 0x77; });
    if (odd != bytes->end())
        return fmt::format("holds {:#04x} at offset {:#x}, which was in the frame before", *odd,
                           odd - bytes->begin());
    return {};
}

void check_lazy(StudentRun& run, Judgement& judgement) {
    char const* const rule =
        "The first touch of a lazy page gives it a frame of its own, all zero, readable and writable.";
    char const* const cause = "handle_page_fault in fault.cpp: allocate, clear, map at the page's start.";
    auto const fail = [&](std::string const& seen, std::optional<std::uint64_t> address) {
        judgement.fail("lazy",
                       {.seen = seen,
                        .moment = run.machine().moment(),
                        .where = run.whereabouts(),
                        .rule = rule,
                        .cause = cause,
                        .view = "page-walk",
                        .address = address},
                       run);
    };
    if (!run.run_to_probe("practice_lazy_done"))
        return fail(fmt::format("the touches never ended: {}", run.ended()), run.machine().cpu().state().cr2);
    auto const start = lazy_start(run);
    if (!start) return fail("there is no lazy region", {});
    std::set<std::uint64_t> frames;
    for (std::uint64_t i = 0; i < lazy_pages; ++i) {
        std::uint64_t const page = *start + i * page_bytes;
        std::string const wrong = lazy_objection(run, page, i, frames);
        if (!wrong.empty())
            return fail(fmt::format("page {} of the region, {:#x}, {}", i, page, wrong), page);
    }
}

}  // namespace

void examine_machine(Subject const& subject, Judgement& judgement) {
    StudentRun run(subject.elf, stage_for(subject, "interrupts"));
    check_gates(run, judgement);
    if (!judgement.open("runs")) return judgement.note_hash(run.machine().hash().total);
    bool const arrived = run.run_to_probe("practice_begin");
    bool const calls = run.symbols().address_of_symbol("trap_dispatch").has_value();
    if (!arrived || !calls) {
        judgement.note_hash(run.machine().hash().total);
        return judgement.fail(
            "runs",
            {.seen = calls ? fmt::format("the kernel never came to the exercise: {}", run.ended())
                           : std::string("nothing in the kernel calls trap_dispatch"),
             .moment = run.machine().moment(),
             .where = run.whereabouts(),
             .rule = "The kernel boots with your stub: its own timer interrupts it on the way.",
             .cause = "isr.S: the first interrupt did not come back.",
             .view = "console"},
            run);
    }
    {
        Interrupter interrupter(run, judgement);
        if (!interrupter.interrupt(subject.definition.budget("boundaries"))) return;
    }
    check_lazy(run, judgement);
    judgement.note_hash(run.machine().hash().total);
}

void examine_beyond(Subject const& subject, Judgement& judgement) {
    StudentRun run(subject.elf, stage_for(subject, "beyond-lazy"));
    bool const began = run.run_to_probe("practice_begin");
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
