// SPDX-License-Identifier: MIT
#include "kernel/threads/inheritance.hpp"

#include <algorithm>

#include "kernel/threads/rw_lock.hpp"

namespace threads {

constinit base::List<Mutex, &Mutex::held_link> held_mutexes;

namespace {

// A thread waits for one thing, so whom it lends to is a chain; only a writer that waits for
// readers has several to lend to. Locks that are nested deeper than this lend no further.
constexpr unsigned most_nested_read_locks = 16;

// Its own, or the highest that a waiter lends. Who is lent to may lend in turn,
// so `priority`, not `own_priority`, of the waiters counts.
std::uint8_t lent_by_mutexes(Thread const& thread) {
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

std::uint8_t deserved_priority(Thread const& thread) {
    std::uint8_t priority = lent_by_mutexes(thread);
    for (RwLock const* lock = read_locks.front(); lock != nullptr; lock = read_locks.after(*lock))
        if (Thread const* const writer = lock->waiting_writer(); writer && lock->is_read_by(thread))
            priority = std::max(priority, writer->priority);
    return priority;
}

// The last of the chain if its priority changed; null: from somewhere on nothing changes.
Thread* boost(Thread& thread, Policy& policy) {
    // [lab:07-boost]
    Thread* at = &thread;
    for (;;) {
        std::uint8_t const priority = deserved_priority(*at);
        if (priority == at->priority) return nullptr;
        at->priority = priority;
        if (at->state == ThreadState::ready) policy.reposition(*at);
        Thread* const next = at->waiting_for != nullptr ? at->waiting_for->owner() : nullptr;
        if (next == nullptr) return at;
        at = next;
    }
    // [/lab:07-boost]
}

void update(Thread& thread, Policy& policy, unsigned nested) {
    Thread const* const last = boost(thread, policy);
    if (last != nullptr && last->waiting_for_readers_of != nullptr && nested < most_nested_read_locks)
        last->waiting_for_readers_of->for_each_reader(
            [&](Thread& reader) { update(reader, policy, nested + 1); });
}

}  // namespace

void update_priorities(Thread& thread, Policy& policy) { update(thread, policy, 0); }

bool holds_a_lock(Thread const& thread) {
    for (Mutex const* held = held_mutexes.front(); held != nullptr; held = held_mutexes.after(*held))
        if (held->owner() == &thread) return true;
    for (RwLock const* lock = read_locks.front(); lock != nullptr; lock = read_locks.after(*lock))
        if (lock->is_read_by(thread)) return true;
    return false;
}

}  // namespace threads
