// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 4, interrupts and exceptions: its exams, in their order.
#pragma once

#include "labs/grader/exam.hpp"

namespace lab::interrupts {

void examine_on_host(Subject const&, Judgement&);  // gate
void examine_machine(Subject const&, Judgement&);  // gates, runs, frame, aligned, registers, lazy
void examine_beyond(Subject const&, Judgement&);   // refuses
void examine_answers(Subject const&, Judgement&);  // explain

}  // namespace lab::interrupts
