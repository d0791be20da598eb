// SPDX-License-Identifier: MIT
//
// Mutual exclusion for threads. Who waits gets the mutex in the order of urgency,
// and of asking among equals: unlock hands it over directly. Its holder is meanwhile
// as urgent as the most urgent who waits (inheritance.hpp). Never in an interrupt
// handler; data shared with one is protected by arch::InterruptsOff instead.
//
// Threads that wait in a circle wait for ever. The lock() that closes the circle
// says so in the log, with the names and lines of all (deadlock.hpp).
#pragma once

#include "kernel/threads/wait_queue.hpp"

namespace threads {

class Mutex {
public:
    constexpr explicit Mutex(char const* name = "mutex") : name_(name) {}
    Mutex(Mutex const&) = delete;
    Mutex& operator=(Mutex const&) = delete;

    // `where` is for reports only: the line that asked.
    void lock(base::Place where = base::Place::here());
    // False: the deadline passed first, and the mutex is somebody else's.
    [[nodiscard]] bool lock_until(base::Instant deadline, base::Place where = base::Place::here());
    [[nodiscard]] bool try_lock(base::Place where = base::Place::here());
    void unlock();  // by the thread that holds it, asserted

    bool held_by_me() const { return owner_ == &current(); }
    char const* name() const { return name_; }
    Thread* owner() const { return owner_; }
    base::Place taken_at() const { return taken_at_; }
    WaitQueue const& waiting() const { return waiting_; }

    base::ListLink held_link;    // in the list of held mutexes
    std::uint32_t order_id = 0;  // the lock-order checker's number for it

private:
    friend struct MutexUnderTest;
    void acquired_by(Thread& thread, base::Place where);
    // Rare, and apart, so that a mutex that nobody else wants saves no registers for them.
    [[gnu::noinline]] bool wait_in_line(Thread& me, base::Instant deadline, base::Place where);
    [[gnu::noinline]] void hand_over();

    Thread* owner_ = nullptr;
    WaitQueue waiting_{WaitQueue::Waker::threads};
    char const* name_;
    base::Place taken_at_;
};

// Every mutex that is held now: for the panic and the debugger. Interrupts off.
extern base::List<Mutex, &Mutex::held_link> held_mutexes;

// Holds a mutex while it lives.
class MutexGuard {
public:
    explicit MutexGuard(Mutex& mutex, base::Place where = base::Place::here()) : mutex_(mutex) {
        mutex_.lock(where);
    }
    ~MutexGuard() { mutex_.unlock(); }
    MutexGuard(MutexGuard const&) = delete;
    MutexGuard& operator=(MutexGuard const&) = delete;

private:
    Mutex& mutex_;
};

}  // namespace threads
