// SPDX-License-Identifier: MIT
#include "kernel/threads/rw_lock.hpp"

#include "kernel/base/assert.hpp"
#include "kernel/threads/deadlock.hpp"
#include "kernel/threads/scheduler.hpp"

namespace threads {

void RwLock::lock_shared(base::Place where) {
    MutexGuard guard(gate_, where);
    arch::InterruptsOff no_interrupt;
    if (readers_++ == 0) read_locks.push_back(*this);
    note(nullptr, &current(), where);
}

void RwLock::unlock_shared() {
    WakingSection section;
    ASSERT(readers_ > 0);
    note(&current(), nullptr, {});
    if (--readers_ > 0) return;
    read_locks.remove(*this);
    last_reader_.wake_one();
}

void RwLock::lock(base::Place where) {
    gate_.lock(where);
    arch::InterruptsOff guard;
    while (readers_ > 0) wait_for_readers(where);
}

void RwLock::wait_for_readers(base::Place where) {
    Thread& me = current();
    me.waiting_for_readers_of = this;
    me.waiting_at = where;
    report_circle_if_any(me);
    last_reader_.wait(base::Instant::never(), where);
}

void RwLock::unlock() { gate_.unlock(); }

}  // namespace threads
