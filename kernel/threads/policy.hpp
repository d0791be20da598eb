// SPDX-License-Identifier: MIT
//
// Who runs next: the question, apart from the machinery that switches. A policy
// owns the run queue. All calls come with interrupts off.
#pragma once

#include <string_view>

#include "kernel/base/time.hpp"
#include "kernel/threads/thread.hpp"

namespace threads {

class Policy {
public:
    virtual std::string_view name() const = 0;
    // The thread is ready to run and in no queue.
    virtual void add(Thread& thread) = 0;
    // The next thread to run, taken out of the queue; null when none is ready.
    virtual Thread* take() = 0;
    virtual bool empty() const = 0;
    // How long a thread may run while others wait.
    virtual base::Duration time_slice(Thread const& thread) const = 0;
    // Should `woken`, just made ready, run at once instead of `running`?
    virtual bool preempts(Thread const& woken, Thread const& running) const = 0;

protected:
    ~Policy() = default;
};

// Everybody in turn, the same time for each.
class RoundRobin final : public Policy {
public:
    static constexpr base::Duration default_slice = base::Duration::milliseconds(10);

    std::string_view name() const override { return "round robin"; }
    void add(Thread& thread) override { queue_.push_back(thread); }
    Thread* take() override { return queue_.pop_front(); }
    bool empty() const override { return queue_.empty(); }
    base::Duration time_slice(Thread const&) const override { return slice_; }
    void set_time_slice(base::Duration slice) { slice_ = slice; }
    bool preempts(Thread const&, Thread const&) const override { return false; }

private:
    base::Duration slice_ = default_slice;
    base::List<Thread, &Thread::queue_link> queue_;
};

}  // namespace threads
