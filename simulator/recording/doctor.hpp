// SPDX-License-Identifier: GPL-2.0-or-later
//
// The determinism doctor: one life, lived in every manner that must make no
// difference, and the whole machine compared at many moments. When two manners
// disagree it finds the first differing instruction or happening and names the
// register, the byte of RAM or the field of a device.
//
//     manners = {no hooks, block and interrupt observers, watched code, watched
//                memory} x {straight, restored at random moments}, and with
//                checkpoints at several intervals
//
// The first manner (no hooks, straight, no checkpoints) is what the others are
// compared with; it is lived twice, so that a machine that is never the same is
// seen as such.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulator/machine/machine.hpp"
#include "simulator/recording/first_difference.hpp"

namespace sim::recording {

// The same machine again, at moment 0, with the inputs of its life in its log.
using MakeMachine = std::function<std::unique_ptr<machine::Machine>()>;

enum class Hooks : std::uint8_t { none, observers, code, memory };
std::string to_string(Hooks);

struct Manner {
    Hooks hooks = Hooks::none;
    // At random moments the machine's state is put back into it, or into a new
    // machine, or an earlier state is and the stretch is run again.
    bool restored = false;
    std::uint64_t checkpoint_interval = 0;  // instructions; 0: none are taken
};
// "no hooks, straight", "watched memory, restored", "no hooks, straight, a checkpoint every 1000000"
std::string to_string(Manner const&);

struct DoctorOptions {
    std::uint64_t seed = 1;                           // chooses moments; printed with every verdict
    unsigned samples = 48;                            // moments at which the machine is compared
    machine::Moment end;                              // of the life; zero: where it ends by itself
    std::uint64_t most_instructions = 2'000'000'000;  // a life that does not end is looked at this far
    // What is being done, and how much of the whole, 0..1. May be empty.
    std::function<void(std::string const& what, double part)> progress;
    // Asked every few million instructions: true ends it with Interrupted. May be empty.
    std::function<bool()> cancelled;
};

struct Row {
    Manner manner;
    std::size_t equal = 0;    // samples that were
    std::uint64_t shown = 0;  // watched addresses, accesses and interrupts that its hooks saw
    bool same = false;
};

struct Diagnosis {
    bool same = false;
    std::uint64_t seed = 0;
    machine::Moment end;
    std::uint64_t hash = 0;  // of the machine at the end
    std::vector<Row> rows;
    // Of a disagreement: between the first manner and this one.
    std::optional<Manner> manner;
    std::optional<FirstDifference> difference;
    // The difference needs the restores before its stretch: what is wrong is not
    // in the saved state, or was lost by loading it.
    bool hidden = false;
    std::string text;  // one line
};

// The manners that are tried, the reference first.
std::vector<Manner> all_manners();

// Throws Interrupted, and what making and running the machine throws.
Diagnosis examine(MakeMachine const&, DoctorOptions const&);

}  // namespace sim::recording
