// SPDX-License-Identifier: MIT
//
// The kernel's table of contents: boot.S calls kernel_main on the first
// processor, which brings up one subsystem a line, in the order of their needs.
#include "kernel/apps/app.hpp"
#include "kernel/arch/x86_64/exit.hpp"
#include "kernel/arch/x86_64/image.hpp"
#include "kernel/arch/x86_64/per_cpu.hpp"
#include "kernel/arch/x86_64/trap.hpp"
#include "kernel/base/log.hpp"
#include "kernel/boot_info.hpp"
#include "kernel/devices/uart.hpp"
#include "kernel/memory/memory.hpp"

namespace {

constinit devices::Uart console{devices::Uart::first_port};
constinit kernel::BootInfo boot_info;

}  // namespace

extern "C" [[noreturn]] void kernel_main(base::PhysAddr start_info) {
    arch::init_cpu(0);   // descriptor table, interrupt stacks, per-CPU data
    arch::init_traps();  // from here on a mistake ends in a readable panic
    arch::run_constructors();
    console.init();
    base::the_log().sink = &console;
    base::log_info("Vivarium: an x86-64 unikernel to look into");

    kernel::read_pvh(start_info, boot_info);  // what the loader left in memory
    memory::init(boot_info.ram, {boot_info.modules.data(), boot_info.module_count});

    static base::CommandLine words(boot_info.words());
    arch::exit_machine(static_cast<unsigned>(apps::main({words})));
}
