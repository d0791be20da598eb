// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 0, the first hour: one run of the student's kernel until it is ready.
#pragma once

#include "labs/grader/exam.hpp"

namespace lab::first_hour {

void examine_machine(Subject const&, Judgement&);  // boot, greeting, text, rodata, data

}  // namespace lab::first_hour
