// SPDX-License-Identifier: MIT
//
// The end of a failed ASSERT when the kernel's code runs as a Linux process.
#include <cstdio>
#include <cstdlib>

#include "kernel/base/assert.hpp"

namespace base {

void assertion_failed(char const* expression, char const* file, int line) {
    std::fprintf(stderr, "assertion failed: %s at %s:%d\n", expression, file, line);
    std::abort();
}

void panic(std::string_view message) {
    std::fprintf(stderr, "panic: %.*s\n", static_cast<int>(message.size()), message.data());
    std::abort();
}

}  // namespace base
