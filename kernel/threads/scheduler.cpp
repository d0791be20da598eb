// SPDX-License-Identifier: MIT
#include "kernel/threads/scheduler.hpp"

#include <algorithm>

#include "kernel/arch/x86_64/context.hpp"
#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/floats.hpp"
#include "kernel/arch/x86_64/per_cpu.hpp"
#include "kernel/arch/x86_64/trap.hpp"
#include "kernel/base/assert.hpp"
#include "kernel/base/checks.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/threads/deadlock.hpp"
#include "kernel/threads/inheritance.hpp"
#include "kernel/threads/mutex.hpp"
#include "kernel/threads/wait_queue.hpp"

namespace threads {

using base::Instant;

namespace {

constinit Scheduler the_scheduler;

void assert_may_switch() {
    if constexpr (base::checks) ASSERT(!arch::interrupts_enabled());
    ASSERT(arch::this_cpu().interrupt_depth == 0);  // an interrupt handler never blocks
}

}  // namespace

Scheduler& scheduler() { return the_scheduler; }

// The running thread has used the time since it was last asked.
PART_OF_ITS_CALLER void Scheduler::account(Instant now) {
    arch::PerCpu const& cpu = arch::this_cpu();
    Thread& thread = *cpu.current_thread;
    base::Duration const time = now - thread.running_since;
    thread.running_since = now;
    thread.processor_time = thread.processor_time + time;
    if (&thread != cpu.idle_thread) policy_->ran(thread, time);
}

// Picks a thread and switches to it. The running thread is already where it
// belongs: in the run queue, in a wait queue, or finished.
PART_OF_ITS_CALLER void Scheduler::switch_to_next() {
    arch::PerCpu& cpu = arch::this_cpu();
    Thread* const from = cpu.current_thread;
    Thread* to = policy_->take();
    if (to == nullptr) {
        if (sleepers_.empty()) nobody_sleeps();
        to = cpu.idle_thread;
    }
    cpu.reschedule = false;

    Instant const now = from->running_since;  // every way here has just accounted
    to->running_since = now;
    slice_end_ = to == cpu.idle_thread ? Instant::never() : now + policy_->time_slice(*to);
    to->state = ThreadState::running;
    set_next_timer(now);
    if (to == from) return;

    // [lab:06-change-threads]
    ++to->switches;
    ++switches_;
    PROBE(thread_switch, from, to);
    cpu.current_thread = to;
    // The kernel itself never touches these registers, so only a switch between
    // threads can lose them.
    if (from->floats != nullptr) arch::save_floats(*from->floats);
    if (to->floats != nullptr) arch::restore_floats(*to->floats);
    switch_context(&from->saved_stack_pointer, to->saved_stack_pointer);
    // [/lab:06-change-threads]
    after_switch();
}

void Scheduler::after_switch() {
    if (to_free_ == nullptr) return;
    Thread& finished = *to_free_;
    to_free_ = nullptr;
    remove(finished);
    free_thread(finished);
}

bool Scheduler::block_current(Instant deadline, base::Place where) {
    assert_may_switch();
    Thread& thread = *arch::this_cpu().current_thread;
    ASSERT(&thread != arch::this_cpu().idle_thread);
    account(arch::now());
    policy_->leave(thread);
    thread.state = ThreadState::blocked;
    thread.timed_out = false;
    thread.deadline = deadline;
    thread.waiting_at = where;
    if (deadline != Instant::never()) insert_sleeper(thread);
    switch_to_next();
    return !thread.timed_out;
}

void Scheduler::wake(Thread& thread) {
    if constexpr (base::checks) ASSERT(!arch::interrupts_enabled());
    ASSERT(thread.state == ThreadState::blocked && !thread.queue_link.linked());
    PROBE(thread_wake, &thread);
    if (thread.sleep_link.linked()) sleepers_.remove(thread);
    thread.deadline = Instant::never();
    thread.waiting_in = nullptr;
    thread.waiting_for = nullptr;
    thread.waiting_for_readers_of = nullptr;
    if (thread.joining != nullptr) thread.joining->joiner = nullptr;
    thread.joining = nullptr;
    make_ready(thread, Arrival::woken);
}

void Scheduler::make_ready(Thread& thread, Arrival arrival) {
    thread.state = ThreadState::ready;
    arch::PerCpu& cpu = arch::this_cpu();
    bool const idle = cpu.current_thread == cpu.idle_thread;
    if (!idle) account(arch::now());  // the policy compares with what the running thread has had
    policy_->add(thread, arrival);
    if (idle || policy_->preempts(thread, *cpu.current_thread)) cpu.reschedule = true;
    // Idle gives way at the end of the interrupt that woke the thread: that accounts, and
    // the switch sets the timer.
    if (!idle) set_next_timer(cpu.current_thread->running_since);
}

// The time is accounted for.
void Scheduler::give_way(Arrival arrival) {
    assert_may_switch();
    Thread& thread = *arch::this_cpu().current_thread;
    thread.state = ThreadState::ready;
    if (&thread != arch::this_cpu().idle_thread) policy_->add(thread, arrival);
    switch_to_next();
}

void Scheduler::yield() {
    // [lab:06-yield]
    account(arch::now());
    give_way(Arrival::yielded);
    // [/lab:06-yield]
}

// At the end of an interrupt, whose registers are on the thread's stack, or of a
// waking section.
void Scheduler::preempt(Instant now) {
    account(now);
    give_way(slice_end_ <= now ? Arrival::yielded : Arrival::preempted);
}

void Scheduler::exit_current() {
    assert_may_switch();
    Thread& thread = *arch::this_cpu().current_thread;
    if constexpr (base::checks) ASSERT(!holds_a_lock(thread));
    // [lab:06-exit]
    PROBE(thread_exit, &thread);
    account(arch::now());
    policy_->leave(thread);
    thread.state = ThreadState::finished;
    if (thread.joiner != nullptr) wake(*thread.joiner);
    if (thread.detached) {
        ASSERT(to_free_ == nullptr);
        to_free_ = &thread;  // by the next thread: we still stand on this stack
    }
    // [/lab:06-exit]
    switch_to_next();
    base::panic("a finished thread ran again");
}

void Scheduler::add(Thread& thread) {
    all_.push_back(thread);
    PROBE(thread_create, &thread);
    if (thread.state == ThreadState::ready) make_ready(thread, Arrival::fresh);
    if (thread.state == ThreadState::running) {
        // The first thread runs before there was anybody to choose it: its turn begins now.
        policy_->add(thread, Arrival::fresh);
        Thread const* const first = policy_->take();
        ASSERT(first == &thread);
        slice_end_ = thread.running_since + policy_->time_slice(thread);
    }
}

void Scheduler::set_priority(Thread& thread, std::uint8_t priority) {
    thread.own_priority = priority;
    inherit(thread);
}

void Scheduler::inherit(Thread& thread) {
    update_priorities(thread, *policy_);
    // Who is first in the queue now may be more urgent than who runs.
    Thread const* const first = policy_->front();
    arch::PerCpu& cpu = arch::this_cpu();
    if (first != nullptr && policy_->preempts(*first, *cpu.current_thread)) cpu.reschedule = true;
}

// No thread is ready, and none sleeps. If there is nobody whom an interrupt of a device could
// wake either, none will ever be ready: that is worth a line before the last halt.
void Scheduler::nobody_sleeps() const {
    bool const has_devices = arch::device_vectors() > 1;  // one is the timer's
    if (!has_devices || only_threads_can_wake(all_)) report_all_blocked(all_);
}

void Scheduler::remove(Thread& thread) { all_.remove(thread); }

std::size_t Scheduler::list(std::span<Report> out) const {
    std::size_t count = 0;
    for (Thread const* at = all_.front(); at != nullptr && count < out.size(); at = all_.after(*at)) {
        Report& report = out[count++];
        std::copy_n(at->name, Thread::name_size, report.name);
        report.state = at->state;
        report.switches = at->switches;
        report.processor_time = at->processor_time;
        if (at->state == ThreadState::running)
            report.processor_time = report.processor_time + (arch::now() - at->running_since);
    }
    return count;
}

// Sleepers are few; a heap can come when they are many.
void Scheduler::insert_sleeper(Thread& thread) {
    sleepers_.insert_before_first(
        thread, [&thread](Thread const& other) { return other.deadline > thread.deadline; });
}

// Tickless: the timer is set for the next event and for nothing else. A running
// thread has an end of its slice only while another one is ready.
PART_OF_ITS_CALLER void Scheduler::set_next_timer(Instant now) {
    // [lab:05-arm]
    Instant next = policy_->empty() ? Instant::never() : slice_end_;
    if (!sleepers_.empty()) next = std::min(next, sleepers_.front()->deadline);
    // An interrupt that comes too early finds nothing to do and sets the timer
    // anew. That is seldom; moving it at every switch would be often.
    if (timer_set_to_ <= next && !timer_is_overdue(now)) return;
    timer_set_to_ = next;
    arch::set_timer(next);
    // [/lab:05-arm]
}

// The timer rings once. Should that one interrupt get lost, nobody would ever be
// preempted or woken again; so whoever comes by looks at the clock too, and be it the
// watchdog (arch/x86_64/watchdog.hpp).
bool Scheduler::timer_is_overdue(Instant now) const {
    constexpr base::Duration late = base::Duration::milliseconds(1);
    return now - timer_set_to_ > late;  // never is far ahead
}

void Scheduler::after_interrupt() {
    Instant now = arch::now();
    if (timer_is_overdue(now)) {
        arch::stop_timer();
        on_timer();
        now = arch::now();
    }
    if (arch::this_cpu().reschedule) preempt(now);
}

void Scheduler::on_timer() {
    Instant const now = arch::now();
    // [lab:05-expire]
    timer_set_to_ = Instant::never();  // it has fired
    while (!sleepers_.empty() && sleepers_.front()->deadline <= now) {
        Thread& thread = *sleepers_.front();
        thread.timed_out = true;
        if (thread.waiting_in != nullptr) thread.waiting_in->leave(thread);
        // Who held the mutex need not hurry for this one any more, from now on and not
        // only from when it runs again.
        Mutex* const mutex = thread.waiting_for;
        thread.waiting_for = nullptr;
        if (mutex != nullptr && mutex->owner() != nullptr) inherit(*mutex->owner());
        wake(thread);
    }
    if (slice_end_ <= now && !policy_->empty()) arch::this_cpu().reschedule = true;
    // When the slice is over the switch at the end of this interrupt sets the timer.
    if (!arch::this_cpu().reschedule) set_next_timer(now);
    // [/lab:05-expire]
}

}  // namespace threads
