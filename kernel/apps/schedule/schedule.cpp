// SPDX-License-Identifier: MIT
//
// What a scheduling policy does, measured: the shares of threads that only work,
// and how long an urgent thread waits for a mutex that an unimportant one holds
// while a third keeps the processor busy, and how late it is when it gives up
// waiting. Try it with each scheduler=...
#include <atomic>

#include "kernel/apps/app.hpp"
#include "kernel/apps/need.hpp"
#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/threads/mutex.hpp"
#include "kernel/threads/policy.hpp"
#include "kernel/threads/thread.hpp"

constinit char const apps::help[] = "  time=MS  how long the shares are measured (200)\n";

namespace {

using base::Duration;
using base::Instant;

constexpr std::uint8_t urgent = 24, above = 18, unimportant = 8;

// Without a look at the clock: where every one is counted, many looks are dear.
void work_a_little() {
    for (unsigned i = 0; i < 500; ++i) std::atomic_signal_fence(std::memory_order_seq_cst);
}

void work_for(Duration time) {
    // Its own time, not the clock's: others may run in between.
    threads::Thread const& me = threads::current();
    Duration used;
    Instant last = arch::now();
    std::uint64_t turns = me.switches;
    while (used < time) {
        work_a_little();
        Instant const now = arch::now();
        if (me.switches == turns) used = used + (now - last);
        turns = me.switches;
        last = now;
    }
}

// ---- shares ----

struct Worker {
    std::atomic<bool>* stop;
    Duration worked;
};

void work(void* argument) {
    auto& worker = *static_cast<Worker*>(argument);
    while (!worker.stop->load(std::memory_order_relaxed)) {
    }
    worker.worked = threads::current().processor_time;  // up to the start of this turn
}

void show_shares(Duration time) {
    threads::set_time_slice(Duration::milliseconds(1));  // many turns in a short time
    std::atomic<bool> stop{false};
    constexpr unsigned count = 4;
    Worker workers[count];
    threads::Thread* threads[count];
    threads::set_priority(threads::current(), urgent);  // or no one would stop them
    for (unsigned i = 0; i < count; ++i) {
        workers[i].stop = &stop;
        threads[i] = apps::need(threads::create("worker", work, &workers[i]));
        if (i == count - 1) threads::set_priority(*threads[i], above);
    }
    threads::sleep_for(time);
    stop = true;
    Duration sum;
    for (unsigned i = 0; i < count; ++i) {
        threads::join(threads[i]);
        sum = sum + workers[i].worked;
    }
    threads::set_priority(threads::current(), threads::normal_priority);
    threads::set_time_slice(threads::Policy::default_slice);
    for (unsigned i = 0; i < count; ++i)
        base::log_info("share: priority {}: {} per mille", i == count - 1 ? above : threads::normal_priority,
                       workers[i].worked.as_microseconds() * 1000 / sum.as_microseconds());
}

// ---- inversion: Mars Pathfinder, in a few milliseconds ----

constexpr Duration critical_section = Duration::milliseconds(2);
constexpr Duration busy_time = Duration::milliseconds(20);  // ten times as long

struct Rover {
    threads::Mutex bus{"bus"};
    Duration waited;
};

void gather_weather(void* argument) {  // unimportant
    auto& rover = *static_cast<Rover*>(argument);
    threads::MutexGuard guard(rover.bus);
    work_for(critical_section);
}

void communicate(void*) { work_for(busy_time); }  // in between

void manage_bus(void* argument) {  // urgent
    auto& rover = *static_cast<Rover*>(argument);
    Instant const before = arch::now();
    threads::MutexGuard guard(rover.bus);
    rover.waited = arch::now() - before;
}

void show_inversion() {
    Rover rover;
    threads::set_priority(threads::current(), urgent);
    auto* const weather = apps::need(threads::create("weather", gather_weather, &rover));
    threads::set_priority(*weather, unimportant);
    threads::sleep_for(critical_section / 4);  // it has the bus now
    auto* const radio = apps::need(threads::create("radio", communicate, &rover));
    auto* const manager = apps::need(threads::create("manager", manage_bus, &rover));
    threads::set_priority(*manager, urgent);
    for (auto* thread : {weather, radio, manager}) threads::join(thread);
    threads::set_priority(threads::current(), threads::normal_priority);
    base::log_info("inversion: the urgent thread waited {} us for a critical section of {} us",
                   rover.waited.as_microseconds(), critical_section.as_microseconds());
}

// ---- a loan that ends: the urgent thread waits for the bus, but not for long ----

void keep_bus(void* argument) {  // unimportant
    auto& rover = *static_cast<Rover*>(argument);
    threads::MutexGuard guard(rover.bus);
    work_for(threads::Policy::default_slice * 2);
}

void show_patience() {
    Rover rover;
    threads::set_priority(threads::current(), urgent);
    auto* const weather = apps::need(threads::create("weather", keep_bus, &rover));
    threads::set_priority(*weather, unimportant);
    threads::sleep_for(critical_section / 4);  // it has the bus now
    Instant const end = arch::now() + critical_section;
    bool const got = rover.bus.lock_until(end);
    Duration const late = arch::now() - end;
    if (got) rover.bus.unlock();
    threads::set_priority(threads::current(), threads::normal_priority);
    threads::join(weather);
    base::log_info("patience: the urgent thread gave up {} us late", late.as_microseconds());
}

}  // namespace

int apps::main(Boot const& boot) {
    PROBE_0(app_ready);
    auto const time = Duration::milliseconds(
        static_cast<std::int64_t>(boot.words.number("time", 10, 60'000).value_or(200)));
    boot.words.warn_about_the_rest();
    show_shares(time);
    show_inversion();
    show_patience();
    return 0;
}
