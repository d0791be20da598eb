// SPDX-License-Identifier: MIT
//
// The end, told to a person: what happened, where, on whose behalf, the
// registers and the callers. Then the machine stops with status 101.
#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/exit.hpp"
#include "kernel/arch/x86_64/per_cpu.hpp"
#include "kernel/arch/x86_64/trap.hpp"
#include "kernel/backtrace.hpp"
#include "kernel/base/assert.hpp"
#include "kernel/base/log.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/threads/mutex.hpp"

namespace {

constinit bool panicking = false;

// The log's sink, written to directly: no level, no time stamp, no line buffer.
struct PanicSink final : base::TextSink {
    void write(std::string_view text) override {
        if (base::the_log().sink != nullptr) base::the_log().sink->write(text);
    }
};

// [doc:begin]
// Interrupts off; and if the panic itself goes wrong, no second one.
void begin_panic(base::TextSink& out) {
    arch::disable_interrupts();
    if (panicking) {
        base::print(out, "\n*** panic during the panic\n");
        arch::exit_machine(arch::exit_status_panic);
    }
    panicking = true;
    base::print(out, "\n*** panic: ");
}
// [/doc:begin]

// On whose behalf: the thread and what it holds.
void print_thread(base::TextSink& out) {
    threads::Thread const* const thread = arch::this_cpu().current_thread;
    if (thread == nullptr) {
        base::print(out, "thread: none yet, the machine was booting\n");
        return;
    }
    base::print(out, "thread: '{}' (number {}), stack {} to {}\n", thread->name, thread->id,
                thread->stack.bottom, thread->stack.top);
    for (auto* mutex = threads::held_mutexes.front(); mutex != nullptr;
         mutex = threads::held_mutexes.after(*mutex))
        if (mutex->owner() == thread) base::print(out, "  holds '{}'\n", mutex->name());
}

[[noreturn]] void end_panic(base::TextSink& out) {
    print_thread(out);
    base::print(out, "*** end of panic\n");
    arch::exit_machine(arch::exit_status_panic);
}

void print_registers(base::TextSink& out, arch::TrapFrame const& f) {
    base::print(out, "  rax {:016x}  rbx {:016x}  rcx {:016x}  rdx {:016x}\n", f.rax, f.rbx, f.rcx, f.rdx);
    base::print(out, "  rsi {:016x}  rdi {:016x}  rbp {:016x}  rsp {:016x}\n", f.rsi, f.rdi, f.rbp, f.rsp);
    base::print(out, "  r8  {:016x}  r9  {:016x}  r10 {:016x}  r11 {:016x}\n", f.r8, f.r9, f.r10, f.r11);
    base::print(out, "  r12 {:016x}  r13 {:016x}  r14 {:016x}  r15 {:016x}\n", f.r12, f.r13, f.r14, f.r15);
    base::print(out, "  rflags {:x}  cs {:x}  ss {:x}  cr0 {:x}  cr2 {:x}  cr3 {:x}  cr4 {:x}\n", f.rflags,
                f.cs, f.ss, arch::read_cr0().raw, arch::read_cr2(), arch::read_cr3(), arch::read_cr4());
}

}  // namespace

// [doc:unhandled]
void arch::unhandled_exception(TrapFrame const& frame) {
    std::uint64_t const detail = exception_detail(frame.vector);
    PanicSink out;
    begin_panic(out);
    base::print(out, "{}: ", exception_name(frame.vector));
    describe_exception(out, frame, detail);
    base::print(out, "\n  at {:#x} ", frame.rip);
    kernel::print_symbol(out, base::VirtAddr(frame.rip));
    base::print(out, "\n");
    if (frame.vector == 8 || frame.vector == 14) memory::describe_address(out, base::VirtAddr(detail));
    print_registers(out, frame);
    base::print(out, "called from\n");
    kernel::print_backtrace(out, base::VirtAddr(frame.rip), base::VirtAddr(frame.rsp),
                            base::VirtAddr(frame.rbp));
    end_panic(out);
}
// [/doc:unhandled]

void base::assertion_failed(char const* expression, char const* file, int line) {
    PanicSink out;
    begin_panic(out);
    print(out, "assertion failed: {}\n  at {}:{}\n", expression, file, line);
    print(out, "called from\n");
    kernel::print_backtrace(out, VirtAddr::of(__builtin_frame_address(0)));
    end_panic(out);
}

void base::panic(std::string_view message) {
    PanicSink out;
    begin_panic(out);
    print(out, "{}\n", message);
    print(out, "called from\n");
    kernel::print_backtrace(out, VirtAddr::of(__builtin_frame_address(0)));
    end_panic(out);
}
