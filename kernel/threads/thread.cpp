// SPDX-License-Identifier: MIT
#include "kernel/threads/thread.hpp"

#include <algorithm>

#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/arch/x86_64/context.hpp"
#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/image.hpp"
#include "kernel/arch/x86_64/per_cpu.hpp"
#include "kernel/arch/x86_64/trap.hpp"
#include "kernel/base/assert.hpp"
#include "kernel/threads/scheduler.hpp"

namespace threads {

using base::VirtAddr;

namespace {

constexpr std::size_t idle_stack_size = 8 << 10;  // its own little, and the interrupts that find it

constinit Thread main_thread;
constinit std::uint32_t next_id = 0;

void set_name(Thread& thread, std::string_view name) {
    std::size_t const length = std::min(name.size(), Thread::name_size - 1);
    std::copy_n(name.data(), length, thread.name);
}

// Where every new thread starts, in the middle of a switch: interrupts are off.
void begin_thread() {
    scheduler().after_switch();
    arch::enable_interrupts();
    Thread const& thread = current();
    thread.entry(thread.argument);
    exit();
}

// Nothing to do until an interrupt; its end switches to whatever it woke.
void idle(void*) {
    for (;;) arch::enable_interrupts_and_halt();
}

base::Result<Thread*, memory::MemoryError> make_thread(std::string_view name, Entry entry, void* argument,
                                                       std::size_t stack_size) {
    Thread* const thread = TRY(memory::make<Thread>());
    set_name(*thread, name);
    auto const stack =
        memory::allocate_stack(stack_size, {thread->name, std::min(name.size(), Thread::name_size - 1)});
    if (!stack) {
        memory::destroy(thread);
        return base::fail(stack.error());
    }
    thread->stack = stack.value();
    thread->entry = entry;
    thread->argument = argument;
    thread->saved_stack_pointer = arch::make_context(thread->stack.top, begin_thread);
    arch::InterruptsOff guard;
    thread->id = next_id++;
    return thread;
}

}  // namespace

std::string_view state_name(ThreadState state) {
    constexpr std::string_view names[] = {"ready", "running", "blocked", "finished"};
    return names[static_cast<std::size_t>(state)];
}

void init() {
    arch::InterruptsOff guard;
    arch::PerCpu& cpu = arch::this_cpu();
    set_name(main_thread, "main");
    main_thread.id = next_id++;
    main_thread.state = ThreadState::running;
    main_thread.stack = {VirtAddr::of(first_stack_guard) + base::page_size, VirtAddr::of(first_stack_end)};
    main_thread.running_since = arch::now();
    cpu.current_thread = &main_thread;
    scheduler().add(main_thread);

    auto made = make_thread("idle", idle, nullptr, idle_stack_size);
    if (!made) base::panic("not enough memory for the idle thread");
    cpu.idle_thread = made.value();
    cpu.idle_thread->state = ThreadState::blocked;  // never in the run queue: it runs when that is empty
    scheduler().add(*cpu.idle_thread);

    arch::init_timer([] { scheduler().on_timer(); });
    arch::set_preempt_hook([] { scheduler().preempt(); });
}

base::Result<Thread*, memory::MemoryError> create(std::string_view name, Entry entry, void* argument,
                                                  std::size_t stack_size) {
    Thread* const thread = TRY(make_thread(name, entry, argument, stack_size));
    arch::InterruptsOff guard;
    scheduler().add(*thread);
    return thread;
}

Thread& current() { return *arch::this_cpu().current_thread; }

void yield() {
    arch::InterruptsOff guard;
    scheduler().yield();
}

void sleep_until(base::Instant deadline) {
    arch::InterruptsOff guard;
    if (deadline > arch::now()) scheduler().block_current(deadline);
}

void sleep_for(base::Duration duration) { sleep_until(arch::now() + duration); }

void exit() {
    arch::disable_interrupts();
    scheduler().exit_current();
}

void join(Thread* thread) {
    arch::InterruptsOff guard;
    ASSERT(thread != &current() && thread->joiner == nullptr && !thread->detached);
    while (thread->state != ThreadState::finished) {
        thread->joiner = &current();
        scheduler().block_current(base::Instant::never());
    }
    scheduler().remove(*thread);
    free_thread(*thread);
}

void detach(Thread* thread) {
    arch::InterruptsOff guard;
    ASSERT(thread->joiner == nullptr && !thread->detached);
    if (thread->state == ThreadState::finished) {
        scheduler().remove(*thread);
        free_thread(*thread);
    } else {
        thread->detached = true;
    }
}

std::size_t list(std::span<Report> out) {
    arch::InterruptsOff guard;
    return scheduler().list(out);
}

void set_time_slice(base::Duration slice) {
    arch::InterruptsOff guard;
    scheduler().set_time_slice(slice);
}

std::size_t count() {
    arch::InterruptsOff guard;
    return scheduler().count();
}

void free_thread(Thread& thread) {
    ASSERT(&thread != &current() && &thread != &main_thread);
    memory::free_stack(thread.stack);
    memory::destroy(&thread);
}

}  // namespace threads
