// SPDX-License-Identifier: GPL-2.0-or-later
//
// The smoke test that every lab ends with: the student's kernel on QEMU. By its
// exit status alone, and worth no points: QEMU's clock is the host's.
#pragma once

#include "labs/grader/exam.hpp"

namespace lab {

// Judges the check "qemu". Without QEMU it is not run, and says so.
void examine_on_qemu(Subject const&, Judgement&);

}  // namespace lab
