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

private:
    Thread* owner_ = nullptr;
    WaitQueue waiting_;
    char const* name_;
};

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
