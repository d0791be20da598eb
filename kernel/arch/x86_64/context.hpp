// SPDX-License-Identifier: MIT
//
// From one thread's stack to another's.
#pragma once

#include <cstdint>

#include "kernel/base/address.hpp"

extern "C" {
// Saves what a function call must keep (RBX, RBP, R12 to R15) on the current
// stack, stores the stack pointer in *from, and continues where the stack `to`
// was left. Interrupts are off on both sides. The other registers need no care:
// to the caller this is a function call, and it has saved those itself.
// [sysv-abi §3.2.1]
void switch_context(base::VirtAddr* from, base::VirtAddr to);
}

namespace arch {

// What switch_context leaves on a stack, from the stack pointer upwards. The
// debugger finds the registers of a thread that does not run by these names.
struct SavedContext {
    std::uint64_t r15 = 0, r14 = 0, r13 = 0, r12 = 0, rbx = 0, rbp = 0;
    std::uint64_t rip = 0;  // where it returns to
};
static_assert(sizeof(SavedContext) == 7 * 8);

// A stack that switch_context can continue: it will "return" into `entry`, which
// must never return.
base::VirtAddr make_context(base::VirtAddr stack_top, void (*entry)());

}  // namespace arch
