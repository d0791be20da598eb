// SPDX-License-Identifier: MIT
//
// Semaphore: a number of permits. Event: a flag that one thread waits for. Both
// may be raised from an interrupt handler: they are how a driver's handler
// tells its thread that there is work.
#pragma once

#include "kernel/base/checks.hpp"
#include "kernel/threads/wait_queue.hpp"

namespace threads {

class Semaphore {
public:
    constexpr explicit Semaphore(std::uint64_t permits, char const* name = "semaphore")
        : permits_(permits), name_(name) {}
    Semaphore(Semaphore const&) = delete;
    Semaphore& operator=(Semaphore const&) = delete;

    // Takes a permit, or waits for one. False: the deadline passed first.
    [[nodiscard]] bool acquire_until(base::Instant deadline, base::Place where = base::Place::here());
    void acquire(base::Place where = base::Place::here()) {
        (void)acquire_until(base::Instant::never(), where);
    }
    void release();

    char const* name() const { return name_; }
    // Who took a permit last, and where: a semaphore has no holder, but one that is used as
    // a lock has this one. In development builds.
    struct Taking {
        std::uint32_t thread = 0;  // its number; it may have ended
        base::Place at;            // nowhere: nobody has
    };
    Taking const& last_taking() const { return last_taking_; }

private:
    friend struct SemaphoreUnderTest;
    void note_taking(Thread const& by, base::Place at) {
        if constexpr (base::checks) last_taking_ = {by.id, at};
    }

    std::uint64_t permits_;
    char const* name_;
    Taking last_taking_;
    WaitQueue waiting_;
};

// set() before wait_until() is not lost; two set() in a row are one.
class Event {
public:
    constexpr Event() = default;
    Event(Event const&) = delete;
    Event& operator=(Event const&) = delete;

    void set();
    // Waits until set, and clears it. False: the deadline passed first.
    [[nodiscard]] bool wait_until(base::Instant deadline, base::Place where = base::Place::here());
    void wait(base::Place where = base::Place::here()) { (void)wait_until(base::Instant::never(), where); }

private:
    bool set_ = false;
    WaitQueue waiting_;
};

}  // namespace threads
