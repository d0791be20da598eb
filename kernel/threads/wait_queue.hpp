// SPDX-License-Identifier: MIT
//
// Threads that wait for the same thing: the most urgent is first, and the first
// come among equals. Every blocking object of the kernel is one of these and a
// condition. Callers have interrupts off from testing the condition to wait(), so
// that no wake-up falls in between.
#pragma once

#include "kernel/threads/thread.hpp"

namespace threads {

class WaitQueue {
public:
    // Who ends the waiting. Where only threads do, no interrupt can; that tells a deadlock.
    enum class Waker : std::uint8_t { anybody, threads };
    constexpr explicit WaitQueue(Waker waker = Waker::anybody) : waker_(waker) {}

    // The running thread waits here. False: the deadline passed first.
    bool wait(base::Instant deadline, base::Place where);
    // The first in line, made ready; null when nobody waits. May be called from an
    // interrupt handler.
    Thread* wake_one();
    void wake_all();
    bool empty() const { return waiting_.empty(); }
    Waker waker() const { return waker_; }
    // The first in line, who stays there.
    Thread* most_urgent() const;

    // For those who block on their own.
    void enlist(Thread& thread);
    // For the scheduler: the thread's time is up.
    void leave(Thread& thread);

private:
    base::List<Thread, &Thread::queue_link> waiting_;
    Waker waker_;
};

}  // namespace threads
