// SPDX-License-Identifier: GPL-2.0-or-later
//
// What lab 4 looks at in the simulator, one after the other in one life of the machine.
#pragma once

#include <cstdint>
#include <optional>

#include "labs/grader/exam.hpp"
#include "labs/grader/student_run.hpp"

namespace lab::interrupts {

// gates: the table as the processor has it, just after it was loaded.
void check_gates(StudentRun&, Judgement&);

// frame, aligned, registers: the exercise's loop is interrupted before each of its
// instructions, so many times. False: something was wrong, and told.
bool check_interrupts(StudentRun&, Judgement&, std::uint64_t boundaries);

// lazy: pages come to be by their faults.
void check_lazy(StudentRun&, Judgement&);

// The first byte of the exercise's lazy region; none: there is none yet.
std::optional<std::uint64_t> lazy_start(StudentRun const&);
constexpr std::uint64_t page_bytes = 4096;
// memory::FrameOwner
constexpr std::uint8_t page_table_owner = 4, lazy_owner = 9;

// refuses: no frame, or none for a table, is a fault that nobody repairs, and nothing is lost.
// False: something was wrong, and told.
bool check_shortage(Subject const&, Judgement&, Stage const&);

}  // namespace lab::interrupts
