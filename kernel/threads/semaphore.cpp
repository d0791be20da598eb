// SPDX-License-Identifier: MIT
#include "kernel/threads/semaphore.hpp"

#include "kernel/threads/scheduler.hpp"

namespace threads {

bool Semaphore::acquire_until(base::Instant deadline, base::Place where) {
    arch::InterruptsOff guard;
    Thread& me = current();
    if (permits_ > 0) {
        --permits_;
        note_taking(me, where);
        return true;
    }
    if constexpr (base::checks) me.waiting_for_permit_of = this;
    bool const taken = waiting_.wait(deadline, where);  // release() hands its permit over directly
    if constexpr (base::checks) me.waiting_for_permit_of = nullptr;
    return taken;
}

void Semaphore::release() {
    WakingSection section;
    Thread const* const next = waiting_.wake_one();
    if (next != nullptr)
        note_taking(*next, next->waiting_at);
    else
        ++permits_;
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
