// SPDX-License-Identifier: MIT
//
// The kernel's table of contents: boot.S calls kernel_main on the first
// processor, which brings up one subsystem a line, in the order of their needs,
// and then runs the application.
#include "kernel/apps/app.hpp"
#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/exit.hpp"
#include "kernel/arch/x86_64/image.hpp"
#include "kernel/arch/x86_64/per_cpu.hpp"
#include "kernel/arch/x86_64/trap.hpp"
#include "kernel/base/log.hpp"
#include "kernel/devices/interrupt_lines.hpp"
#include "kernel/devices/pci_access.hpp"
#include "kernel/devices/uart.hpp"
#include "kernel/hardware.hpp"
#include "kernel/leaks.hpp"
#include "kernel/loader.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/options.hpp"
#include "kernel/threads/thread.hpp"

namespace {

constinit devices::Uart console{devices::Uart::first_port};
constinit kernel::BootInfo boot_info;

// [doc:begin]
// What must work before there is memory: a console and a readable panic.
void begin() {
    arch::init_cpu(0);   // descriptor table, interrupt stacks, per-CPU data
    arch::init_traps();  // from here on a mistake ends in a readable panic
    arch::run_constructors();
    console.init();
    base::the_log().sink = &console;
}
// [/doc:begin]

}  // namespace

// [doc:main]
extern "C" [[noreturn]] void kernel_main(std::uint32_t eax, base::PhysAddr information) {
    begin();
    kernel::read_boot_information(eax, information, boot_info);  // what the loader left in memory
    base::CommandLine& words = base::the_command_line();
    words = base::CommandLine(boot_info.words(), boot_info.command_line_cut);
    kernel::obey_options(words);  // loglevel, scheduler, help
    base::log_info("Vivarium, an x86-64 unikernel under glass");

    memory::init(boot_info.ram, boot_info.loaded_modules());  // frames, page tables, heap
    auto const tables = kernel::read_firmware_tables(boot_info.rsdp);
    kernel::init_interrupt_controllers(tables);
    devices::init_interrupt_lines(tables);
    kernel::init_clock(tables);
    base::the_log().now = arch::now;
    threads::init();  // this becomes the thread "main"; the timer may preempt
    arch::enable_interrupts();
    devices::init_pci(tables, boot_info.ram, boot_info.ram_end_below_4g());
    memory::seal();  // boot is over: what is executable is final

    memory::watch_for_leaks();
    int const status = apps::main({words});
    words.warn_about_the_rest();
    if (kernel::report_leaks != nullptr) kernel::report_leaks();
    arch::exit_machine(static_cast<unsigned>(status));
}
// [/doc:main]
