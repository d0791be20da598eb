// SPDX-License-Identifier: GPL-2.0-or-later
//
// What every query needs besides the Scene: who did something.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "simulator/debug/bytes.hpp"
#include "simulator/debug/scene.hpp"
#include "simulator/debug/snapshot.hpp"

namespace sim::debug::queries {

using debug::Scene;

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
// The processor that executes the instruction at a moment. It is not always the one
// that executed before: its turn may begin there. Goes there and one further.
unsigned executor_at(Scene&, machine::Moment);
// Inside a Search only: that brings the machine back.
void go_to(Scene&, machine::Moment);
// Goes there first. Who executes the instruction there, whoever is looked at.
Actor actor_at(Scene&, machine::Moment);

}  // namespace sim::debug::queries
