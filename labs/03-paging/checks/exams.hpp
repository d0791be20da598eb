// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 3, paging: its exams, in their order.
#pragma once

#include "labs/grader/exam.hpp"

namespace lab::paging {

void examine_on_host(Subject const&, Judgement&);  // walk, map, change, split, random-steps
void examine_machine(Subject const&, Judgement&);  // agrees, no-stale, runs, tables-come-back
void examine_answers(Subject const&, Judgement&);  // explain

}  // namespace lab::paging
