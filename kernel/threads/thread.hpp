// SPDX-License-Identifier: MIT
//
// Threads of the kernel: each has a stack of its own and shares everything else.
//
//     auto* worker = TRY(threads::create("worker", run, &argument));
//     ...
//     threads::join(worker);   // or threads::detach(worker)
//
// The discipline, stated once: everything in this folder that an interrupt
// handler may touch (run queue, wait queues, sleepers, the state of a thread) is
// changed only with interrupts off, and the scheduler asserts it. A thread may
// be preempted at any instruction where interrupts are on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernel/base/address.hpp"
#include "kernel/base/list.hpp"
#include "kernel/base/place.hpp"
#include "kernel/base/result.hpp"
#include "kernel/base/time.hpp"
#include "kernel/memory/error.hpp"
#include "kernel/memory/memory.hpp"

namespace arch {
struct FloatState;
}

namespace threads {

// The numbers are part of the debugger's contract.
enum class ThreadState : std::uint8_t {
    ready = 0,     // in the run queue
    running = 1,   // on a processor
    blocked = 2,   // in a wait queue, or asleep until its deadline
    finished = 3,  // will never run again
};
std::string_view state_name(ThreadState state);

using Entry = void (*)(void* argument);

// From 0, the least urgent. What a priority means is the scheduling policy's matter.
constexpr std::uint8_t priority_count = 32;
constexpr std::uint8_t normal_priority = 16;

class Thread;
class Mutex;
class RwLock;
class Semaphore;

// Threads that wait for the same thing: the most urgent first, then first come first served.
class WaitQueue;

// A plain record: the scheduler and the wait queues write it, the debugger reads it.
class Thread {
public:
    static constexpr std::size_t name_size = 24;

    std::uint32_t id = 0;
    ThreadState state = ThreadState::ready;
    bool timed_out = false;  // how the last wait ended
    bool detached = false;   // nobody will join: the scheduler cleans up
    char name[name_size] = {};

    base::VirtAddr saved_stack_pointer;  // while it does not run
    memory::Stack stack;
    Entry entry = nullptr;
    void* argument = nullptr;

    base::ListLink all_link;    // in the list of all threads
    base::ListLink queue_link;  // in the run queue or in one wait queue
    base::ListLink sleep_link;  // among the sleepers, sorted by deadline
    base::Instant deadline = base::Instant::never();
    WaitQueue* waiting_in = nullptr;
    Mutex* waiting_for = nullptr;                      // the mutex that it waits for; or
    RwLock const* waiting_for_readers_of = nullptr;    // the lock that it wants to write under; or
    Semaphore const* waiting_for_permit_of = nullptr;  // for a report; or
    Thread* joining = nullptr;                         // the thread whose end it waits for
    base::Place waiting_at;                            // the line that began the last wait
    Thread* joiner = nullptr;                          // who waits for its end
    mutable std::uint32_t looked_at = 0;               // by which search for a circle

    std::uint8_t own_priority = normal_priority;  // as it was set
    std::uint8_t priority = normal_priority;      // the same, or what a waiter lends: never less
    // What the policies note about a thread; each reads only its own.
    base::Duration used;  // of its slice (priority), of its allotment at its level (MLFQ)
    struct Feedback {
        std::uint32_t boost = 0;  // the last one it took part in
        std::uint8_t level = 0;
    } feedback;
    struct Fair {
        base::Duration request;         // how much it asks for at a time; 0: a slice
        std::int64_t virtual_time = 0;  // nanoseconds divided by the weight
        std::int64_t virtual_deadline = 0;
        std::int64_t lag = 0;  // what it was owed when it went to sleep
    } fair;

    arch::FloatState* floats = nullptr;  // its SSE registers, while it does not run; null: it has none

    base::Instant running_since;
    base::Duration processor_time;
    std::uint64_t switches = 0;  // how often it was given a processor
};

constexpr std::size_t default_stack_size = 16 << 10;

// Boot: the code that runs becomes the thread "main"; the idle thread appears;
// the timer preempts. After memory, APIC and clock.
[[gnu::cold]] void init();
// Boot, before init: who decides who runs next. False: this image knows no such
// policy; print_policies() names those that it has.
bool choose_policy(std::string_view word);
void print_policies(base::TextSink& sink);

base::Result<Thread*, memory::MemoryError> create(std::string_view name, Entry entry, void* argument,
                                                  std::size_t stack_size = default_stack_size);
Thread& current();

// Gives the processor to the next ready thread, if there is one.
void yield();
// False: somebody ended the sleep before its time.
bool sleep_until(base::Instant deadline, base::Place where = base::Place::here());
bool sleep_for(base::Duration duration, base::Place where = base::Place::here());
// Ends the thread's sleep. False: it is not asleep, and nothing happens.
bool cancel_sleep(Thread& thread);
void set_priority(Thread& thread, std::uint8_t priority);
// For the policy eevdf: how much time the thread asks for at once. Who asks for
// little gets it sooner, and not more in all.
void set_request(Thread& thread, base::Duration request);
// Ends this thread. Returning from its entry function does the same.
[[noreturn]] void exit();
// Waits for the thread's end and frees it; the pointer is dead afterwards.
void join(Thread* thread, base::Place where = base::Place::here());
// False: the deadline passed first, and the thread lives on.
[[nodiscard]] bool join_until(Thread* thread, base::Instant deadline,
                              base::Place where = base::Place::here());
// Nobody will join: it is freed when it ends. The pointer is dead at once.
void detach(Thread* thread);

// How long a thread runs while others wait; from the next switch on.
void set_time_slice(base::Duration slice);

// Threads that exist, the finished and not yet joined among them.
std::size_t count();
// The same threads, in order of their creation. Interrupts off.
base::List<Thread, &Thread::all_link> const& all();

// What one may want to know about a thread, copied out.
struct Report {
    char name[Thread::name_size] = {};
    ThreadState state = ThreadState::ready;
    base::Duration processor_time;
    std::uint64_t switches = 0;
};
// The threads in order of their creation; those that `out` does not hold are
// left out. Returns how many it holds.
std::size_t list(std::span<Report> out);

}  // namespace threads
