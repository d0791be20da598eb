// SPDX-License-Identifier: MIT
//
// The machinery under thread.hpp: what the wait queues and locks of this folder
// need. Others use those.
#pragma once

#include <span>

#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/per_cpu.hpp"
#include "kernel/threads/round_robin.hpp"
#include "kernel/threads/thread.hpp"

namespace threads {

class Scheduler {
public:
    // All members: interrupts off.

    // The running thread stops here until wake(); false when the deadline came
    // first. It is already in the wait queue that somebody will wake it from.
    bool block_current(base::Instant deadline, base::Place where);
    // Makes a blocked thread ready. May be called from an interrupt handler.
    void wake(Thread& thread);
    // The running thread gives way, and runs again when the policy says so.
    void yield();
    [[noreturn]] void exit_current();
    void set_priority(Thread& thread, std::uint8_t priority);
    // The priorities of those who are waited for, after a thread began to wait for
    // a mutex or stopped to.
    void inherit(Thread& thread);

    [[gnu::cold]] void add(Thread& thread);     // a new one
    void remove(Thread& thread);  // a finished one
    std::size_t count() const { return all_.size(); }
    base::List<Thread, &Thread::all_link> const& all() const { return all_; }
    std::size_t list(std::span<Report> out) const;

    void use(Policy& policy) { policy_ = &policy; }
    void set_time_slice(base::Duration slice) { policy_->set_time_slice(slice); }
    void on_timer();
    void preempt() { preempt(arch::now()); }
    // The end of every interrupt of a device: the timer may have been missed, and
    // somebody more urgent may run now.
    void after_interrupt();
    // The end of every switch, on the new thread's stack.
    void after_switch();

private:
    void make_ready(Thread& thread, Arrival arrival);
    void preempt(base::Instant now);
    void give_way(Arrival arrival);
    void account(base::Instant now);
    void switch_to_next();
    [[gnu::cold]] void nobody_sleeps() const;
    void insert_sleeper(Thread& thread);
    void set_next_timer(base::Instant now);
    bool timer_is_overdue(base::Instant now) const;

    RoundRobin round_robin_;
    Policy* policy_ = &round_robin_;
    base::List<Thread, &Thread::all_link> all_;
    base::List<Thread, &Thread::sleep_link> sleepers_;  // the earliest deadline first
    Thread* to_free_ = nullptr;                         // detached and finished: its stack was in use
    base::Instant slice_end_ = base::Instant::never();
    base::Instant timer_set_to_ = base::Instant::never();
    std::uint64_t switches_ = 0;
};

Scheduler& scheduler();

// Interrupts off while it lives, around code that may wake a thread. If it is the
// outermost, and the woken thread is more urgent, that one runs at its end.
class WakingSection {
public:
    WakingSection() : before_(arch::read_rflags()) { arch::disable_interrupts(); }
    ~WakingSection() {
        if (!before_.has<arch::Rflags::InterruptEnable>()) return;
        if (arch::this_cpu().reschedule) scheduler().preempt();
        arch::enable_interrupts();
    }
    WakingSection(WakingSection const&) = delete;
    WakingSection& operator=(WakingSection const&) = delete;

private:
    arch::Rflags before_;
};

// Frees a finished thread, on another thread's stack.
void free_thread(Thread& thread);

}  // namespace threads
