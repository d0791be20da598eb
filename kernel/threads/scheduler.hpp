// SPDX-License-Identifier: MIT
//
// The machinery under thread.hpp: what the wait queues and locks of this folder
// need. Others use those.
#pragma once

#include <span>

#include "kernel/threads/policy.hpp"
#include "kernel/threads/thread.hpp"

namespace threads {

class Scheduler {
public:
    // All members: interrupts off.

    // The running thread stops here until wake(); false when the deadline came
    // first. It is already in the wait queue that somebody will wake it from.
    bool block_current(base::Instant deadline);
    // Makes a blocked thread ready. May be called from an interrupt handler.
    void wake(Thread& thread);
    // Puts the running thread behind the others that are ready.
    void yield();
    [[noreturn]] void exit_current();

    void add(Thread& thread);     // a new one
    void remove(Thread& thread);  // a finished one
    std::size_t count() const { return all_.size(); }
    std::size_t list(std::span<Report> out) const;

    void set_time_slice(base::Duration slice) { policy_.set_time_slice(slice); }
    void on_timer();
    void preempt();
    // The end of every switch, on the new thread's stack.
    void after_switch();

private:
    void switch_to_next();
    void insert_sleeper(Thread& thread);
    void set_next_timer();

    RoundRobin policy_;
    base::List<Thread, &Thread::all_link> all_;
    base::List<Thread, &Thread::sleep_link> sleepers_;  // the earliest deadline first
    Thread* to_free_ = nullptr;                         // detached and finished: its stack was in use
    base::Instant slice_end_ = base::Instant::never();
    base::Instant timer_set_to_ = base::Instant::never();
    std::uint64_t switches_ = 0;
};

Scheduler& scheduler();

// Frees a finished thread, on another thread's stack.
void free_thread(Thread& thread);

}  // namespace threads
