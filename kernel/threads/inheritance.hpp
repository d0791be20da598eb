// SPDX-License-Identifier: MIT
//
// Priority inheritance: a thread is as urgent as the most urgent one that waits
// for a mutex of its own. Without it an urgent thread that waits for a mutex
// waits also for everybody who is more urgent than its holder, and those may
// take for ever; with it, at most as long as the mutex is held.
//
// It is transitive: A waits for B's mutex, and B for C's; then C hurries for A. Readers
// hurry for a writer that waits for them to leave, as far as a lock knows them by name.
// [sha-rajkumar-lehoczky]
#pragma once

#include "kernel/threads/policy.hpp"

namespace threads {

// Works out the thread's priority anew, and those of the threads that it waits
// for. Call it for the holder when a waiter came or went. Interrupts off.
void update_priorities(Thread& thread, Policy& policy);

// It has a mutex, or is known to read under a lock. Interrupts off.
[[gnu::cold]] bool holds_a_lock(Thread const& thread);

}  // namespace threads
