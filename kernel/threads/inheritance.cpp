// SPDX-License-Identifier: MIT
#include "kernel/threads/inheritance.hpp"

#include <algorithm>

#include "kernel/threads/mutex.hpp"

namespace threads {

constinit base::List<Mutex, &Mutex::held_link> held_mutexes;

namespace {

// Its own, or the highest that a waiter lends. Who is lent to may lend in turn,
// so `priority`, not `own_priority`, of the waiters counts.
std::uint8_t deserved_priority(Thread const& thread) {
    // [lab:07-deserved-priority]
    std::uint8_t priority = thread.own_priority;
    for (Mutex const* held = held_mutexes.front(); held != nullptr; held = held_mutexes.after(*held)) {
        if (held->owner() != &thread) continue;
        Thread const* const waiter = held->waiting().most_urgent();
        if (waiter != nullptr) priority = std::max(priority, waiter->priority);
    }
    return priority;
    // [/lab:07-deserved-priority]
}

}  // namespace

void update_priorities(Thread& thread, Policy& policy) {
    // [lab:07-boost]
    Thread* at = &thread;
    while (at != nullptr) {
        std::uint8_t const priority = deserved_priority(*at);
        if (priority == at->priority) return;  // and so nothing changes further on
        at->priority = priority;
        if (at->state == ThreadState::ready) policy.reposition(*at);
        at = at->waiting_for != nullptr ? at->waiting_for->owner() : nullptr;
    }
    // [/lab:07-boost]
}

}  // namespace threads
