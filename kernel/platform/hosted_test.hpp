// SPDX-License-Identifier: MIT
//
// What a test with sockets that block begins with: it is the process's one thread "main", and
// holds the baton from then on.
#pragma once

#include "kernel/platform/hosted/baton.hpp"

namespace platform {

// For every such test; the first one does it.
inline void begin_threads() {
    static bool const begun = (hosted::init_threads(), true);
    (void)begun;
}

}  // namespace platform
