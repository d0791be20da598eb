// SPDX-License-Identifier: MIT
//
// Threads, locks and interrupts.
#include "kernel/apps/costs/mark.hpp"
#include "kernel/apps/need.hpp"
#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/threads/mutex.hpp"
#include "kernel/threads/semaphore.hpp"
#include "kernel/threads/thread.hpp"

namespace costs {
namespace {

constexpr auto a_while = base::Duration::microseconds(50);

void yield_in_turns(void*) {
    for (unsigned i = 0; i < rounds; ++i) {
        COST_END(switch_yield);
        COST_BEGIN(switch_yield);
        threads::yield();
    }
}

// Two threads: each ends what the other began.
void switch_by_yield() {
    threads::Thread* const partner = apps::need(threads::create("partner", yield_in_turns, nullptr));
    for (unsigned i = 0; i + 1 < rounds; ++i) {
        COST_BEGIN(switch_yield);
        threads::yield();
        COST_END(switch_yield);
    }
    threads::join(partner);
}

struct Rally {
    threads::Semaphore there{0}, back{0};
};

void return_permits(void* argument) {
    auto& rally = *static_cast<Rally*>(argument);
    for (unsigned i = 0; i < rounds; ++i) {
        rally.there.acquire();
        COST_END(switch_wake);
        rally.back.release();
    }
}

void switch_by_waking() {
    Rally rally;
    threads::Thread* const partner = apps::need(threads::create("partner", return_permits, &rally));
    threads::yield();  // it waits now
    for (unsigned i = 0; i < rounds; ++i) {
        COST_BEGIN(switch_wake);
        rally.there.release();
        rally.back.acquire();
    }
    threads::join(partner);
}

void do_nothing(void*) {}

void create_threads() {
    for (unsigned i = 0; i < rounds; ++i) {
        COST_BEGIN(thread_create);
        threads::Thread* const thread = apps::need(threads::create("short", do_nothing, nullptr));
        COST_END(thread_create);
        threads::join(thread);
    }
}

void want_mutex(void* argument) {
    auto& mutex = *static_cast<threads::Mutex*>(argument);
    for (unsigned i = 0; i < rounds; ++i) {
        COST_BEGIN(mutex_wait);
        mutex.lock();
        mutex.unlock();
        threads::yield();  // to the other one, who takes it again
    }
}

// Waits until a deadline and keeps the processor. It seldom looks at the clock, which
// is dear where it is simulated.
void spin_until(base::Instant end) {
    while (arch::now() < end)
        for (unsigned i = 0; i < 500; ++i) std::atomic_signal_fence(std::memory_order_seq_cst);
}

struct Sleeper {
    threads::Semaphore go{0};
};

void sleep_when_told(void* argument) {
    auto& sleeper = *static_cast<Sleeper*>(argument);
    for (unsigned i = 0; i < rounds; ++i) {
        sleeper.go.acquire();
        (void)threads::sleep_for(a_while);
    }
}

}  // namespace

void switch_threads() {
    switch_by_yield();
    switch_by_waking();
    create_threads();
}

void take_mutexes() {
    threads::Mutex mutex{"measured"};
    for (unsigned i = 0; i < rounds; ++i) {
        COST_BEGIN(mutex_lock);
        mutex.lock();
        COST_END(mutex_lock);
        COST_BEGIN(mutex_unlock);
        mutex.unlock();
        COST_END(mutex_unlock);
    }
    threads::Thread* const other = apps::need(threads::create("other", want_mutex, &mutex));
    for (unsigned i = 0; i < rounds; ++i) {
        mutex.lock();
        threads::yield();  // the other one wants it, and waits
        COST_END(mutex_wait);
        COST_BEGIN(mutex_hand_over);
        mutex.unlock();
        COST_END(mutex_hand_over);
        threads::yield();
    }
    threads::join(other);
}

void take_interrupts() {
    // A timer that rings for nobody: who would have slept was woken before.
    Sleeper sleeper;
    threads::Thread* const thread = apps::need(threads::create("sleeper", sleep_when_told, &sleeper));
    threads::yield();
    COST_EXITS(interrupt);
    for (unsigned i = 0; i < rounds; ++i) {
        sleeper.go.release();
        threads::yield();
        (void)threads::cancel_sleep(*thread);
        threads::yield();
        spin_until(arch::now() + a_while * 2);
    }
    COST_STOP();
    threads::join(thread);

    COST_ENTRIES(interrupt_wake);
    for (unsigned i = 0; i < rounds; ++i) {
        (void)threads::sleep_for(a_while);
        COST_END(interrupt_wake);
    }
    COST_STOP();
}

}  // namespace costs
