// SPDX-License-Identifier: MIT
#include "kernel/threads/mutex.hpp"

#include "kernel/base/assert.hpp"
#include "kernel/base/checks.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/threads/deadlock.hpp"
#include "kernel/threads/lock_order.hpp"
#include "kernel/threads/scheduler.hpp"

namespace threads {

inline void Mutex::acquired_by(Thread& thread, base::Place where) {
    owner_ = &thread;
    taken_at_ = where;
    held_mutexes.push_back(*this);
    PROBE(lock_acquire, this, &thread);
}

// Nearly always it is free. The checks want to know who asks, too.
void Mutex::lock(base::Place where) {
    if constexpr (!base::checks)
        if (try_lock(where)) return;
    (void)lock_until(base::Instant::never(), where);
}

bool Mutex::lock_until(base::Instant deadline, base::Place where) {
    WakingSection section;
    Thread& me = *arch::this_cpu().current_thread;
    ASSERT(owner_ != &me);  // it would wait for itself for ever
    if constexpr (base::checks) lock_order.ask(me, *this, where);
    // [lab:07-lock]
    if (owner_ != nullptr) return wait_in_line(me, deadline, where);
    acquired_by(me, where);
    return true;
    // [/lab:07-lock]
}

bool Mutex::wait_in_line(Thread& me, base::Instant deadline, base::Place where) {
    // [lab:07-wait-in-line]
    PROBE(lock_wait, this, &me);
    me.waiting_for = this;
    me.deadline = deadline;
    me.waiting_at = where;
    report_circle_if_any(me);
    waiting_.enlist(me);
    scheduler().inherit(*owner_);
    bool const in_time = scheduler().block_current(deadline, where);
    ASSERT(in_time == (owner_ == &me));                               // unlock() has seen to it
    if (!in_time && owner_ != nullptr) scheduler().inherit(*owner_);  // it need not hurry for us
    return in_time;
    // [/lab:07-wait-in-line]
}

bool Mutex::try_lock(base::Place where) {
    arch::InterruptsOff guard;
    if (owner_ != nullptr) return false;
    acquired_by(current(), where);
    return true;
}

void Mutex::unlock() {
    WakingSection section;
    ASSERT(owner_ == arch::this_cpu().current_thread);
    PROBE(lock_release, this, owner_);
    // [lab:07-unlock]
    held_mutexes.remove(*this);
    owner_ = nullptr;
    if (!waiting_.empty()) hand_over();
    // [/lab:07-unlock]
}

void Mutex::hand_over() {
    // [lab:07-hand-over]
    Thread* const next = waiting_.wake_one();
    acquired_by(*next, next->waiting_at);
    scheduler().inherit(*next);      // others may still wait
    scheduler().inherit(current());  // we need not hurry any more
    // [/lab:07-hand-over]
}

}  // namespace threads
