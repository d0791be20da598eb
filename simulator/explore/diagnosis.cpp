// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "simulator/debug/disassembly.hpp"
#include "simulator/debug/snapshot.hpp"
#include "simulator/explore/code_at.hpp"

namespace sim::explore {

using machine::Moment;
using machine::RunStop;

namespace {

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
    unsigned cpu = 0;
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

// Of all processors; one at a time is inside a run.
class Notes final : public engine::Observer {
public:
    explicit Notes(machine::Machine& machine) : machine_(machine) {}
    ~Notes() override { listen(nullptr, false); }
    void listen(bool trace) { listen(this, trace); }
    void stop() { listen(nullptr, false); }
    void on_interrupt(std::uint8_t vector, bool external, std::uint32_t error_code,
                      engine::VirtAddr address) override {
        if (external || vector >= 32) return;
        unsigned const cpu = machine_.current_processor();
        exceptions.push_back(
            {machine_.moment(), cpu, vector, error_code, address, machine_.cpu(cpu).state().rip});
        if (exceptions.size() > most_exceptions) exceptions.pop_front();
    }
    bool on_instruction(engine::VirtAddr rip) override {
        if (!instructions.empty() && instructions.back().at == machine_.moment()) instructions.pop_back();
        instructions.push_back({machine_.moment(), machine_.current_processor(), 0, 0, 0, rip});
        if (instructions.size() > shown_back) instructions.pop_front();
        return false;
    }
    std::deque<Seen> exceptions, instructions;

private:
    void listen(engine::Observer* observer, bool trace) {
        for (unsigned i = 0; i < machine_.processors(); ++i) {
            machine_.cpu(i).set_observer(observer);
            machine_.cpu(i).set_trace(trace);
        }
    }
    machine::Machine& machine_;
};

// Where there are several, it is said which one.
std::string on_cpu(machine::Machine const& machine, unsigned cpu) {
    return machine.processors() > 1 ? fmt::format(" on cpu{}", cpu) : "";
}

std::string place(Names const& symbols, std::uint64_t address) {
    std::string text = symbols->describe(address);
    if (auto const line = symbols->line_at(address)) text += fmt::format(" ({})", symbols->describe(*line));
    return text;
}

std::string instruction_at(machine::Machine& machine, unsigned cpu, Names const& symbols, std::uint64_t rip) {
    auto const bytes = code_at(machine, cpu, rip);
    if (bytes.empty()) return "unreadable";
    auto const one = debug::Disassembler(symbols).one(rip, bytes, debug::code_mode(machine.cpu(cpu).state()));
    return one.valid ? fmt::format("{}{}{}", one.mnemonic, one.operands.empty() ? "" : " ", one.operands)
                     : "(bad)";
}

std::vector<std::string> registers(machine::Machine& machine, unsigned cpu) {
    engine::CpuState const s = machine.cpu(cpu).state();
    using engine::Gpr;
    return {fmt::format("rip {:#x}  rsp {:#x}  rflags {:#x}  cs {:#x}  cr0 {:#x}", s.rip, s[Gpr::rsp],
                        s.rflags, s.cs.selector, s.cr0),
            fmt::format("cr2 {:#x}  cr3 {:#x}  idt {:#x} limit {:#x}  rax {:#x}  rcx {:#x}", s.cr2, s.cr3,
                        s.idtr.base, s.idtr.limit, s[Gpr::rax], s[Gpr::rcx])};
}

// Puts the machine at a moment of its past, from a checkpoint.
void go(machine::Machine& machine, machine::Checkpoint const& from, Moment to) {
    for (unsigned i = 0; i < machine.processors(); ++i) machine.cpu(i).set_observer(nullptr);
    machine.restore(from);
    if (machine.moment() < to) machine.run({.moment = to});
}

Moment back(Moment from, std::uint64_t count) { return {from.retired > count ? from.retired - count : 0, 0}; }

// From here a moment is reached soon, as often as one likes.
machine::CheckpointPtr shortly_before(machine::Machine& machine, machine::Checkpoint const& start,
                                      Moment moment) {
    go(machine, start, std::max(start.at, back(moment, shown_back)));
    return machine.checkpoint();
}

// The last instruction before the first bad moment, of that processor.
void note_last_good(Diagnosis& diagnosis, machine::Machine& machine, unsigned cpu,
                    machine::Checkpoint const& near, Names const& symbols) {
    Notes notes(machine);
    go(machine, near, near.at);
    notes.listen(true);
    machine.run({.moment = diagnosis.first_bad});
    notes.stop();
    auto const belongs = [&](Seen const& seen) { return seen.cpu == cpu && seen.at < diagnosis.first_bad; };
    while (!notes.instructions.empty() && !belongs(notes.instructions.back())) notes.instructions.pop_back();
    if (!notes.instructions.empty()) {
        // As the processor stood there: it may have changed its code segment or its page tables.
        go(machine, near, notes.instructions.back().at);
        std::uint64_t const rip = machine.cpu(cpu).state().rip;
        diagnosis.last_good =
            fmt::format("{} in {}", instruction_at(machine, cpu, symbols, rip), place(symbols, rip));
        go(machine, near, diagnosis.first_bad);
        diagnosis.lines.push_back(fmt::format("last good instruction: {}, at moment {}{}",
                                              diagnosis.last_good, to_string(notes.instructions.back().at),
                                              on_cpu(machine, cpu)));
    }
    for (std::string& line : registers(machine, cpu)) diagnosis.lines.push_back(std::move(line));
}

// The exceptions that led to the end: each inside the handler of the one before.
// Returns whose they were.
unsigned note_exceptions(Diagnosis& diagnosis, machine::Machine& machine, machine::Checkpoint const& start,
                         Moment end, Names const& symbols) {
    Notes notes(machine);
    go(machine, start, start.at);
    notes.listen(false);
    machine.run({.moment = {end.retired + 1, 0}});
    notes.stop();
    auto& all = notes.exceptions;
    if (all.empty()) return machine.current_processor();
    unsigned const cpu = all.back().cpu;
    std::erase_if(all, [&](Seen const& seen) { return seen.cpu != cpu; });
    std::size_t first = all.size() - 1;
    while (first > 0 && all[first].at.retired - all[first - 1].at.retired < chain_gap) --first;
    diagnosis.first_bad = all[first].at;
    diagnosis.where = place(symbols, all[first].rip);
    diagnosis.lines.push_back(fmt::format("first bad moment {}: {}, at {}{}", to_string(all[first].at),
                                          name_of(all[first]), diagnosis.where, on_cpu(machine, cpu)));
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
    return cpu;
}

// The earliest moment from which the loop repeats, as far back as `start`. Where
// one processor runs, its registers come back every period.
Moment loop_entry(machine::Machine& machine, machine::Checkpoint const& start, Moment end,
                  std::uint64_t period, unsigned cpu) {
    auto const state_at = [&](std::uint64_t retired) {
        go(machine, start, {retired, 0});
        return machine.cpu(cpu).state();
    };
    // The most steps back, up to `high`, that lead to a state of the loop.
    auto const most = [](std::uint64_t high, auto const& repeats) {
        std::uint64_t low = 0;
        while (low < high) {
            std::uint64_t const middle = low + (high - low + 1) / 2;
            if (repeats(middle))
                low = middle;
            else
                high = middle - 1;
        }
        return low;
    };
    engine::CpuState const last = state_at(end.retired);
    std::uint64_t const turns = most((end.retired - start.at.retired) / period, [&](std::uint64_t n) {
        return state_at(end.retired - n * period) == last;
    });
    // Before the first whole turn there may be a part of one.
    std::uint64_t const turn = end.retired - turns * period;
    return {turn - most(std::min(period - 1, turn - start.at.retired),
                        [&](std::uint64_t n) { return state_at(turn - n) == state_at(turn - n + period); }),
            0};
}

// With several, that take turns: the first instruction of this one after the
// last memory access that changed something, by whomever.
Moment after_last_write(machine::Machine& machine, machine::Checkpoint const& start, Moment end,
                        unsigned cpu) {
    struct Writes final : engine::Observer {
        explicit Writes(machine::Machine& m) : machine(m) {}
        bool on_memory(engine::Access access, engine::PhysAddr, unsigned, std::uint64_t) override {
            if (access == engine::Access::write) last = machine.moment();
            return false;
        }
        machine::Machine& machine;
        std::optional<Moment> last;
    } writes(machine);
    go(machine, start, start.at);
    std::vector<engine::Cpu::MemoryRange> ranges;
    for (auto const& region : machine.memory().regions())
        ranges.push_back({region.start, region.bytes.size(), false, true});
    auto const listen = [&](engine::Observer* observer) {
        for (unsigned i = 0; i < machine.processors(); ++i) {
            machine.cpu(i).set_observer(observer);
            machine.cpu(i).set_watched_memory(observer ? ranges : std::vector<engine::Cpu::MemoryRange>{});
        }
    };
    listen(&writes);
    machine.run({.moment = end});
    listen(nullptr);
    Moment begin = writes.last ? Moment{writes.last->retired + 1, 0} : start.at;
    // Another one's turn: on to ours.
    go(machine, start, begin);
    for (std::uint64_t own = machine.cpu(cpu).retired(); machine.moment() < end;) {
        begin = machine.moment();
        machine.run({.moment = {begin.retired + 1, 0}});
        if (machine.cpu(cpu).retired() != own || machine.moment() == begin) break;
    }
    return begin;
}

}  // namespace

std::string instruction_here(machine::Machine& machine, Names const& symbols) {
    unsigned const cpu = machine.current_processor();
    std::uint64_t const rip = machine.cpu(cpu).state().rip;
    return fmt::format("{} in {}{}", instruction_at(machine, cpu, symbols, rip), place(symbols, rip),
                       on_cpu(machine, cpu));
}

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
                   Names const& symbols, std::optional<Moment> noted) {
    Moment const end = machine.moment();
    machine.set_outside(nullptr);
    machine.set_replay_only(false);
    std::uint64_t const since = noted ? end.retired - std::min(noted->retired, end.retired) : 0;
    machine::Checkpoint const& start = lookback.start(since + chain_gap * 2);
    Diagnosis diagnosis;
    diagnosis.first_bad = end;
    diagnosis.reason = result.message;
    unsigned cpu = machine.current_processor();
    diagnosis.where = place(symbols, machine.cpu(cpu).state().rip);
    machine::CheckpointPtr near;
    if (noted) {
        near = shortly_before(machine, start, *noted);
        // Who executes the instruction there is known when it has been.
        go(machine, *near, {noted->retired + 1, 0});
        cpu = machine.current_processor();
        go(machine, *near, *noted);
        diagnosis.first_bad = *noted;
        diagnosis.where = place(symbols, machine.cpu(cpu).state().rip);
        diagnosis.lines.push_back(fmt::format("first bad moment {}: {}, at {}{}", to_string(*noted),
                                              result.message, diagnosis.where, on_cpu(machine, cpu)));
    }
    if (result.stop == RunStop::shutdown) cpu = note_exceptions(diagnosis, machine, start, end, symbols);
    if (!near || diagnosis.first_bad != noted) near = shortly_before(machine, start, diagnosis.first_bad);
    note_last_good(diagnosis, machine, cpu, *near, symbols);
    return diagnosis;
}

namespace {

// "1,000,000"
std::string grouped(std::uint64_t count) {
    std::string text = std::to_string(count);
    for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
    return text;
}

Diagnosis diagnose_silence(machine::Machine& machine, Lookback const& lookback, SpinCheck const& check,
                           Names const& symbols) {
    Moment const end = machine.moment();
    unsigned const cpu = check.processor();
    std::string const last =
        fmt::format("{} in {}", instruction_at(machine, cpu, symbols, machine.cpu(cpu).state().rip),
                    place(symbols, machine.cpu(cpu).state().rip));
    Diagnosis diagnosis;
    diagnosis.first_bad = *check.silent_since();
    machine::CheckpointPtr const near = shortly_before(
        machine, lookback.start(end.retired - diagnosis.first_bad.retired), diagnosis.first_bad);
    go(machine, *near, diagnosis.first_bad);
    diagnosis.where = place(symbols, machine.cpu(cpu).state().rip);
    diagnosis.reason = fmt::format(
        "spins with interrupts off{}: it touched no device for {} instructions, and is now at {}; unproven",
        on_cpu(machine, cpu), grouped(check.bounds().silent), last);
    diagnosis.lines.push_back(fmt::format("first bad moment {}: from here on it touches no device, at {}",
                                          to_string(diagnosis.first_bad), diagnosis.where));
    note_last_good(diagnosis, machine, cpu, *near, symbols);
    return diagnosis;
}

}  // namespace

Diagnosis diagnose_spin(machine::Machine& machine, Lookback const& lookback, SpinCheck const& check,
                        Names const& symbols) {
    Moment const end = machine.moment();
    machine.set_outside(nullptr);
    if (check.silent_since()) return diagnose_silence(machine, lookback, check, symbols);
    machine::Checkpoint const& start = lookback.start(check.period() * 2);
    Diagnosis diagnosis;
    unsigned const cpu = check.processor();
    bool const alone = !check.several();
    diagnosis.first_bad = alone ? loop_entry(machine, start, end, check.period(), cpu)
                                : after_last_write(machine, start, end, cpu);
    machine::CheckpointPtr const near = shortly_before(machine, start, diagnosis.first_bad);
    go(machine, *near, diagnosis.first_bad);
    diagnosis.where = place(symbols, machine.cpu(cpu).state().rip);
    diagnosis.reason = fmt::format(
        "spins with interrupts off{}: {} at {}, and nothing can end it{}", on_cpu(machine, cpu),
        !alone                ? std::string("what every processor that runs does repeats, and")
        : check.period() == 1 ? std::string("one instruction repeats")
                              : fmt::format("{} instructions repeat", check.period()),
        diagnosis.where,
        check.proven()
            ? ""
            : fmt::format(" that came within {} instructions; unproven", grouped(check.bounds().repeating)));
    diagnosis.lines.push_back(fmt::format("first bad moment {}: the loop begins at {}",
                                          to_string(diagnosis.first_bad), diagnosis.where));
    note_last_good(diagnosis, machine, cpu, *near, symbols);
    return diagnosis;
}

}  // namespace sim::explore
