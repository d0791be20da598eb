// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/context.hpp"

namespace arch {

base::VirtAddr make_context(base::VirtAddr stack_top, void (*entry)()) {
    // [lab:06-first-context]
    auto* slot = stack_top.as<std::uint64_t>();
    // At a function's first instruction RSP is 8 off a multiple of 16, as if a
    // return address had just been pushed. Here it is: zero, nobody to return to.
    *--slot = 0;
    auto* context = reinterpret_cast<SavedContext*>(slot) - 1;
    *context = SavedContext{};  // RBP 0 ends a backtrace
    context->rip = reinterpret_cast<std::uint64_t>(entry);
    return base::VirtAddr::of(context);
    // [/lab:06-first-context]
}

}  // namespace arch
