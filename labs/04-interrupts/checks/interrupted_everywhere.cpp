// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <array>

#include "labs/04-interrupts/checks/handler_watch.hpp"
#include "labs/04-interrupts/checks/machine_parts.hpp"
#include "simulator/machine/interrupt_fault.hpp"

namespace lab::interrupts {
namespace {

using sim::engine::CpuState;
using sim::engine::Gpr;
using sim::machine::RunStop;

constexpr unsigned stub_count = 0x70, panic_status = 101;
constexpr std::uint64_t direction_flag = 1 << 10, resume_flag = 1 << 16;

constexpr std::array<char const*, 16> register_names = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp",
                                                        "rsi", "rdi", "r8",  "r9",  "r10", "r11",
                                                        "r12", "r13", "r14", "r15"};
// The order in which a TrapFrame holds them, from its lowest address.
constexpr Gpr frame_order[] = {Gpr::r15, Gpr::r14, Gpr::r13, Gpr::r12, Gpr::r11, Gpr::r10, Gpr::r9, Gpr::r8,
                               Gpr::rbp, Gpr::rdi, Gpr::rsi, Gpr::rdx, Gpr::rcx, Gpr::rbx, Gpr::rax};

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
            if (boundary_ == 0) stub_.emplace(run_, vector_, HandlerWatch::Looks::at_the_stub);
            if (!interrupt_here()) return false;
            if (boundary_ + 1 == traced && !stayed_off()) return false;
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
        if ((now.rflags & interrupt_flag) != 0)
            return wrong("aligned", "trap_dispatch was called with interrupts on", off_rule,
                         "isr.S: the gate has switched them off. No STI before the call.");
        if (rsp % 16 == 8 && (now.rflags & direction_flag) == 0) return true;
        std::string const seen =
            rsp % 16 != 8
                ? fmt::format("at the call of trap_dispatch RSP was {:#x}, no multiple of 16", rsp + 8)
                : std::string("trap_dispatch was called with the direction flag set");
        return wrong("aligned", seen,
                     "C++ code may rely on two things at a call: RSP is a multiple of 16, and DF is clear. "
                     "[sysv-abi §3.2.2]",
                     rsp % 16 != 8
                         ? "isr.S: count the pushes between the stub and the call: an odd number of eight "
                           "bytes is missing or too much."
                         : "isr.S: whoever is interrupted may have set DF; cld before the call.");
    }

    std::uint64_t frame_word(unsigned i) const {
        return run_.read_word(run_.machine().cpu().general(Gpr::rdi) + 8 * i).value_or(0);
    }
    bool frame_differs(std::string const& name, std::uint64_t has, std::uint64_t should) {
        return wrong("frame", fmt::format("TrapFrame::{} is {:#x}, and should be {:#x}", name, has, should),
                     "The TrapFrame holds every register as it was when the interrupt came, and the vector.",
                     "isr.S: the order of the pushes is the order of TrapFrame's members, the last first; "
                     "RDI points to the last one pushed.");
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
                "is IRETQ, with RSP at the frame that the processor pushed.");
        };
        if (after.rip != before.rip) return changed("rip", before.rip, after.rip);
        for (unsigned i = 0; i < register_names.size(); ++i)
            if (after.gpr[i] != before.gpr[i]) return changed(register_names[i], before.gpr[i], after.gpr[i]);
        if ((after.rflags & ~resume_flag) != (before.rflags & ~resume_flag))
            return changed("rflags", before.rflags, after.rflags);
        return true;
    }

    // In the first rounds each instruction of the stub is looked at.
    bool stayed_off() {
        auto const on = stub_->offence();
        stub_.reset();
        if (!on) return true;
        run_.machine().seek(on->at);
        return wrong("registers", fmt::format("interrupts were on at {}, inside of the stub", on->place),
                     off_rule,
                     "isr.S: no STI on the way to IRETQ, which brings back RFLAGS, and IF with it.");
    }

    bool lost(std::string const& what) {
        std::string seen = what;
        if (last_.stop == RunStop::shutdown) seen += ": a triple fault";
        if (last_.stop == RunStop::exited)
            seen += last_.status == panic_status
                        ? ": the kernel panicked"
                        : fmt::format(": the kernel exited with status {}", last_.status);
        return wrong("registers", seen,
                     "An interrupt ends where it came: before the next instruction of what it interrupted.",
                     "isr.S: RSP before IRETQ must be where the processor's own frame begins: vector and "
                     "error code are taken off the stack first.");
    }

    bool wrong(char const* check, std::string const& seen, char const* rule, char const* cause) {
        stub_.reset();  // what follows is not the exercise's
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
    static constexpr std::uint64_t traced = 20;  // boundaries
    static constexpr char const* off_rule =
        "Interrupts are off from the gate to IRETQ: another one would find stack and kernel half-way. "
        "(trap.hpp)";
    static constexpr std::uint64_t first_device_vector = 0x30;
    std::uint8_t vector_ = 0;
    bool verified_ = false;
    std::optional<HandlerWatch> stub_;
    std::uint64_t dispatch_ = 0, spin_ = 0, spin_end_ = 0, boundary_ = 0;
    sim::machine::RunResult last_;
};

}  // namespace

bool check_interrupts(StudentRun& run, Judgement& judgement, std::uint64_t boundaries) {
    return Interrupter(run, judgement).interrupt(boundaries);
}

}  // namespace lab::interrupts
