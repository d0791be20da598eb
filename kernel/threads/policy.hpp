// SPDX-License-Identifier: MIT
//
// Who runs next: the question, apart from the machinery that switches. The
// scheduler tells a policy what happens to threads, and asks it for the next.
//
//     add      a thread can run: it is new, it woke, its turn was cut short, or it gave way
//     take     who runs next? that one leaves the queue
//     ran      the thread that take() gave has used so much time
//     leave    and now it waits for something, or has ended
//
// Every policy keeps its threads in one list in the order in which they would
// run, so that they differ in one thing only: where a thread is put. Finding
// the place takes as many steps as there are threads ready, which are few.
// All calls come with interrupts off.
#pragma once

#include <string_view>

#include "kernel/base/time.hpp"
#include "kernel/threads/thread.hpp"

namespace threads {

// Why a thread joins those that can run.
enum class Arrival : std::uint8_t {
    fresh,      // it was just created
    woken,      // what it waited for happened
    preempted,  // somebody more urgent took the processor
    yielded,    // its slice is over, or it gave way
};

class Policy {
public:
    static constexpr base::Duration default_slice = base::Duration::milliseconds(10);

    virtual std::string_view word() const = 0;  // its name on the command line
    virtual void add(Thread& thread, Arrival arrival) = 0;
    // The next thread to run, taken out of the queue; null when none is ready.
    virtual Thread* take() { return queue_.pop_front(); }
    virtual void ran(Thread&, base::Duration) {}
    virtual void leave(Thread&) {}
    // How long a thread may run while others wait.
    virtual base::Duration time_slice(Thread const&) const { return slice_; }
    // Should `woken`, just made ready, run at once instead of `running`?
    virtual bool preempts(Thread const& woken, Thread const& running) const = 0;
    // The priority of a thread in the queue has changed.
    virtual void reposition(Thread&) {}

    bool empty() const { return queue_.empty(); }
    Thread const* front() const { return queue_.front(); }
    void set_time_slice(base::Duration slice) { slice_ = slice; }

protected:
    ~Policy() = default;

    base::Duration slice_ = default_slice;
    base::List<Thread, &Thread::queue_link> queue_;  // the next to run comes first
};

// A policy that the command line can name: a pointer in the section .policies.
// An image has those that were linked into it, and round robin always.
#define POLICY_CHOICE [[gnu::section(".policies"), gnu::used]] constinit threads::Policy* const

}  // namespace threads
