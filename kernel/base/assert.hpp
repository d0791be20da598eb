// SPDX-License-Identifier: MIT
//
// ASSERT: our own mistakes, and only those. On in every build. Bytes from the
// wire, a full queue or a misbehaving device never reach an ASSERT.
//
// panic: boot cannot continue; the message names what is missing. After boot
// nothing panics but ASSERT and an exception that nobody handles.
#pragma once

#include <string_view>

namespace base {

// Both end the program: the machine's kernel prints registers and a backtrace
// and ends with status 101, the hosted one prints and aborts. Defined once in
// each world.
[[noreturn]] void assertion_failed(char const* expression, char const* file, int line);
[[noreturn]] void panic(std::string_view message);

}  // namespace base

#define ASSERT(expression) \
    ((expression) ? static_cast<void>(0) : ::base::assertion_failed(#expression, __FILE__, __LINE__))
