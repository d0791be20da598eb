// SPDX-License-Identifier: MIT
#include "kernel/threads/deadlock.hpp"

#include "kernel/base/log.hpp"
#include "kernel/threads/mutex.hpp"

namespace threads {
namespace {

constexpr unsigned longest_line = 512;  // more threads than there can be

void report_wait(Thread const& thread) {
    base::Place const at = thread.waiting_at;
    if (Mutex const* const mutex = thread.waiting_for; mutex != nullptr && mutex->owner() != nullptr)
        base::log_error("  '{}' waits at {}:{} for '{}', which '{}' took at {}:{}", thread.name, at.file,
                        at.line, mutex->name(), mutex->owner()->name, mutex->taken_at().file,
                        mutex->taken_at().line);
    else if (thread.joining != nullptr)
        base::log_error("  '{}' waits at {}:{} for the end of '{}'", thread.name, at.file, at.line,
                        thread.joining->name);
    else
        base::log_error("  '{}' waits at {}:{}", thread.name, at.file, at.line);
}

}  // namespace

Thread const* waits_for(Thread const& thread) {
    if (thread.deadline != base::Instant::never()) return nullptr;
    return thread.waiting_for != nullptr ? thread.waiting_for->owner() : thread.joining;
}

bool waits_in_a_circle(Thread const& thread) {
    Thread const* at = waits_for(thread);
    for (unsigned steps = 0; at != nullptr && steps < longest_line; ++steps) {
        if (at == &thread) return true;
        at = waits_for(*at);
    }
    return false;  // or it waits for a circle that it is no part of
}

void report_circle(Thread const& thread) {
    base::log_error("deadlock: each of these threads waits for the next");
    Thread const* at = &thread;
    do {
        report_wait(*at);
        at = waits_for(*at);
    } while (at != nullptr && at != &thread);
}

void report_all_blocked(base::List<Thread, &Thread::all_link> const& all) {
    base::log_error("deadlock: every thread waits");
    for (Thread const* at = all.front(); at != nullptr; at = all.after(*at))
        if (at->state == ThreadState::blocked && at->waiting_at.file != nullptr) report_wait(*at);
}

}  // namespace threads
