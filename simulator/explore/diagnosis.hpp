// SPDX-License-Identifier: GPL-2.0-or-later
//
// Why a life ended badly: found by going back and running the end again, with
// every exception and the last instructions noted.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulator/debug/symbols.hpp"
#include "simulator/explore/spin_check.hpp"
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

// The loop that was found, and where it begins.
Diagnosis diagnose_spin(machine::Machine&, Lookback const&, SpinCheck const&,
                        std::shared_ptr<debug::Symbols const> const&);

}  // namespace sim::explore
