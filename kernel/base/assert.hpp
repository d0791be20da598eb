// SPDX-License-Identifier: MIT
//
// ASSERT: our own mistakes, and only those. On in every build. Bytes from the
// wire, a full queue or a misbehaving device never reach an ASSERT.
#pragma once

namespace base {

// Ends the program: the machine's kernel panics with registers and a backtrace,
// the hosted one prints and aborts. Defined once in each world.
[[noreturn]] void assertion_failed(char const* expression, char const* file, int line);

}  // namespace base

#define ASSERT(expression) \
    ((expression) ? static_cast<void>(0) : ::base::assertion_failed(#expression, __FILE__, __LINE__))
