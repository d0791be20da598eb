// SPDX-License-Identifier: MIT
#include "kernel/threads/mutex.hpp"

#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/base/assert.hpp"
#include "kernel/base/probe.hpp"

namespace threads {

void Mutex::lock() {
    arch::InterruptsOff guard;
    Thread& me = current();
    ASSERT(owner_ != &me);  // it would wait for itself for ever
    if (owner_ == nullptr) {
        owner_ = &me;
    } else {
        PROBE(lock_wait, this, &me);
        waiting_.wait();  // unlock() has made us the owner
        ASSERT(owner_ == &me);
    }
    PROBE(lock_acquire, this, &me);
}

bool Mutex::try_lock() {
    arch::InterruptsOff guard;
    if (owner_ != nullptr) return false;
    owner_ = &current();
    PROBE(lock_acquire, this, owner_);
    return true;
}

void Mutex::unlock() {
    arch::InterruptsOff guard;
    ASSERT(held_by_me());
    PROBE(lock_release, this, owner_);
    owner_ = waiting_.wake_one();
}

}  // namespace threads
