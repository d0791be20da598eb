// SPDX-License-Identifier: MIT
//
// Puts mutexes and threads into a situation without a machine that gets there.
#pragma once

#include <cstring>

#include "kernel/threads/mutex.hpp"
#include "kernel/threads/rw_lock.hpp"
#include "kernel/threads/semaphore.hpp"

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

struct RwLockUnderTest {
    explicit RwLockUnderTest(char const* name) : lock(name) {}
    ~RwLockUnderTest() {
        while (Thread* const writer = lock.last_reader_.most_urgent()) lock.last_reader_.leave(*writer);
        if (lock.readers_ > 0) read_locks.remove(lock);
    }
    void read(Thread& thread, int line = 1) {
        if (lock.readers_++ == 0) read_locks.push_back(lock);
        lock.note(nullptr, &thread, {"reads.cpp", line});
    }
    void leave(Thread const& thread) {
        lock.note(&thread, nullptr, {});
        if (--lock.readers_ == 0) read_locks.remove(lock);
    }
    void wait_to_write(Thread& thread, int line = 1) {
        lock.last_reader_.enlist(thread);
        thread.waiting_for_readers_of = &lock;
        thread.waiting_at = {"writes.cpp", line};
        thread.state = ThreadState::blocked;
    }
    void stop_waiting(Thread& thread) {
        lock.last_reader_.leave(thread);
        thread.waiting_for_readers_of = nullptr;
    }

    RwLock lock;
};

struct SemaphoreUnderTest {
    explicit SemaphoreUnderTest(char const* name) : semaphore(1, name) {}
    ~SemaphoreUnderTest() {
        while (Thread* const waiter = semaphore.waiting_.most_urgent()) semaphore.waiting_.leave(*waiter);
    }
    // As note_taking() does where there are checks; here there are none.
    void take(Thread const& thread, int line = 1) {
        semaphore.last_taking_ = {thread.id, {"takes.cpp", line}};
    }
    void wait(Thread& thread, int line = 1) {
        semaphore.waiting_.enlist(thread);
        thread.waiting_for_permit_of = &semaphore;
        thread.waiting_at = {"acquires.cpp", line};
        thread.state = ThreadState::blocked;
    }

    Semaphore semaphore;
};

inline void set_up(Thread& thread, char const* name, std::uint8_t priority = normal_priority) {
    std::strcpy(thread.name, name);
    thread.priority = thread.own_priority = priority;
}

}  // namespace threads
