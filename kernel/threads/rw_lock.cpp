// SPDX-License-Identifier: MIT
#include "kernel/threads/rw_lock.hpp"

#include "kernel/base/assert.hpp"
#include "kernel/threads/deadlock.hpp"
#include "kernel/threads/scheduler.hpp"

namespace threads {

bool RwLock::lock_shared_until(base::Instant deadline, base::Place where) {
    WakingSection section;
    if (!gate_.lock_until(deadline, where)) return false;
    if (readers_++ == 0) read_locks.push_back(*this);
    note(nullptr, &current(), where);
    gate_.unlock();
    return true;
}

void RwLock::unlock_shared() {
    WakingSection section;
    ASSERT(readers_ > 0);
    note(&current(), nullptr, {});
    if (--readers_ == 0) {
        read_locks.remove(*this);
        last_reader_.wake_one();
    }
    if (current().priority != current().own_priority) scheduler().inherit(current());
}

bool RwLock::lock_until(base::Instant deadline, base::Place where) {
    WakingSection section;
    if (!gate_.lock_until(deadline, where)) return false;
    while (readers_ > 0) {
        if (wait_for_readers(deadline, where)) continue;
        gate_.unlock();
        return false;
    }
    return true;
}

bool RwLock::wait_for_readers(base::Instant deadline, base::Place where) {
    Thread& me = current();
    me.waiting_for_readers_of = this;
    me.waiting_at = where;
    me.deadline = deadline;
    report_circle_if_any(me);
    last_reader_.enlist(me);
    hurry_readers();
    bool const in_time = scheduler().block_current(deadline, where);
    if (!in_time) hurry_readers();  // they need not, for us
    return in_time;
}

void RwLock::hurry_readers() const {
    for_each_reader([](Thread& reader) { scheduler().inherit(reader); });
}

void RwLock::unlock() { gate_.unlock(); }

}  // namespace threads
