// SPDX-License-Identifier: MIT
//
// What the ten races share. A race is a function: it starts its threads, waits
// for their end and says whether all is as it should be. `fixed` picks the
// correct twin: the same threads, with the mistake taken out.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernel/apps/need.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/result.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/threads/condition.hpp"
#include "kernel/threads/mutex.hpp"
#include "kernel/threads/semaphore.hpp"
#include "kernel/threads/thread.hpp"

namespace races {

using Race = bool (*)(bool fixed);

bool lost_update(bool fixed);
bool check_then_act(bool fixed);
bool use_after_free(bool fixed);
bool missed_wake_up(bool fixed);
bool deadlock(bool fixed);
bool double_checked(bool fixed);
bool torn_read(bool fixed);
bool released_twice(bool fixed);
bool two_sections(bool fixed);
bool aba(bool fixed);

// Holds the mutex only if told to: the twins differ in nothing else.
class GuardIf {
public:
    GuardIf(bool really, threads::Mutex& mutex) : mutex_(really ? &mutex : nullptr) {
        if (mutex_ != nullptr) mutex_->lock();
    }
    ~GuardIf() {
        if (mutex_ != nullptr) mutex_->unlock();
    }
    GuardIf(GuardIf const&) = delete;
    GuardIf& operator=(GuardIf const&) = delete;

private:
    threads::Mutex* mutex_;
};

// Both threads share one object, and both end before the result counts.
template <class Shared>
void run_both(Shared& shared, void (*first)(Shared&), void (*second)(Shared&)) {
    struct Start {
        Shared* shared;
        void (*body)(Shared&);
    };
    auto const begin = [](void* argument) {
        auto const& start = *static_cast<Start*>(argument);
        start.body(*start.shared);
    };
    Start one{&shared, first}, two{&shared, second};
    threads::Thread* const a = apps::need(threads::create("first", begin, &one));
    threads::Thread* const b = apps::need(threads::create("second", begin, &two));
    threads::join(a);
    threads::join(b);
}

inline bool expect(bool condition, std::string_view what) {
    if (!condition) base::log_error("races: {}", what);
    return condition;
}

// A shared word that the compiler reads and writes exactly where it is written
// here, and no more atomically than a plain one on this processor.
template <class T>
class Word {
public:
    constexpr Word(T value = {}) : value_(value) {}
    T get() const { return value_.load(std::memory_order_relaxed); }
    void set(T value) { value_.store(value, std::memory_order_relaxed); }

private:
    std::atomic<T> value_;
};

}  // namespace races
