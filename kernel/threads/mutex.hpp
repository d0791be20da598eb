// SPDX-License-Identifier: MIT
//
// Mutual exclusion for threads. Who waits gets the mutex in the order of asking:
// unlock hands it over directly. Never in an interrupt handler; data shared with
// one is protected by arch::InterruptsOff instead.
#pragma once

#include "kernel/threads/wait_queue.hpp"

namespace threads {

class Mutex {
public:
    constexpr explicit Mutex(char const* name = "mutex") : name_(name) {}
    Mutex(Mutex const&) = delete;
    Mutex& operator=(Mutex const&) = delete;

    void lock();
    [[nodiscard]] bool try_lock();
    void unlock();  // by the thread that holds it, asserted
    bool held_by_me() const { return owner_ == &current(); }
    char const* name() const { return name_; }
    Thread const* owner() const { return owner_; }

    base::ListLink held_link;  // in the list of held mutexes

private:
    void acquired_by(Thread& thread);

    Thread* owner_ = nullptr;
    WaitQueue waiting_;
    char const* name_;
};

// Every mutex that is held now: for the panic and the debugger. Interrupts off.
extern base::List<Mutex, &Mutex::held_link> held_mutexes;

// Holds a mutex while it lives.
class MutexGuard {
public:
    explicit MutexGuard(Mutex& mutex) : mutex_(mutex) { mutex_.lock(); }
    ~MutexGuard() { mutex_.unlock(); }
    MutexGuard(MutexGuard const&) = delete;
    MutexGuard& operator=(MutexGuard const&) = delete;

private:
    Mutex& mutex_;
};

}  // namespace threads
