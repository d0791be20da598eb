// SPDX-License-Identifier: GPL-2.0-or-later
//
// Why a life ended badly: found by going back and running the end again, with
// every exception and the last instructions noted. And the proof that a guest
// spins: the same few instructions, with interrupts off, for ever.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulator/debug/symbols.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::explore {

// Keeps the way back short: the two latest of the checkpoints that it takes, so
// its memory is bounded by what the guest writes in between.
class Lookback {
public:
    static constexpr std::uint64_t interval = 50'000'000;  // instructions

    explicit Lookback(machine::Machine&);
    // Between runs.
    void update();
    // The later one at least `before` instructions ago; else the first.
    machine::Checkpoint const& start(std::uint64_t before) const;

private:
    machine::Machine& machine_;
    std::deque<machine::CheckpointPtr> kept_;
};

struct Diagnosis {
    std::string reason;              // one line: what went wrong, in the processor's words
    machine::Moment first_bad;       // where to look: before the instruction that went wrong
    std::vector<std::string> lines;  // for people: the chain, the last good instruction, registers
    std::string last_good;           // "jmp rax at 0x... in f (x.cpp:3)"; empty when there is none
    std::string where;               // of the first bad moment: "f+0x12 (x.cpp:4)", or the address
};

// The machine has ended, or is stopped for good: what happened? It is moved, its
// outside is taken away; it can be run no further. `symbols` of its image. `noted`:
// whoever stopped it knows when it went wrong.
Diagnosis diagnose(machine::Machine&, Lookback const&, machine::RunResult const&,
                   std::shared_ptr<debug::Symbols const> const&,
                   std::optional<machine::Moment> noted = std::nullopt);

// What the processor whose turn it is executes, or is about to: "mov [eax], ecx in
// f+0x12 (x.cpp:4)". May be asked for while it does.
std::string instruction_here(machine::Machine&, std::shared_ptr<debug::Symbols const> const&);

// A guest that can never get out of a loop of its own, with interrupts off; of
// several processors all, or they sleep so. Listens to accesses of devices, and
// tells whoever listened before.
class SpinCheck final : public machine::AccessObserver {
public:
    // `lives`: whose accesses count, when the machine is its twin; it must outlive this.
    explicit SpinCheck(machine::Machine&, machine::Machine* lives = nullptr);
    ~SpinCheck() override;
    void on_access(machine::Machine&, machine::Access const&) override;
    // Between runs, about every few million instructions. True: it spins for ever.
    // Runs the machine on for a few thousand instructions when it looks so.
    bool spins();
    // Of the loop that was found.
    std::uint64_t period() const { return period_; }
    bool proven() const { return proven_; }
    unsigned processor() const { return processor_; }  // one that spins
    bool several() const { return several_; }          // others do, too
    // No loop was found, but since then no device was touched, for `patience` instructions.
    std::optional<machine::Moment> silent_since() const { return silent_since_; }

    // A loop that reads memory or devices could still end: it gets this many
    // instructions with nothing changing before it counts as one for ever.
    static constexpr std::uint64_t patience = 1'000'000'000;
    static constexpr std::uint64_t longest_period = 4096;

private:
    bool repeats();
    bool silent();
    bool deaf(unsigned cpu) const;
    bool runs(unsigned cpu) const;
    bool is_plain(unsigned cpu, std::uint64_t rip) const;

    machine::Machine& machine_;
    machine::Machine& lives_;
    machine::AccessObserver* next_;
    std::optional<machine::Moment> touched_, silent_since_;  // a device, the last time
    std::optional<std::uint64_t> deaf_since_;
    unsigned suspicious_ = 0;  // calls in a row with interrupts off
    std::optional<std::uint64_t> since_;
    std::uint64_t period_ = 0;
    unsigned processor_ = 0;
    bool proven_ = false, several_ = false;
};

// The loop that was found, and where it begins.
Diagnosis diagnose_spin(machine::Machine&, Lookback const&, SpinCheck const&,
                        std::shared_ptr<debug::Symbols const> const&);

}  // namespace sim::explore
