// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 1, boot and the first line of text: its exams, in their order.
#pragma once

#include "labs/grader/exam.hpp"

namespace lab::boot {

void examine_machine(Subject const&,
                     Judgement&);  // tables, mode, upper-half, bss, call, runs, settings, waits
void examine_on_host(Subject const&, Judgement&);  // chip, text, numbers
void examine_answers(Subject const&, Judgement&);  // explain

}  // namespace lab::boot
