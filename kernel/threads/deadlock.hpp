// SPDX-License-Identifier: MIT
//
// Deadlock: threads that wait for each other in a circle, each for something
// that the next one has. What a thread waits for (a mutex: its holder; join: the
// other thread; to write under an RwLock: each of its readers) is an edge from
// thread to thread, and looking for a circle is following them.
//
// A wait with a deadline is no edge: it ends by itself. Nor is a wait for an event, a
// semaphore or a condition: anybody may end it.
#pragma once

#include "kernel/threads/thread.hpp"

namespace threads {

// The n-th thread that this one waits for; null: there are no more, or it waits for
// nobody in particular.
Thread const* waits_for(Thread const& thread, unsigned n = 0);

// Does it, by way of others, wait for itself?
bool waits_in_a_circle(Thread const& thread);

// The circle in the log, if it waits in one: who waits for what, since which line, and who
// holds it since which line.
void report_circle_if_any(Thread const& thread);
// Does every thread wait for something that only another thread can end? Then no interrupt
// will; and nobody wakes by himself, if nobody has a deadline.
bool only_threads_can_wake(base::List<Thread, &Thread::all_link> const& all);
// Every thread and what it waits for.
void report_all_blocked(base::List<Thread, &Thread::all_link> const& all);

}  // namespace threads
