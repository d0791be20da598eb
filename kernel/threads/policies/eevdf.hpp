// SPDX-License-Identifier: MIT
//
// Earliest eligible virtual deadline first: each thread gets its share of the
// processor, and those who ask for little at a time get it soon.
//
// Every thread has a weight, from its priority, and a virtual time: how long it
// ran, divided by its weight. Were the processor divisible without end, all
// virtual times would advance together; their weighted average V is where that
// ideal machine stands. A thread's lag, V less its own virtual time, is what it
// is owed.
//
//   - Eligible is who has had no more than its share: lag >= 0.
//   - Each asks for some time at once, a slice if it does not say (set_request). The
//     virtual deadline of the request is the thread's virtual time plus that time
//     divided by its weight.
//   - Of the eligible the one with the earliest virtual deadline runs.
//   - Who sleeps takes its lag along, so that it neither gains nor loses by it.
//
// No lag exceeds a slice or two: that is fairness, and nobody starves. Virtual times have 64
// bits: a thread of the lowest priority may run for eight years, one of the normal for 292.
// [stoica-abdel-wahab]
#pragma once

#include "kernel/threads/policy.hpp"

namespace threads {

class EevdfPolicy final : public Policy {
public:
    std::string_view word() const override { return "eevdf"; }
    void add(Thread& thread, Arrival arrival) override;
    Thread* take() override;
    void ran(Thread& thread, base::Duration time) override;
    void leave(Thread& thread) override;
    // What is left of its request.
    base::Duration time_slice(Thread const& thread) const override;
    bool preempts(Thread const& woken, Thread const& running) const override;

    // A step of priority is a quarter more; the normal priority weighs 1024.
    static std::int64_t weight(Thread const& thread);
    // The weighted average of all who can run: V.
    std::int64_t average() const;

private:
    std::int64_t virtual_slice(Thread const& thread) const;

    Thread* running_ = nullptr;
};

}  // namespace threads
