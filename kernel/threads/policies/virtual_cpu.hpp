// SPDX-License-Identifier: MIT
//
// A processor for tests of policies: virtual time, threads that do nothing but
// use it up, and exactly the calls that the scheduler makes. Every thread works
// for a while, sleeps for a while, and again; who never sleeps only works.
#pragma once

#include <algorithm>
#include <deque>

#include "kernel/threads/policy.hpp"

namespace threads {

class VirtualCpu {
public:
    using Duration = base::Duration;
    using Instant = base::Instant;

    struct Job {
        Thread thread;
        Duration work, sleep;  // of one round; sleep 0: it never sleeps
        Duration left;         // of this round's work
        Instant wakes_at = Instant::never();
        Instant ready_since;
        Duration worked;        // all in all
        Duration longest_wait;  // from being ready to running
        unsigned turns = 0;
    };

    explicit VirtualCpu(Policy& policy) : policy_(policy) {}

    Job& add(Duration work, Duration sleep, std::uint8_t priority = normal_priority) {
        Job& job = jobs_.emplace_back();
        job.work = job.left = work;
        job.sleep = sleep;
        job.thread.priority = job.thread.own_priority = priority;
        job.ready_since = now_;
        policy_.add(job.thread, Arrival::fresh);
        return job;
    }

    void run(Duration time) {
        Instant const end = now_ + time;
        while (now_ < end) {
            wake_sleepers();
            if (running_ == nullptr && !pick()) {
                now_ = std::min(end, next_wake());
                continue;
            }
            // Until the slice is over, the work is done or a sleeper wakes.
            Instant until = std::min({end, now_ + running_->left, next_wake()});
            if (!policy_.empty()) until = std::min(until, std::max(slice_end_, now_));
            Duration const time_used = until - now_;
            now_ = until;
            running_->left = running_->left - time_used;
            running_->worked = running_->worked + time_used;
            policy_.ran(running_->thread, time_used);
            if (running_->left <= Duration()) {
                round_over();
            } else if (slice_end_ <= now_ && !policy_.empty()) {
                give_way(Arrival::yielded);
            }
        }
    }

    Job* running() { return running_; }
    Instant now() const { return now_; }

private:
    bool pick() {
        Thread* const thread = policy_.take();
        if (thread == nullptr) return false;
        running_ = &*std::find_if(jobs_.begin(), jobs_.end(), [&](Job& j) { return &j.thread == thread; });
        running_->longest_wait = std::max(running_->longest_wait, now_ - running_->ready_since);
        ++running_->turns;
        slice_end_ = now_ + policy_.time_slice(*thread);
        return true;
    }

    void give_way(Arrival arrival) {
        running_->ready_since = now_;
        policy_.add(running_->thread, arrival);
        running_ = nullptr;
    }

    void round_over() {
        running_->left = running_->work;
        if (running_->sleep == Duration()) return;
        policy_.leave(running_->thread);
        running_->wakes_at = now_ + running_->sleep;
        running_ = nullptr;
    }

    Instant next_wake() const {
        Instant first = Instant::never();
        for (Job const& job : jobs_) first = std::min(first, job.wakes_at);
        return first;
    }

    void wake_sleepers() {
        for (Job& job : jobs_) {
            if (job.wakes_at > now_) continue;
            job.wakes_at = Instant::never();
            job.ready_since = now_;
            policy_.add(job.thread, Arrival::woken);
            if (running_ != nullptr && policy_.preempts(job.thread, running_->thread))
                give_way(Arrival::preempted);
        }
    }

    Policy& policy_;
    std::deque<Job> jobs_;  // never moves one
    Job* running_ = nullptr;
    Instant now_, slice_end_;
};

}  // namespace threads
