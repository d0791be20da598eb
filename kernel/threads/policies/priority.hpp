// SPDX-License-Identifier: MIT
//
// The most urgent thread runs, always: a thread that becomes ready takes the
// processor from a less urgent one at once. Equals take turns.
//
// What this policy does not promise is that the others run at all. And by
// itself it suffers from priority inversion: an urgent thread that waits for a
// mutex waits for its holder, and so for everybody more urgent than the holder.
// The remedy is inheritance (threads/inheritance.hpp): who is waited for is as
// urgent as the most urgent who waits. [sha-rajkumar-lehoczky]
#pragma once

#include "kernel/threads/policy.hpp"

namespace threads {

class PriorityPolicy final : public Policy {
public:
    std::string_view word() const override { return "priority"; }
    void add(Thread& thread, Arrival arrival) override;
    void ran(Thread& thread, base::Duration time) override { thread.used = thread.used + time; }
    base::Duration time_slice(Thread const& thread) const override { return slice_ - thread.used; }
    bool preempts(Thread const& woken, Thread const& running) const override {
        return woken.priority > running.priority;
    }
    void reposition(Thread& thread) override;
};

}  // namespace threads
