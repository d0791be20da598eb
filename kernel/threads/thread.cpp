// SPDX-License-Identifier: MIT
#include "kernel/threads/thread.hpp"

#include <algorithm>

#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/arch/x86_64/context.hpp"
#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/floats.hpp"
#include "kernel/arch/x86_64/image.hpp"
#include "kernel/arch/x86_64/per_cpu.hpp"
#include "kernel/arch/x86_64/trap.hpp"
#include "kernel/base/assert.hpp"
#include "kernel/threads/deadlock.hpp"
#include "kernel/threads/scheduler.hpp"

// Defined by sse.cpp, where that is linked.
extern "C" [[gnu::weak]] char const sse_application[];

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

// The choices that were linked in; round robin is there without.
std::span<Policy* const> linked_policies() {
    return {reinterpret_cast<Policy* const*>(policies_start), reinterpret_cast<Policy* const*>(policies_end)};
}

// An image whose application uses SSE says so by containing sse.cpp. Its threads
// have room for those registers.
base::Result<arch::FloatState*, memory::MemoryError> make_floats() {
    if (sse_application == nullptr) return nullptr;
    return memory::make<arch::FloatState>();
}

// Where every new thread starts, in the middle of a switch: interrupts are off.
void begin_thread() {
    // [lab:06-begin]
    scheduler().after_switch();
    arch::enable_interrupts();
    Thread const& thread = current();
    thread.entry(thread.argument);
    exit();
    // [/lab:06-begin]
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
    auto const floats = make_floats();
    if (!floats) {
        memory::free_stack(stack.value());
        memory::destroy(thread);
        return base::fail(floats.error());
    }
    thread->floats = floats.value();
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

bool choose_policy(std::string_view word) {
    for (Policy* const policy : linked_policies()) {
        if (word != policy->word()) continue;
        scheduler().use(*policy);
        return true;
    }
    return word == "rr";
}

void print_policies(base::TextSink& sink) {
    base::print(sink, "rr");
    for (Policy const* const policy : linked_policies()) base::print(sink, "|{}", policy->word());
}

void init() {
    arch::InterruptsOff guard;
    arch::PerCpu& cpu = arch::this_cpu();
    set_name(main_thread, "main");
    main_thread.id = next_id++;
    main_thread.state = ThreadState::running;
    main_thread.stack = {VirtAddr::of(first_stack_guard) + base::page_size, VirtAddr::of(first_stack_end)};
    main_thread.running_since = arch::now();
    auto const floats = make_floats();
    if (!floats) base::panic("not enough memory for the first thread");
    main_thread.floats = floats.value();
    // Its registers hold what the processor was reset to; every later thread begins
    // with these.
    if (main_thread.floats != nullptr) arch::restore_floats(*main_thread.floats);
    cpu.current_thread = &main_thread;
    scheduler().add(main_thread);

    auto made = make_thread("idle", idle, nullptr, idle_stack_size);
    if (!made) base::panic("not enough memory for the idle thread");
    cpu.idle_thread = made.value();
    cpu.idle_thread->state = ThreadState::blocked;  // never in the run queue: it runs when that is empty
    scheduler().add(*cpu.idle_thread);

    arch::init_timer([] { scheduler().on_timer(); });
    arch::set_interrupt_end_hook([] { scheduler().after_interrupt(); });
}

base::Result<Thread*, memory::MemoryError> create(std::string_view name, Entry entry, void* argument,
                                                  std::size_t stack_size) {
    // [lab:06-create]
    Thread* const thread = TRY(make_thread(name, entry, argument, stack_size));
    WakingSection section;
    scheduler().add(*thread);
    return thread;
    // [/lab:06-create]
}

Thread& current() { return *arch::this_cpu().current_thread; }

void yield() {
    arch::InterruptsOff guard;
    scheduler().yield();
}

bool sleep_until(base::Instant deadline, base::Place where) {
    arch::InterruptsOff guard;
    return deadline <= arch::now() || !scheduler().block_current(deadline, where);
}

bool sleep_for(base::Duration duration, base::Place where) {
    return sleep_until(arch::now() + duration, where);
}

bool cancel_sleep(Thread& thread) {
    WakingSection section;
    // Who waits for something besides the time is no sleeper, nor is the idle thread.
    bool const asleep = thread.state == ThreadState::blocked && thread.waiting_in == nullptr &&
                        thread.joining == nullptr && &thread != arch::this_cpu().idle_thread;
    if (asleep) scheduler().wake(thread);
    return asleep;
}

void set_priority(Thread& thread, std::uint8_t priority) {
    ASSERT(priority < priority_count);
    WakingSection section;
    scheduler().set_priority(thread, priority);
}

void set_request(Thread& thread, base::Duration request) {
    arch::InterruptsOff guard;
    thread.fair.request = request;
}

void exit() {
    arch::disable_interrupts();
    scheduler().exit_current();
}

void join(Thread* thread, base::Place where) { (void)join_until(thread, base::Instant::never(), where); }

bool join_until(Thread* thread, base::Instant deadline, base::Place where) {
    arch::InterruptsOff guard;
    Thread& me = current();
    ASSERT(thread != &me && thread->joiner == nullptr && !thread->detached);
    // [lab:06-join]
    if (thread->state != ThreadState::finished) {
        me.joining = thread;
        me.waiting_at = where;
        me.deadline = deadline;
        report_circle_if_any(me);
        thread->joiner = &me;
        if (!scheduler().block_current(deadline, where)) return false;
    }
    scheduler().remove(*thread);
    free_thread(*thread);
    return true;
    // [/lab:06-join]
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

base::List<Thread, &Thread::all_link> const& all() { return scheduler().all(); }

void free_thread(Thread& thread) {
    ASSERT(&thread != &current() && &thread != &main_thread);
    memory::free_stack(thread.stack);
    memory::destroy(thread.floats);
    memory::destroy(&thread);
}

}  // namespace threads
