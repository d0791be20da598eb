// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/apic.hpp"
#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/gate.hpp"
#include "kernel/arch/x86_64/per_cpu.hpp"
#include "kernel/arch/x86_64/trap.hpp"
#include "kernel/base/assert.hpp"
#include "kernel/base/probe.hpp"

extern "C" char const isr_stubs[];

namespace arch {
namespace {

constexpr unsigned vector_count = 256;
constexpr unsigned stub_size = 16;
constexpr unsigned first_device_vector = 0x30;  // 0x20 to 0x2f: the masked PIC, should it ever speak
constexpr unsigned last_device_vector = 0x6d;
static_assert(last_device_vector < watchdog_vector && watchdog_vector < spurious_vector);
static_assert(spurious_vector < stub_count);

struct Handler {
    InterruptHandler function = nullptr;
    void* context = nullptr;
};

constinit Gate gates[vector_count];
constinit ExceptionHandler exception_handlers[exception_count];
constinit Handler interrupt_handlers[vector_count];
constinit unsigned next_device_vector = first_device_vector;
using Hook = void (*)();
constinit Hook end_hook = nullptr;

// [doc:stacks]
InterruptStack stack_for(unsigned vector) {
    switch (static_cast<Exception>(vector)) {
        case Exception::double_fault:
            return InterruptStack::double_fault;
        case Exception::nmi:
            return InterruptStack::nmi;
        case Exception::machine_check:
            return InterruptStack::machine_check;
        default:
            return InterruptStack::none;
    }
}
// [/doc:stacks]

// [doc:exception]
void on_exception(TrapFrame& frame) {
    ExceptionHandler const handler = exception_handlers[frame.vector];
    if (handler == nullptr || !handler(frame)) unhandled_exception(frame);
}
// [/doc:exception]

// [doc:interrupt]
void on_interrupt(TrapFrame& frame) {
    PerCpu& cpu = this_cpu();
    ASSERT(cpu.interrupt_depth == 0);
    cpu.interrupt_depth = 1;
    std::uint64_t const vector = frame.vector;
    PROBE(irq_entry, vector, frame.rip);
    Handler const handler = interrupt_handlers[vector];
    if (handler.function != nullptr) handler.function(handler.context);
    // A spurious interrupt was never in service: it gets no end-of-interrupt.
    // [sdm-3a §10.9]
    if (vector != spurious_vector && vector >= first_device_vector) end_of_interrupt();
    PROBE(irq_exit, vector);
    cpu.interrupt_depth = 0;
    // It may switch: the interrupted thread waits on this very stack until it runs again.
    if (end_hook != nullptr) end_hook();
}
// [/doc:interrupt]

// They are #MF from now on, and no interrupts of the PIC.
void make_x87_errors_exceptions() { write_cr0(read_cr0().with<Cr0::NumericError>(1)); }

}  // namespace

// [doc:dispatch]
extern "C" void trap_dispatch(TrapFrame* frame) {
    ++this_cpu().interrupt_counts[frame->vector];
    if (frame->vector < exception_count)
        on_exception(*frame);
    else
        on_interrupt(*frame);
}
// [/doc:dispatch]

// [doc:init]
void init_traps() {
    for (unsigned vector = 0; vector < stub_count; ++vector)
        gates[vector] =
            make_gate(base::VirtAddr::of(isr_stubs).raw() + vector * stub_size, stack_for(vector));
    TablePointer const pointer{sizeof gates - 1, base::VirtAddr::of(gates).raw()};
    asm volatile("lidt %0" ::"m"(pointer) : "memory");
    make_x87_errors_exceptions();
}
// [/doc:init]

std::uint64_t exception_detail(std::uint64_t vector) {
    switch (static_cast<Exception>(vector)) {
        case Exception::double_fault:
        case Exception::page_fault:
            return read_cr2();
        case Exception::debug:
            return read_dr6();
        case Exception::x87_error:
            return read_x87_errors();
        case Exception::simd_error:
            return read_sse_errors();
        default:
            return 0;
    }
}

void set_exception_handler(Exception vector, ExceptionHandler handler) {
    exception_handlers[static_cast<unsigned>(vector)] = handler;
}

base::Result<std::uint8_t, InterruptError> allocate_vector(InterruptHandler handler, void* context) {
    InterruptsOff guard;
    if (next_device_vector > last_device_vector) return base::fail(InterruptError::no_vector_left);
    auto const vector = static_cast<std::uint8_t>(next_device_vector++);
    interrupt_handlers[vector] = {handler, context};
    return vector;
}

void set_interrupt_handler(std::uint8_t vector, InterruptHandler handler, void* context) {
    interrupt_handlers[vector] = {handler, context};
}

unsigned device_vectors() { return next_device_vector - first_device_vector; }

void set_interrupt_end_hook(void (*hook)()) { end_hook = hook; }

}  // namespace arch
