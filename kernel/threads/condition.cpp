// SPDX-License-Identifier: MIT
#include "kernel/threads/condition.hpp"

#include "kernel/arch/x86_64/cpu.hpp"

namespace threads {

void Condition::wait(Mutex& mutex) { (void)wait_until(mutex, base::Instant::never()); }

bool Condition::wait_until(Mutex& mutex, base::Instant deadline) {
    bool woken;
    {
        // No notify can come between opening the mutex and waiting: nobody else
        // runs while interrupts are off.
        arch::InterruptsOff guard;
        mutex.unlock();
        woken = waiting_.wait(deadline);
    }
    mutex.lock();
    return woken;
}

void Condition::notify_one() {
    arch::InterruptsOff guard;
    waiting_.wake_one();
}

void Condition::notify_all() {
    arch::InterruptsOff guard;
    waiting_.wake_all();
}

}  // namespace threads
