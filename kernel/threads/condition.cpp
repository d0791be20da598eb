// SPDX-License-Identifier: MIT
#include "kernel/threads/condition.hpp"

#include "kernel/threads/scheduler.hpp"

namespace threads {

bool Condition::wait_until(Mutex& mutex, base::Instant deadline, base::Place where) {
    // [lab:07-wait]
    bool woken;
    {
        // No notify can come between opening the mutex and waiting: nobody else
        // runs while interrupts are off.
        arch::InterruptsOff guard;
        mutex.unlock();
        woken = waiting_.wait(deadline, where);
    }
    mutex.lock(where);
    return woken;
    // [/lab:07-wait]
}

void Condition::notify_one() {
    WakingSection section;
    waiting_.wake_one();
}

void Condition::notify_all() {
    WakingSection section;
    waiting_.wake_all();
}

}  // namespace threads
