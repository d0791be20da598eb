// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 2, physical memory: its exams, in their order.
#pragma once

#include "labs/grader/exam.hpp"

namespace lab::frames {

void examine_on_host(Subject const&, Judgement&);      // regions, split-and-merge, mistakes, random-steps
void examine_machine(Subject const&, Judgement&);      // inside-ram, handed-out-once, found, runs,
                                                       // all-come-back, steps
void examine_double_free(Subject const&, Judgement&);  // double-free
void examine_answers(Subject const&, Judgement&);      // explain

}  // namespace lab::frames
