// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 0, the first hour: one run of the student's kernel until it is ready.
#pragma once

#include "labs/grader/exam.hpp"

namespace lab {

// Judges boot, greeting, text, rodata and data.
void examine_first_hour(Subject const&, Judgement&);

}  // namespace lab
