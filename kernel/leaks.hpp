// SPDX-License-Identifier: MIT
//
// What was forgotten, in development builds: memory that the application allocated, that
// nobody has freed, and to which no pointer is left in a global, on the stack of a living
// thread, or in memory that is in use itself. So a server's threads and what they hold are
// no leaks, at whatever moment one looks. Nor are lazy regions: nobody can give one back.
#pragma once

#include <span>

#include "kernel/memory/memory.hpp"

namespace kernel {

// The leaks of this moment, as many as there is room for. Returns how many there are.
std::size_t find_leaks(std::span<memory::Leak> found);
// "60 bytes allocated in apps::main+0x12 were not freed, and no pointer to them is left"
void print_leak(base::TextSink& sink, memory::Leak const& leak);

// At the end of the application: all of it in the log, and threads that have ended and
// that nobody has joined. Null in an image that does not list `leaks`.
[[gnu::weak]] void report_leaks();

}  // namespace kernel
