// SPDX-License-Identifier: MIT
//
// Who called whom: every function keeps its caller's frame pointer (RBP), so
// the stack holds a chain that ends at zero.
#pragma once

#include "kernel/base/format.hpp"

namespace kernel {

// The function and the distance from its start: "apps::main+0x12".
void print_symbol(base::TextSink& sink, base::VirtAddr address);

// Prints the callers, innermost first. Safe on a damaged stack: a pointer that
// leads outside mapped memory, or not upwards, ends the list.
void print_backtrace(base::TextSink& sink, base::VirtAddr frame_pointer);

// The same for code that was interrupted anywhere, even before its first
// instruction has saved the frame pointer.
void print_backtrace(base::TextSink& sink, base::VirtAddr instruction, base::VirtAddr stack_pointer,
                     base::VirtAddr frame_pointer);

}  // namespace kernel
