// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "simulator/debug/disassembly.hpp"
#include "simulator/debug/snapshot.hpp"

namespace sim::explore {

using machine::Moment;
using machine::RunStop;

namespace {

constexpr std::uint64_t interrupt_flag = 1u << 9;
constexpr std::uint64_t chain_gap = 2000;  // instructions: an exception inside the handler of the one before
constexpr std::uint64_t shown_back = 64;   // instructions noted before the first bad moment
constexpr std::size_t most_exceptions = 4096;

constexpr std::array names = {"#DE divide error",
                              "#DB debug",
                              "NMI",
                              "#BP breakpoint",
                              "#OF overflow",
                              "#BR bound range",
                              "#UD invalid opcode",
                              "#NM no x87 unit",
                              "#DF double fault",
                              "vector 9",
                              "#TS invalid TSS",
                              "#NP segment not present",
                              "#SS stack fault",
                              "#GP general protection",
                              "#PF page fault",
                              "vector 15",
                              "#MF x87 error",
                              "#AC alignment check",
                              "#MC machine check",
                              "#XM SIMD error"};

using Names = std::shared_ptr<debug::Symbols const>;

struct Seen {
    Moment at;
    std::uint8_t vector = 0;
    std::uint32_t error_code = 0;
    std::uint64_t address = 0, rip = 0;
};

std::string name_of(Seen const& seen) {
    std::string text =
        seen.vector < names.size() ? names[seen.vector] : fmt::format("vector {}", seen.vector);
    if (seen.vector != 14) return seen.error_code ? fmt::format("{} ({:#x})", text, seen.error_code) : text;
    // [sdm-3a §4.7] error code: 0 present, 1 write, 2 user, 3 reserved, 4 fetch
    char const* const access = seen.error_code & 16 || seen.address == seen.rip ? "fetching from"
                               : seen.error_code & 2                            ? "writing"
                                                                                : "reading";
    return fmt::format("{} {} {:#x}, which is {}", text, access, seen.address,
                       seen.error_code & 1 ? "not allowed" : "not mapped");
}

class Notes final : public engine::Observer {
public:
    explicit Notes(machine::Machine& machine) : machine_(machine) {}
    void on_interrupt(std::uint8_t vector, bool external, std::uint32_t error_code,
                      engine::VirtAddr address) override {
        if (external || vector >= 32) return;
        exceptions.push_back({machine_.moment(), vector, error_code, address, machine_.cpu().state().rip});
        if (exceptions.size() > most_exceptions) exceptions.pop_front();
    }
    bool on_instruction(engine::VirtAddr rip) override {
        if (!instructions.empty() && instructions.back().at == machine_.moment()) instructions.pop_back();
        instructions.push_back({machine_.moment(), 0, 0, 0, rip});
        if (instructions.size() > shown_back) instructions.pop_front();
        return false;
    }
    std::deque<Seen> exceptions, instructions;

private:
    machine::Machine& machine_;
};

std::string place(Names const& symbols, std::uint64_t address) {
    std::string text = symbols->describe(address);
    if (auto const line = symbols->line_at(address)) text += fmt::format(" ({})", symbols->describe(*line));
    return text;
}

std::vector<std::uint8_t> code_at(machine::Machine& machine, std::uint64_t rip) {
    std::vector<std::uint8_t> bytes;
    engine::CpuState const state = machine.cpu().state();
    for (std::uint64_t linear = state.cs.base + rip; bytes.size() < 15; ++linear) {
        auto const walk = machine.cpu().walk(linear, engine::Access::fetch, state.privilege == 3);
        std::uint8_t byte = 0;
        if (!walk.present || !machine.peek(walk.physical, {&byte, 1})) break;
        bytes.push_back(byte);
    }
    return bytes;
}

std::string instruction_at(machine::Machine& machine, Names const& symbols, std::uint64_t rip) {
    auto const bytes = code_at(machine, rip);
    if (bytes.empty()) return "unreadable";
    auto const one = debug::Disassembler(symbols).one(rip, bytes, debug::code_mode(machine.cpu().state()));
    return one.valid ? fmt::format("{}{}{}", one.mnemonic, one.operands.empty() ? "" : " ", one.operands)
                     : "(bad)";
}

std::vector<std::string> registers(machine::Machine& machine) {
    engine::CpuState const s = machine.cpu().state();
    using engine::Gpr;
    return {fmt::format("rip {:#x}  rsp {:#x}  rflags {:#x}  cs {:#x}  cr0 {:#x}", s.rip, s[Gpr::rsp],
                        s.rflags, s.cs.selector, s.cr0),
            fmt::format("cr2 {:#x}  cr3 {:#x}  idt {:#x} limit {:#x}  rax {:#x}  rcx {:#x}", s.cr2, s.cr3,
                        s.idtr.base, s.idtr.limit, s[Gpr::rax], s[Gpr::rcx])};
}

// Puts the machine at a moment of its past, from a checkpoint.
void go(machine::Machine& machine, machine::Checkpoint const& from, Moment to) {
    machine.cpu().set_observer(nullptr);
    machine.restore(from);
    if (machine.moment() < to) machine.run({.moment = to});
}

Moment back(Moment from, std::uint64_t count) { return {from.retired > count ? from.retired - count : 0, 0}; }

void note_last_good(Diagnosis& diagnosis, machine::Machine& machine, machine::Checkpoint const& start,
                    Names const& symbols) {
    Notes notes(machine);
    go(machine, start, std::max(start.at, back(diagnosis.first_bad, shown_back)));
    machine.cpu().set_observer(&notes);
    machine.cpu().set_trace(true);
    machine.run({.moment = diagnosis.first_bad});
    machine.cpu().set_trace(false);
    machine.cpu().set_observer(nullptr);
    while (!notes.instructions.empty() && notes.instructions.back().at >= diagnosis.first_bad)
        notes.instructions.pop_back();
    if (!notes.instructions.empty()) {
        std::uint64_t const rip = notes.instructions.back().rip;
        diagnosis.last_good =
            fmt::format("{} in {}", instruction_at(machine, symbols, rip), place(symbols, rip));
        diagnosis.lines.push_back(fmt::format("last good instruction: {}, at moment {}", diagnosis.last_good,
                                              to_string(notes.instructions.back().at)));
    }
    for (std::string& line : registers(machine)) diagnosis.lines.push_back(std::move(line));
}

// The exceptions that led to the end: each inside the handler of the one before.
void note_exceptions(Diagnosis& diagnosis, machine::Machine& machine, machine::Checkpoint const& start,
                     Moment end, Names const& symbols) {
    Notes notes(machine);
    go(machine, start, start.at);
    machine.cpu().set_observer(&notes);
    machine.run({.moment = {end.retired + 1, 0}});
    machine.cpu().set_observer(nullptr);
    auto const& all = notes.exceptions;
    if (all.empty()) return;
    std::size_t first = all.size() - 1;
    while (first > 0 && all[first].at.retired - all[first - 1].at.retired < chain_gap) --first;
    diagnosis.first_bad = all[first].at;
    diagnosis.where = place(symbols, all[first].rip);
    diagnosis.lines.push_back(fmt::format("first bad moment {}: {}, at {}", to_string(all[first].at),
                                          name_of(all[first]), diagnosis.where));
    constexpr std::size_t most_shown = 6;
    std::size_t const count = all.size() - first;
    for (std::size_t i = first + 1; i < all.size(); ++i) {
        if (i - first > most_shown && all.size() - i > 2) continue;
        diagnosis.lines.push_back(fmt::format("  then at {}: {}", to_string(all[i].at), name_of(all[i])));
    }
    if (count > most_shown + 3) diagnosis.lines.push_back(fmt::format("  ({} exceptions in all)", count));
    // Where it stood at the first bad moment says more than what came after.
    std::uint64_t const rip = all[first].rip;
    if (all[first].vector == 14 && all[first].address == rip)
        diagnosis.reason = fmt::format("the processor was sent to {:#x}, where there is no code", rip);
    else
        diagnosis.reason =
            fmt::format("{}, and its handler could not be entered or failed itself", name_of(all[first]));
}

// The earliest moment from which the loop repeats, as far back as `start`.
Moment loop_entry(machine::Machine& machine, machine::Checkpoint const& start, Moment end,
                  std::uint64_t period) {
    go(machine, start, end);
    engine::CpuState const state = machine.cpu().state();
    std::uint64_t low = 0,
                  high = (end.retired - start.at.retired) / period;  // turns back: known good, unknown
    while (low < high) {
        std::uint64_t const turns = low + (high - low + 1) / 2;
        go(machine, start, {end.retired - turns * period, 0});
        if (machine.cpu().state() == state)
            low = turns;
        else
            high = turns - 1;
    }
    return {end.retired - low * period, 0};
}

}  // namespace

Lookback::Lookback(machine::Machine& machine) : machine_(machine) { kept_.push_back(machine.checkpoint()); }

void Lookback::update() {
    if (machine_.moment().retired < kept_.back()->at.retired + interval) return;
    kept_.push_back(machine_.checkpoint());
    // The first stays: a life shorter than an interval is all there.
    if (kept_.size() > 3) kept_.erase(kept_.begin() + 1);
}

machine::Checkpoint const& Lookback::start(std::uint64_t before) const {
    std::uint64_t const now = machine_.moment().retired;
    for (auto at = kept_.rbegin(); at != kept_.rend(); ++at)
        if ((*at)->at.retired + before <= now) return **at;
    return *kept_.front();
}

Diagnosis diagnose(machine::Machine& machine, Lookback const& lookback, machine::RunResult const& result,
                   Names const& symbols) {
    Moment const end = machine.moment();
    machine.set_outside(nullptr);
    machine.set_replay_only(false);
    machine::Checkpoint const& start = lookback.start(chain_gap * 2);
    Diagnosis diagnosis;
    diagnosis.first_bad = end;
    diagnosis.reason = result.message;
    diagnosis.where = place(symbols, machine.cpu().state().rip);
    if (result.stop == RunStop::shutdown) note_exceptions(diagnosis, machine, start, end, symbols);
    note_last_good(diagnosis, machine, start, symbols);
    return diagnosis;
}

Diagnosis diagnose_spin(machine::Machine& machine, Lookback const& lookback, SpinCheck const& check,
                        Names const& symbols) {
    Moment const end = machine.moment();
    machine.set_outside(nullptr);
    machine::Checkpoint const& start = lookback.start(check.period() * 2);
    Diagnosis diagnosis;
    diagnosis.first_bad = loop_entry(machine, start, end, check.period());
    go(machine, start, diagnosis.first_bad);
    diagnosis.where = place(symbols, machine.cpu().state().rip);
    diagnosis.reason = fmt::format(
        "spins with interrupts off: {} at {}, and nothing can end it{}",
        check.period() == 1 ? std::string("one instruction repeats")
                            : fmt::format("{} instructions repeat", check.period()),
        diagnosis.where, check.proven() ? "" : " that came within a thousand million instructions");
    diagnosis.lines.push_back(fmt::format("first bad moment {}: the loop begins at {}",
                                          to_string(diagnosis.first_bad), diagnosis.where));
    note_last_good(diagnosis, machine, start, symbols);
    return diagnosis;
}

// --- Spinning ---

// Do the registers come back, with no memory written in between? Runs the
// machine on: a run may stop anywhere without the guest's knowing.
bool SpinCheck::repeats() {
    struct Writes final : engine::Observer {
        bool written = false, accessed = false;
        bool on_memory(engine::Access access, engine::PhysAddr, unsigned, std::uint64_t) override {
            accessed = true;
            if (access == engine::Access::write) written = true;
            return false;
        }
    } writes;
    engine::Cpu& cpu = machine_.cpu();
    std::vector<engine::Cpu::MemoryRange> ranges;
    for (auto const& region : machine_.memory().regions())
        ranges.push_back({region.start, region.bytes.size(), true, true});
    cpu.set_observer(&writes);
    cpu.set_watched_memory(ranges);
    engine::CpuState const before = cpu.state();
    std::uint64_t const start = machine_.moment().retired;
    bool back = false;
    bool plain = true;  // no instruction that reads a device or the clock
    for (std::uint64_t count = 1; count <= longest_period && !writes.written; ++count) {
        auto const code = code_at(machine_, cpu.state().rip);
        std::uint8_t const first = code.empty() ? 0 : code[0];
        // IN and OUT, or two-byte instructions among which RDTSC, RDMSR, CPUID are.
        bool const port = (first >= 0xE4 && first <= 0xE7) || (first >= 0xEC && first <= 0xEF) ||
                          (first >= 0x6C && first <= 0x6F) || first == 0x0F;
        // What has a memory operand may address a device: only jumps and pauses are surely plain.
        bool const jump = (first >= 0x70 && first <= 0x7F) || first == 0xEB || first == 0xE9 ||
                          first == 0x90 || first == 0xF3 || first == 0xFA;
        plain &= !port && jump;
        auto const result = machine_.run({.moment = {start + count, 0}});
        if (result.stop != RunStop::reached || machine_.moment().retired != start + count) break;
        engine::CpuState const now = cpu.state();
        if (now == before) {
            back = !writes.written;
            period_ = count;
            break;
        }
    }
    cpu.set_watched_memory({});
    cpu.set_observer(nullptr);
    proven_ = back && plain && !writes.accessed;
    return back;
}

bool SpinCheck::spins() {
    if (machine_.processors() != 1) return false;  // another one could end it
    engine::CpuState const state = machine_.cpu().state();
    if (machine_.ended() || state.halted || state.rflags & interrupt_flag) {
        suspicious_ = 0;
        since_.reset();
        return false;
    }
    // Look at the 1st, 2nd, 4th, 8th ... suspicion in a row.
    ++suspicious_;
    if ((suspicious_ & (suspicious_ - 1)) != 0 && !since_) return false;
    std::uint64_t const now = machine_.moment().retired;
    if (!since_ || now - *since_ >= patience || suspicious_ % 64 == 0) {
        if (!repeats()) {
            since_.reset();
            return false;
        }
        if (proven_) return true;
        if (!since_) since_ = now;
        return now - *since_ >= patience;
    }
    return false;
}

}  // namespace sim::explore
