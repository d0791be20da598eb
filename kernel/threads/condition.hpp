// SPDX-License-Identifier: MIT
//
// A condition variable: wait, with the mutex open, until another thread says
// that the shared state changed. Always in a loop that tests the state:
//
//     MutexGuard guard(mutex);
//     while (queue.empty()) not_empty.wait(mutex);
#pragma once

#include "kernel/threads/mutex.hpp"

namespace threads {

class Condition {
public:
    constexpr Condition() = default;
    Condition(Condition const&) = delete;
    Condition& operator=(Condition const&) = delete;

    // Opens the mutex and waits in one step; holds it again at the return.
    void wait(Mutex& mutex, base::Place where = base::Place::here()) {
        (void)wait_until(mutex, base::Instant::never(), where);
    }
    // False: the deadline passed first. The mutex is held again either way.
    [[nodiscard]] bool wait_until(Mutex& mutex, base::Instant deadline,
                                  base::Place where = base::Place::here());
    // By threads, not by interrupt handlers: those have Semaphore and Event.
    void notify_one();
    void notify_all();

private:
    WaitQueue waiting_{WaitQueue::Waker::threads};
};

}  // namespace threads
