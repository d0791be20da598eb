// SPDX-License-Identifier: MIT
#include "kernel/threads/deadlock.hpp"

#include "kernel/base/log.hpp"
#include "kernel/threads/mutex.hpp"
#include "kernel/threads/rw_lock.hpp"
#include "kernel/threads/semaphore.hpp"

namespace threads {
namespace {

constexpr unsigned longest_line = 512;  // more threads than there can be

// The way from a thread to itself, when there is one.
constinit Thread const* circle[longest_line];
constinit unsigned circle_length = 0;
constinit std::uint32_t search = 0;

// Goes on from `at`, which is to be the circle's thread `length`. Whom this search has
// looked at already is not looked at again: that way led nowhere.
bool leads_back(Thread const* at, unsigned length) {
    while (length < longest_line && at->looked_at != search) {
        at->looked_at = search;
        circle[length++] = at;
        circle_length = length;
        for (unsigned n = 1; Thread const* const other = waits_for(*at, n); ++n) {
            if (other == circle[0] || leads_back(other, length)) return true;
            circle_length = length;
        }
        at = waits_for(*at);
        if (at == nullptr) return false;
        if (at == circle[0]) return true;
    }
    return false;
}

// `next`: whom it waits for; null: nobody in particular.
void report_wait(Thread const& thread, Thread const* next) {
    base::Place const at = thread.waiting_at;
    char const *name = nullptr, *how = "took";
    base::Place since;
    if (Mutex const* const mutex = thread.waiting_for; mutex != nullptr && next != nullptr) {
        name = mutex->name();
        since = mutex->taken_at();
    } else if (RwLock const* const lock = thread.waiting_for_readers_of; lock != nullptr && next != nullptr) {
        name = lock->name();
        how = "reads under";
        for (unsigned n = 0; RwLock::Reader const* const reader = lock->reader(n); ++n)
            if (reader->thread == next) since = reader->since;
    }
    if (name != nullptr)
        base::log_error("  '{}' waits at {}:{} for '{}', which '{}' {} at {}:{}", thread.name, at.file,
                        at.line, name, next->name, how, since.file, since.line);
    else if (next != nullptr)
        base::log_error("  '{}' waits at {}:{} for the end of '{}'", thread.name, at.file, at.line,
                        next->name);
    else
        base::log_error("  '{}' waits at {}:{}", thread.name, at.file, at.line);
}

// A semaphore has no holder; who took it last may be the one that used it as a lock.
void report_taking(Semaphore const& semaphore, base::List<Thread, &Thread::all_link> const& all) {
    auto const& [number, at] = semaphore.last_taking();
    if (at.file == nullptr) return;
    char const* name = "a thread that has ended";
    for (Thread const* each = all.front(); each != nullptr; each = all.after(*each))
        if (each->id == number) name = each->name;
    base::log_error("    for '{}', last taken by '{}' at {}:{}", semaphore.name(), name, at.file, at.line);
}

}  // namespace

Thread const* waits_for(Thread const& thread, unsigned n) {
    if (thread.deadline != base::Instant::never()) return nullptr;
    if (thread.waiting_for_readers_of != nullptr) {
        RwLock::Reader const* const reader = thread.waiting_for_readers_of->reader(n);
        return reader != nullptr ? reader->thread : nullptr;
    }
    if (n > 0) return nullptr;
    return thread.waiting_for != nullptr ? thread.waiting_for->owner() : thread.joining;
}

bool waits_in_a_circle(Thread const& thread) {
    ++search;
    return leads_back(&thread, 0);
}

void report_circle_if_any(Thread const& thread) {
    if (!waits_in_a_circle(thread)) return;
    base::log_error("deadlock: each of these threads waits for the next");
    for (unsigned i = 0; i < circle_length; ++i) report_wait(*circle[i], circle[(i + 1) % circle_length]);
}

namespace {

// The idle thread never waits anywhere.
bool waits(Thread const& thread) {
    return thread.state == ThreadState::blocked && thread.waiting_at.file != nullptr;
}

}  // namespace

bool only_threads_can_wake(base::List<Thread, &Thread::all_link> const& all) {
    for (Thread const* at = all.front(); at != nullptr; at = all.after(*at)) {
        WaitQueue const* const queue = at->waiting_in;
        bool const by_threads =
            at->joining != nullptr || (queue != nullptr && queue->waker() == WaitQueue::Waker::threads);
        if (waits(*at) && !by_threads) return false;
    }
    return true;
}

void report_all_blocked(base::List<Thread, &Thread::all_link> const& all) {
    base::log_error("deadlock: every thread waits");
    for (Thread const* at = all.front(); at != nullptr; at = all.after(*at)) {
        if (!waits(*at)) continue;
        report_wait(*at, waits_for(*at));
        if (at->waiting_for_permit_of != nullptr) report_taking(*at->waiting_for_permit_of, all);
    }
}

}  // namespace threads
