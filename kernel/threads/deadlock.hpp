// SPDX-License-Identifier: MIT
//
// Deadlock: threads that wait for each other in a circle, each for something
// that the next one has. The one thing a thread waits for (a mutex: its holder;
// join: the other thread) is an edge from thread to thread. Every thread has at
// most one, so looking for a circle is following a line.
//
// A wait with a deadline is no edge: it ends by itself.
#pragma once

#include "kernel/threads/thread.hpp"

namespace threads {

// Whom this thread waits for; null: nobody in particular.
Thread const* waits_for(Thread const& thread);

// Does it, by way of others, wait for itself?
bool waits_in_a_circle(Thread const& thread);

// The circle in the log: who waits for what, since which line, and who holds it
// since which line.
void report_circle(Thread const& thread);
// Every thread and what it waits for.
void report_all_blocked(base::List<Thread, &Thread::all_link> const& all);

}  // namespace threads
