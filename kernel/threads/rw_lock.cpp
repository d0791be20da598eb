// SPDX-License-Identifier: MIT
#include "kernel/threads/rw_lock.hpp"

#include "kernel/base/assert.hpp"
#include "kernel/threads/scheduler.hpp"

namespace threads {

void RwLock::lock_shared(base::Place where) {
    MutexGuard guard(gate_, where);
    arch::InterruptsOff no_interrupt;
    ++readers_;
}

void RwLock::unlock_shared() {
    WakingSection section;
    ASSERT(readers_ > 0);
    if (--readers_ == 0) last_reader_.wake_one();
}

void RwLock::lock(base::Place where) {
    gate_.lock(where);
    arch::InterruptsOff guard;
    while (readers_ > 0) last_reader_.wait(base::Instant::never(), where);
}

void RwLock::unlock() { gate_.unlock(); }

}  // namespace threads
