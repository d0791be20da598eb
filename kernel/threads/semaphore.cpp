// SPDX-License-Identifier: MIT
#include "kernel/threads/semaphore.hpp"

#include "kernel/arch/x86_64/cpu.hpp"

namespace threads {

bool Semaphore::acquire_until(base::Instant deadline) {
    arch::InterruptsOff guard;
    if (permits_ > 0) {
        --permits_;
        return true;
    }
    return waiting_.wait(deadline);  // release() hands its permit over directly
}

void Semaphore::release() {
    arch::InterruptsOff guard;
    if (waiting_.wake_one() == nullptr) ++permits_;
}

void Event::set() {
    arch::InterruptsOff guard;
    if (waiting_.wake_one() == nullptr) set_ = true;
}

bool Event::wait_until(base::Instant deadline) {
    arch::InterruptsOff guard;
    if (set_) {
        set_ = false;
        return true;
    }
    return waiting_.wait(deadline);
}

}  // namespace threads
