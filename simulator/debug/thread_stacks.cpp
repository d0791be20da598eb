// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/thread_stacks.hpp"

#include <fmt/format.h>

#include "simulator/debug/interrupted.hpp"

namespace sim::debug {

ThreadStack stack_of(Thread const& thread, engine::CpuState const& running, GuestMemory const& memory,
                     Symbols const& symbols) {
    ThreadStack out{thread.address, {}, ""};
    if (thread.running) {
        out.frames = whole_backtrace(running, memory, symbols);
        return out;
    }
    if (!thread.saved) {
        out.problem = thread.state == "finished" ? "it has ended" : "the registers that it left are not known";
        return out;
    }
    engine::CpuState cpu = running;
    cpu.rip = thread.saved->rip;
    cpu.gpr = thread.saved->gpr;
    std::uint64_t const top = cpu[engine::Gpr::rsp];
    bool const known = thread.stack_high > thread.stack_low;
    if (known && (top <= thread.stack_low || top > thread.stack_high)) {
        out.problem = fmt::format("its saved stack pointer, {:#x}, is not in its stack", top);
        return out;
    }
    out.frames = whole_backtrace(cpu, memory, symbols);
    return out;
}

void answer_thread_stacks(Snapshot& s, GuestMemory const& memory) {
    if (!s.request->thread_stacks) return;
    for (Thread const& t : s.kernel.threads) {
        if (s.thread_stacks.size() == most_thread_stacks) break;
        s.thread_stacks.push_back(stack_of(t, s.cpu, memory, *s.symbols));
    }
}

}  // namespace sim::debug
