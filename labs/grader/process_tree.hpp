// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a process and all that it started hold together. Limits of a single process
// (setrlimit) say nothing about twenty.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace lab {

struct TreeUse {
    std::uint64_t bytes = 0;  // in memory, without what is shared with files
    unsigned processes = 0;
    double processor_seconds = 0;  // of those that live, and of those that they have waited for
};

// A process that is gone counts nothing. Looks at no more than a thousand.
TreeUse use_of_tree(pid_t root);

}  // namespace lab
