// SPDX-License-Identifier: MIT
#include "kernel/threads/policies/mlfq.hpp"

#include <algorithm>

namespace threads {

namespace {

constinit MlfqPolicy the_policy;
POLICY_CHOICE choice = &the_policy;

}  // namespace

void MlfqPolicy::start_at_the_top(Thread& thread) const {
    thread.feedback = {.boost = boost_, .level = 0};
    thread.used = {};
}

// A boost costs nothing when it happens: each thread finds out when it is its turn.
void MlfqPolicy::catch_up(Thread& thread) const {
    if (thread.feedback.boost != boost_) start_at_the_top(thread);
}

void MlfqPolicy::add(Thread& thread, Arrival arrival) {
    if (arrival == Arrival::fresh) start_at_the_top(thread);
    catch_up(thread);
    bool const first = arrival == Arrival::preempted;
    queue_.insert_before_first(thread, [&](Thread const& other) {
        return first ? level(other) >= level(thread) : level(other) > level(thread);
    });
}

void MlfqPolicy::ran(Thread& thread, base::Duration time) {
    catch_up(thread);
    thread.used = thread.used + time;
    if (thread.used >= allotment(thread.feedback.level)) {
        thread.feedback.level = static_cast<std::uint8_t>(std::min(thread.feedback.level + 1u, levels - 1));
        thread.used = {};
    }
    work_since_boost_ = work_since_boost_ + time;
    if (work_since_boost_ >= boost_period) {
        // All of the queue is at the top now. Its order stays: who was above waits less.
        ++boost_;
        work_since_boost_ = {};
    }
}

base::Duration MlfqPolicy::time_slice(Thread const& thread) const {
    if (thread.feedback.boost != boost_) return allotment(0);
    return allotment(thread.feedback.level) - thread.used;
}

}  // namespace threads
