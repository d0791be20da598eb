// SPDX-License-Identifier: MIT
//
// kernel/threads on threads of the host. The headers are the kernel's own; the
// baton stands for its one processor, and for interrupts that are off.
#include <pthread.h>

#include <algorithm>
#include <limits>

#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/base/assert.hpp"
#include "kernel/platform/hosted/baton.hpp"
#include "kernel/threads/condition.hpp"
#include "kernel/threads/semaphore.hpp"

namespace platform::hosted {
namespace {

base::List<threads::Thread, &threads::Thread::all_link> all;
std::uint32_t next_id = 0;
thread_local HostThread* self = nullptr;

void set_name(threads::Thread& thread, std::string_view name) {
    std::copy_n(name.data(), std::min(name.size(), threads::Thread::name_size - 1), thread.name);
}

void free_thread(HostThread& thread) {
    all.remove(thread);
    delete &thread;
}

[[noreturn]] void end_current() {
    HostThread& me = *self;
    me.state = threads::ThreadState::finished;
    if (me.joiner != nullptr) wake(static_cast<HostThread&>(*me.joiner));
    if (me.detached) free_thread(me);
    baton().unlock();
    pthread_exit(nullptr);
}

void* run(void* argument) {
    self = static_cast<HostThread*>(argument);
    baton().lock();
    self->state = threads::ThreadState::running;
    self->entry(self->argument);
    end_current();
}

}  // namespace

HostThread& current() { return *self; }

void init_threads() {
    self = new HostThread;  // lives as long as the process
    set_name(*self, "main");
    self->id = next_id++;
    self->state = threads::ThreadState::running;
    all.push_back(*self);
    baton().lock();
}

}  // namespace platform::hosted

namespace threads {

namespace hosted = platform::hosted;

// ---- threads ----

std::string_view state_name(ThreadState state) {
    constexpr std::string_view names[] = {"ready", "running", "blocked", "finished"};
    return names[static_cast<std::size_t>(state)];
}

Thread& current() { return hosted::current(); }

base::Result<Thread*, memory::MemoryError> create(std::string_view name, Entry entry, void* argument,
                                                  std::size_t) {
    auto* const thread = new hosted::HostThread;
    hosted::set_name(*thread, name);
    thread->id = hosted::next_id++;
    thread->entry = entry;
    thread->argument = argument;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t ignored;
    int const failed = pthread_create(&ignored, &attributes, hosted::run, thread);
    pthread_attr_destroy(&attributes);
    if (failed != 0) {
        delete thread;
        return base::fail(memory::MemoryError::out_of_memory);
    }
    hosted::all.push_back(*thread);
    return thread;
}

void yield() { (void)sleep_for(base::Duration::nanoseconds(1)); }

bool sleep_until(base::Instant deadline, base::Place where) {
    hosted::HostThread& me = hosted::current();
    me.waiting_at = where;
    return !hosted::wait_for_turn(me, deadline);
}

bool sleep_for(base::Duration duration, base::Place where) {
    return sleep_until(arch::now() + duration, where);
}

bool cancel_sleep(Thread& thread) {
    bool const asleep =
        thread.state == ThreadState::blocked && thread.waiting_in == nullptr && thread.joining == nullptr;
    if (asleep) hosted::wake(static_cast<hosted::HostThread&>(thread));
    return asleep;
}

void set_priority(Thread& thread, std::uint8_t priority) {
    ASSERT(priority < priority_count);
    thread.own_priority = thread.priority = priority;  // in wait queues; the host decides the rest
}

void exit() { hosted::end_current(); }

void join(Thread* thread, base::Place where) { (void)join_until(thread, base::Instant::never(), where); }

bool join_until(Thread* thread, base::Instant deadline, base::Place where) {
    hosted::HostThread& me = hosted::current();
    ASSERT(thread != &me && thread->joiner == nullptr && !thread->detached);
    if (thread->state != ThreadState::finished) {
        thread->joiner = &me;
        me.joining = thread;
        me.waiting_at = where;
        bool const ended = hosted::wait_for_turn(me, deadline);
        me.joining = nullptr;
        thread->joiner = nullptr;
        if (!ended) return false;
    }
    hosted::free_thread(static_cast<hosted::HostThread&>(*thread));
    return true;
}

void detach(Thread* thread) {
    ASSERT(thread->joiner == nullptr && !thread->detached);
    if (thread->state == ThreadState::finished)
        hosted::free_thread(static_cast<hosted::HostThread&>(*thread));
    else
        thread->detached = true;
}

std::size_t count() { return hosted::all.size(); }

std::size_t list(std::span<Report> out) {
    std::size_t count = 0;
    for (Thread const* thread = hosted::all.front(); thread != nullptr && count < out.size();
         thread = hosted::all.after(*thread)) {
        Report& report = out[count++];
        std::copy_n(thread->name, Thread::name_size, report.name);
        report.state = thread->state;
        report.switches = thread->switches;
    }
    return count;
}

// ---- waiting ----

bool WaitQueue::wait(base::Instant deadline, base::Place where) {
    hosted::HostThread& me = hosted::current();
    me.waiting_at = where;
    enlist(me);
    bool const in_time = hosted::wait_for_turn(me, deadline);
    if (!in_time) leave(me);
    me.waiting_in = nullptr;
    return in_time;
}

Thread* WaitQueue::wake_one() {
    Thread* const thread = most_urgent();
    if (thread == nullptr) return nullptr;
    waiting_.remove(*thread);
    hosted::wake(static_cast<hosted::HostThread&>(*thread));
    return thread;
}

void WaitQueue::wake_all() {
    while (wake_one() != nullptr) {
    }
}

void Mutex::lock(base::Place where) { (void)lock_until(base::Instant::never(), where); }

bool Mutex::lock_until(base::Instant deadline, base::Place where) {
    ASSERT(owner_ != &current());                                  // it would wait for itself for ever
    if (owner_ != nullptr) return waiting_.wait(deadline, where);  // unlock() hands it over
    owner_ = &current();
    taken_at_ = where;
    return true;
}

bool Mutex::try_lock(base::Place where) { return owner_ == nullptr && lock_until(base::Instant(), where); }

void Mutex::unlock() {
    ASSERT(held_by_me());
    owner_ = waiting_.wake_one();
    if (owner_ != nullptr) taken_at_ = owner_->waiting_at;
}

bool Condition::wait_until(Mutex& mutex, base::Instant deadline, base::Place where) {
    mutex.unlock();
    bool const woken = waiting_.wait(deadline, where);
    mutex.lock(where);
    return woken;
}
void Condition::notify_one() { waiting_.wake_one(); }
void Condition::notify_all() { waiting_.wake_all(); }

bool Semaphore::acquire_until(base::Instant deadline, base::Place where) {
    if (permits_ == 0) return waiting_.wait(deadline, where);
    --permits_;
    return true;
}
void Semaphore::release() {
    if (waiting_.wake_one() == nullptr) ++permits_;
}

void Event::set() {
    if (waiting_.wake_one() == nullptr) set_ = true;
}
bool Event::wait_until(base::Instant deadline, base::Place where) {
    if (!set_) return waiting_.wait(deadline, where);
    set_ = false;
    return true;
}

}  // namespace threads
