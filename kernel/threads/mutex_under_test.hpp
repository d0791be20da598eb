// SPDX-License-Identifier: MIT
//
// Puts mutexes and threads into a situation without a machine that gets there.
#pragma once

#include <cstring>

#include "kernel/threads/mutex.hpp"

namespace threads {

struct MutexUnderTest {
    explicit MutexUnderTest(char const* name) : mutex(name) {}
    ~MutexUnderTest() {
        while (Thread* const waiter = mutex.waiting().most_urgent()) mutex.waiting_.leave(*waiter);
        give_up();
    }

    void give_to(Thread& thread, int line = 1) {
        give_up();
        mutex.owner_ = &thread;
        mutex.taken_at_ = {"taken.cpp", line};
        held_mutexes.push_back(mutex);
    }
    void give_up() {
        if (mutex.owner_ == nullptr) return;
        held_mutexes.remove(mutex);
        mutex.owner_ = nullptr;
    }
    void wait(Thread& thread, int line = 1) {
        mutex.waiting_.enlist(thread);
        thread.waiting_for = &mutex;
        thread.waiting_at = {"waits.cpp", line};
        thread.state = ThreadState::blocked;
    }
    void stop_waiting(Thread& thread) {
        mutex.waiting_.leave(thread);
        thread.waiting_for = nullptr;
    }

    Mutex mutex;
};

inline void set_up(Thread& thread, char const* name, std::uint8_t priority = normal_priority) {
    std::strcpy(thread.name, name);
    thread.priority = thread.own_priority = priority;
}

}  // namespace threads
