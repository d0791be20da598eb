// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a verdict depends on besides a student's files. Two computers whose
// fingerprints are equal give equal verdicts.
#pragma once

#include <string>

#include "labs/grader/started.hpp"

namespace lab {

struct Toolchain {
    std::string words;    // "g++ (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld ... 2.40"
    bool pinned = false;  // it is the one that this Vivarium is made for
    std::string
        fingerprint;  // 16 digits: of the compiler's programs, this grader, the kernel's objects and the labs
};

// Throws UsageError when there is no compiler.
Toolchain toolchain_of(House const&);

}  // namespace lab
