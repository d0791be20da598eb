// SPDX-License-Identifier: GPL-2.0-or-later
//
// What every query needs: a machine that stands at the moment asked about, what
// is known of its kernel, and what has been heard of its life. A query may run
// the machine through its past; it leaves it where it stood, bit by bit.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "simulator/debug/kernel_reader.hpp"
#include "simulator/debug/observation.hpp"
#include "simulator/debug/search.hpp"
#include "simulator/debug/snapshot.hpp"
#include "simulator/debug/symbols.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::debug::queries {

struct Scene {
    machine::Machine& machine;
    std::shared_ptr<Symbols const> symbols;  // never null
    KernelReader& kernel;
    Observation& observation;  // has listened from the machine's first instruction on
    SearchControl control{};

    GuestMemory memory() const { return observation.memory(); }
    EventView events() const { return observation.events().view(); }
    bool cancelled() const { return control.cancelled && control.cancelled(); }
};

// Who did something, and from where.
struct Actor {
    machine::Moment at;
    std::uint64_t virtual_ns = 0;
    std::uint64_t rip = 0;
    std::string where;        // "threads::yield+0x12"
    std::string source;       // "scheduler.cpp:49"; empty when unknown
    std::string instruction;  // "mov qword ptr [rax], rdx"
    std::string thread;       // its name; empty when unknown
    std::vector<StackFrame> stack;
};

// As the machine stands now.
Actor actor_here(Scene&);
// Goes there first. Inside a Search only: that brings the machine back.
Actor actor_at(Scene&, machine::Moment);

std::uint64_t little_endian(std::span<std::uint8_t const>);

}  // namespace sim::debug::queries
