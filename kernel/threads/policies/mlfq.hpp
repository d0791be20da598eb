// SPDX-License-Identifier: MIT
//
// The multi-level feedback queue: it learns who is interactive by watching.
//
//   1. The highest level that has a ready thread runs; equals take turns.
//   2. A new thread begins at the top.
//   3. A thread that has used up its allotment at a level, in one go or in many
//      small ones, goes down a level. (Counting each turn alone could be cheated
//      by sleeping just before its end.)
//   4. After every second of work all threads are at the top again, so nobody
//      starves and a thread that has become interactive is noticed.
//
// [ostep §8 The Multi-Level Feedback Queue]
#pragma once

#include "kernel/threads/policy.hpp"

namespace threads {

class MlfqPolicy final : public Policy {
public:
    static constexpr unsigned levels = 4;  // 0 is the top
    static constexpr base::Duration boost_period = base::Duration::seconds(1);

    std::string_view word() const override { return "mlfq"; }
    void add(Thread& thread, Arrival arrival) override;
    void ran(Thread& thread, base::Duration time) override;
    // Lower levels run seldom, and then longer: half as many switches a level.
    base::Duration time_slice(Thread const& thread) const override;
    bool preempts(Thread const& woken, Thread const& running) const override {
        return level(woken) < level(running);
    }

    // From 0 at the top; a boost that the thread has not seen yet counts.
    unsigned level(Thread const& thread) const {
        return thread.feedback.boost == boost_ ? thread.feedback.level : 0;
    }

private:
    base::Duration allotment(unsigned level) const { return slice_ * (1 << level); }
    void start_at_the_top(Thread& thread) const;
    void catch_up(Thread& thread) const;

    std::uint32_t boost_ = 0;          // how many there were
    base::Duration work_since_boost_;  // of all threads together
};

}  // namespace threads
