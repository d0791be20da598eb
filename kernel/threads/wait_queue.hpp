// SPDX-License-Identifier: MIT
//
// Threads that wait for the same thing, first come first served. Every blocking
// object of the kernel is one of these and a condition. Callers have interrupts
// off from testing the condition to wait(), so that no wake-up falls in between.
#pragma once

#include "kernel/threads/thread.hpp"

namespace threads {

class WaitQueue {
public:
    constexpr WaitQueue() = default;

    // The running thread waits here. False: the deadline passed first.
    bool wait(base::Instant deadline = base::Instant::never());
    // The thread that waits longest, made ready; null when nobody waits. May be
    // called from an interrupt handler.
    Thread* wake_one();
    void wake_all();
    bool empty() const { return waiting_.empty(); }

    // For the scheduler: the thread's time is up.
    void leave(Thread& thread);

private:
    base::List<Thread, &Thread::queue_link> waiting_;
};

}  // namespace threads
