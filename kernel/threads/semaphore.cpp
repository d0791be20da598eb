// SPDX-License-Identifier: MIT
#include "kernel/threads/semaphore.hpp"

#include "kernel/threads/scheduler.hpp"

namespace threads {

bool Semaphore::acquire_until(base::Instant deadline, base::Place where) {
    arch::InterruptsOff guard;
    if (permits_ > 0) {
        --permits_;
        return true;
    }
    return waiting_.wait(deadline, where);  // release() hands its permit over directly
}

void Semaphore::release() {
    WakingSection section;
    if (waiting_.wake_one() == nullptr) ++permits_;
}

void Event::set() {
    WakingSection section;
    if (waiting_.wake_one() == nullptr) set_ = true;
}

bool Event::wait_until(base::Instant deadline, base::Place where) {
    arch::InterruptsOff guard;
    if (set_) {
        set_ = false;
        return true;
    }
    return waiting_.wait(deadline, where);
}

}  // namespace threads
