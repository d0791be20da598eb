// SPDX-License-Identifier: MIT
#include "kernel/threads/mutex.hpp"

#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/base/assert.hpp"
#include "kernel/base/probe.hpp"

namespace threads {

constinit base::List<Mutex, &Mutex::held_link> held_mutexes;

void Mutex::acquired_by(Thread& thread) {
    owner_ = &thread;
    held_mutexes.push_back(*this);
}

void Mutex::lock() {
    arch::InterruptsOff guard;
    Thread& me = current();
    ASSERT(owner_ != &me);  // it would wait for itself for ever
    if (owner_ == nullptr) {
        acquired_by(me);
    } else {
        PROBE(lock_wait, this, &me);
        waiting_.wait();
        ASSERT(owner_ == &me);  // unlock() has seen to it
    }
    PROBE(lock_acquire, this, &me);
}

bool Mutex::try_lock() {
    arch::InterruptsOff guard;
    if (owner_ != nullptr) return false;
    acquired_by(current());
    PROBE(lock_acquire, this, owner_);
    return true;
}

void Mutex::unlock() {
    arch::InterruptsOff guard;
    ASSERT(held_by_me());
    PROBE(lock_release, this, owner_);
    held_mutexes.remove(*this);
    owner_ = nullptr;
    if (Thread* const next = waiting_.wake_one()) acquired_by(*next);
}

}  // namespace threads
