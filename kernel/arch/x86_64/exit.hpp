// SPDX-License-Identifier: MIT
//
// The end of the machine.
#pragma once

#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/port.hpp"

namespace arch {

constexpr unsigned exit_status_panic = 101;

// Tells QEMU's isa-debug-exit device (and the simulator's) to stop the machine.
// The process's status is then (status << 1) | 1. A machine without that device
// ignores the write, and the processor stops. [qemu-debug-exit]
[[noreturn]] inline void exit_machine(unsigned status) {
    disable_interrupts();
    Port<std::uint32_t>(0xf4).write(status);
    halt_forever();
}

}  // namespace arch
