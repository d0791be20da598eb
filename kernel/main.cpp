// SPDX-License-Identifier: MIT
//
// The kernel's table of contents: boot.S calls kernel_main on the first
// processor, which brings up one subsystem a line, in the order of their needs.
#include "kernel/apps/app.hpp"
#include "kernel/arch/x86_64/exit.hpp"
#include "kernel/arch/x86_64/image.hpp"
#include "kernel/arch/x86_64/per_cpu.hpp"
#include "kernel/arch/x86_64/pvh.hpp"
#include "kernel/arch/x86_64/trap.hpp"
#include "kernel/base/assert.hpp"
#include "kernel/base/log.hpp"
#include "kernel/devices/uart.hpp"

namespace {

constinit devices::Uart console{devices::Uart::first_port};

}  // namespace

extern "C" [[noreturn]] void kernel_main(base::PhysAddr start_info) {
    arch::init_cpu(0);   // descriptor table, interrupt stacks, per-CPU data
    arch::init_traps();  // from here on a mistake ends in a readable panic
    arch::run_constructors();
    console.init();
    base::the_log().sink = &console;

    auto const& start =
        *base::VirtAddr(start_info.raw() + arch::direct_map_offset).as<arch::pvh::StartInfo>();
    ASSERT(start.magic == arch::pvh::start_magic);
    base::CommandLine words;
    if (start.command_line != 0)
        words =
            base::CommandLine(base::VirtAddr(start.command_line + arch::direct_map_offset).as<char const>());

    base::log_info("Vivarium: an x86-64 unikernel to look into");
    arch::exit_machine(static_cast<unsigned>(apps::main({words})));
}
