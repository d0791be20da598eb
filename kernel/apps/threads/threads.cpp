// SPDX-License-Identifier: MIT
//
// Threads at work, and a check that they did it: a bounded buffer with a mutex
// and two conditions, threads that never yield and are preempted, sleeps and
// time-outs, and memory that is as free at the end as at the start. The status
// is 0, or the number of the step that failed.
//
// No check depends on how fast the machine is: each waits for what must happen,
// and gives up after a minute.
#include <atomic>

#include "kernel/apps/app.hpp"
#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/arch/x86_64/per_cpu.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/base/ring_buffer.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/threads/condition.hpp"
#include "kernel/threads/mutex.hpp"
#include "kernel/threads/policy.hpp"
#include "kernel/threads/rw_lock.hpp"
#include "kernel/threads/semaphore.hpp"
#include "kernel/threads/thread.hpp"

namespace {

using base::Duration;
using base::Instant;

bool expect(bool condition, std::string_view what) {
    if (!condition) base::log_error("threads: failed: {}", what);
    return condition;
}

constexpr auto long_enough = Duration::seconds(60);

// Sleeps until the condition holds; false: it never did.
template <class Condition>
bool comes_true(Condition condition) {
    Instant const end = arch::now() + long_enough;
    while (!condition()) {
        if (arch::now() > end) return false;
        threads::sleep_for(Duration::milliseconds(1));
    }
    return true;
}

// ---- the first thread takes turns from the beginning, before it ever waited ----

bool check_first_turn() {
    std::atomic<bool> ran{false};
    threads::Thread* const other = MUST(threads::create(
        "other", [](void* flag) { *static_cast<std::atomic<bool>*>(flag) = true; }, &ran));
    Instant const end = arch::now() + long_enough;
    while (!ran && arch::now() < end) {
    }
    bool const preempted = ran;
    threads::join(other);
    return expect(preempted, "the first thread is preempted like any other");
}

// ---- a bounded buffer: two producers, two consumers ----

constexpr std::uint64_t items_each = 500;

struct Buffer {
    threads::Mutex mutex{"buffer"};
    threads::Condition not_empty, not_full;
    base::RingBuffer<std::uint64_t, 8> ring;
    std::uint64_t sum = 0;
    std::uint64_t taken = 0;
};

void produce(void* argument) {
    auto& buffer = *static_cast<Buffer*>(argument);
    for (std::uint64_t i = 1; i <= items_each; ++i) {
        threads::MutexGuard guard(buffer.mutex);
        while (!buffer.ring.push(i)) buffer.not_full.wait(buffer.mutex);
        buffer.not_empty.notify_one();
    }
}

void consume(void* argument) {
    auto& buffer = *static_cast<Buffer*>(argument);
    for (std::uint64_t i = 0; i < items_each; ++i) {
        threads::MutexGuard guard(buffer.mutex);
        while (buffer.ring.empty()) buffer.not_empty.wait(buffer.mutex);
        buffer.sum += *buffer.ring.pop();
        ++buffer.taken;
        buffer.not_full.notify_one();
    }
}

bool check_bounded_buffer() {
    Buffer buffer;
    threads::Thread* workers[] = {MUST(threads::create("producer 1", produce, &buffer)),
                                  MUST(threads::create("producer 2", produce, &buffer)),
                                  MUST(threads::create("consumer 1", consume, &buffer)),
                                  MUST(threads::create("consumer 2", consume, &buffer))};
    for (threads::Thread* worker : workers) threads::join(worker);
    return expect(buffer.taken == 2 * items_each, "every item is taken") &&
           expect(buffer.sum == items_each * (items_each + 1), "and each once");
}

// ---- preemption: neither of these ever gives up the processor ----

struct Race {
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> turns[2]{};
};

template <int which>
void run(void* argument) {
    auto& race = *static_cast<Race*>(argument);
    while (!race.stop.load(std::memory_order_relaxed))
        race.turns[which].fetch_add(1, std::memory_order_relaxed);
}

bool check_preemption() {
    Race race;
    threads::Thread* const a = MUST(threads::create("runner 1", run<0>, &race));
    threads::Thread* const b = MUST(threads::create("runner 2", run<1>, &race));
    bool const both = comes_true([&] { return race.turns[0] > 0 && race.turns[1] > 0; });
    race.stop = true;
    threads::join(a);
    threads::join(b);
    return expect(both, "both runners run while neither yields");
}

// ---- registers: whatever interrupts a thread, it finds them as they were ----

// Fills the registers that the compiler lets us have with multiples of `seed`,
// spins, and compares. Any value that a preemption changed makes it false.
bool registers_survive(std::uint64_t seed, std::uint64_t spins) {
    std::uint64_t wrong = 0;
    asm volatile(
        "leaq (%[seed], %[seed]), %%rbx\n"
        "leaq (%%rbx, %[seed]), %%rdx\n"
        "leaq (%%rdx, %[seed]), %%r8\n"
        "leaq (%%r8, %[seed]), %%r9\n"
        "leaq (%%r9, %[seed]), %%r10\n"
        "leaq (%%r10, %[seed]), %%r11\n"
        "leaq (%%r11, %[seed]), %%r12\n"
        "leaq (%%r12, %[seed]), %%r13\n"
        "leaq (%%r13, %[seed]), %%r14\n"
        "leaq (%%r14, %[seed]), %%r15\n"
        "1: decq %%rcx\n"
        "jnz 1b\n"
        // Undo the chain: each less the one before must be the seed again.
        "subq %%r14, %%r15\n subq %[seed], %%r15\n orq %%r15, %[wrong]\n"
        "subq %%r13, %%r14\n subq %[seed], %%r14\n orq %%r14, %[wrong]\n"
        "subq %%r12, %%r13\n subq %[seed], %%r13\n orq %%r13, %[wrong]\n"
        "subq %%r11, %%r12\n subq %[seed], %%r12\n orq %%r12, %[wrong]\n"
        "subq %%r10, %%r11\n subq %[seed], %%r11\n orq %%r11, %[wrong]\n"
        "subq %%r9, %%r10\n subq %[seed], %%r10\n orq %%r10, %[wrong]\n"
        "subq %%r8, %%r9\n subq %[seed], %%r9\n orq %%r9, %[wrong]\n"
        "subq %%rdx, %%r8\n subq %[seed], %%r8\n orq %%r8, %[wrong]\n"
        "subq %%rbx, %%rdx\n subq %[seed], %%rdx\n orq %%rdx, %[wrong]\n"
        "subq %[seed], %%rbx\n subq %[seed], %%rbx\n orq %%rbx, %[wrong]\n"
        : [wrong] "+a"(wrong), "+c"(spins)
        : [seed] "S"(seed)
        : "rbx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "cc");
    return wrong == 0;
}

struct Patterns {
    std::atomic<std::uint64_t> next_seed{0x0123'4567'89ab};
    std::atomic<bool> all_right{true};
};

void keep_patterns(void* argument) {
    auto& patterns = *static_cast<Patterns*>(argument);
    std::uint64_t const seed = patterns.next_seed.fetch_add(0x1111'1111'1111);
    for (int i = 0; i < 200; ++i)
        if (!registers_survive(seed, 10'000)) patterns.all_right = false;
}

bool check_registers() {
    threads::set_time_slice(Duration::microseconds(20));
    Patterns patterns;
    threads::Thread* workers[3];
    for (auto& worker : workers) worker = MUST(threads::create("patterns", keep_patterns, &patterns));
    for (auto* worker : workers) threads::join(worker);
    threads::set_time_slice(threads::Policy::default_slice);
    return expect(patterns.all_right, "every register survives preemption");
}

// ---- sleep, time-out, hand-over ----

bool check_time() {
    Instant const before = arch::now();
    threads::sleep_for(Duration::milliseconds(20));
    Duration const slept = arch::now() - before;
    threads::Event event;
    bool const timed_out = !event.wait_until(arch::now() + Duration::milliseconds(5));
    event.set();
    bool const kept = event.wait_until(Instant::never());
    return expect(slept >= Duration::milliseconds(20), "a sleep never ends early") &&
           expect(timed_out, "a wait ends at its deadline") && expect(kept, "a set event is not lost");
}

// Nothing to do but wait: then the timer has nothing to say either.
bool check_idle() {
    auto const interrupts = [] {
        std::uint64_t sum = 0;
        for (unsigned vector = 32; vector < 256; ++vector) sum += arch::this_cpu().interrupt_counts[vector];
        return sum;
    };
    std::uint64_t const before = interrupts();
    threads::sleep_for(Duration::milliseconds(500));
    return expect(interrupts() - before < 10, "an idle machine wakes less than 20 times a second");
}

// A sleep that somebody ends, and a join that gives up.
struct Sleeper {
    Instant until;
    bool slept_through = true;
};
void sleep_long(void* argument) {
    auto& sleeper = *static_cast<Sleeper*>(argument);
    sleeper.slept_through = threads::sleep_until(sleeper.until);
}

bool check_cancellation(Instant until) {
    Sleeper sleeper{until};
    threads::Thread* const thread = MUST(threads::create("sleeper", sleep_long, &sleeper));
    bool const gave_up = !threads::join_until(thread, arch::now() + Duration::milliseconds(2));
    bool const cancelled = comes_true([&] { return threads::cancel_sleep(*thread); });
    bool const once = !threads::cancel_sleep(*thread);
    if (cancelled) threads::join(thread);
    return expect(gave_up, "a join ends at its deadline") &&
           expect(cancelled && !sleeper.slept_through, "a sleep can be ended") &&
           expect(once, "who is awake cannot be woken");
}

// ---- readers and writers ----

struct Library {
    threads::RwLock lock{"library"};
    std::atomic<int> readers{0}, writers{0};
    std::atomic<bool> mixed{false};
    int volumes = 0;
};

void read(void* argument) {
    auto& library = *static_cast<Library*>(argument);
    for (int i = 0; i < 20; ++i) {
        library.lock.lock_shared();
        ++library.readers;
        if (library.writers != 0) library.mixed = true;
        threads::sleep_for(Duration::microseconds(20));
        --library.readers;
        library.lock.unlock_shared();
    }
}

void write(void* argument) {
    auto& library = *static_cast<Library*>(argument);
    for (int i = 0; i < 20; ++i) {
        library.lock.lock();
        if (++library.writers != 1 || library.readers != 0) library.mixed = true;
        threads::yield();
        ++library.volumes;
        --library.writers;
        library.lock.unlock();
    }
}

// A reader that leaves when a second one is inside too.
struct Company {
    threads::RwLock lock{"company"};
    std::atomic<int> inside{0};
    std::atomic<bool> met{false};
};

void read_in_company(void* argument) {
    auto& company = *static_cast<Company*>(argument);
    company.lock.lock_shared();
    ++company.inside;
    if (comes_true([&] { return company.inside == 2; })) company.met = true;
    company.lock.unlock_shared();
}

bool check_readers_meet() {
    Company company;
    threads::Thread* const one = MUST(threads::create("reader 1", read_in_company, &company));
    threads::Thread* const two = MUST(threads::create("reader 2", read_in_company, &company));
    threads::join(one);
    threads::join(two);
    return expect(company.met, "readers are not alone");
}

bool check_readers_and_writers() {
    Library library;
    threads::Thread* users[5];
    for (int i = 0; i < 5; ++i) users[i] = MUST(threads::create("user", i < 3 ? read : write, &library));
    for (threads::Thread* user : users) threads::join(user);
    return expect(!library.mixed, "a writer is alone") &&
           expect(library.volumes == 40, "and every write counts");
}

// ---- a mutex is handed over, and waiting for it may end early ----

struct Held {
    threads::Mutex mutex{"held"};
    threads::Event taken, enough;
};

void hold(void* argument) {
    auto& held = *static_cast<Held*>(argument);
    threads::MutexGuard guard(held.mutex);
    held.taken.set();
    held.enough.wait();
}

bool check_lock_until() {
    Held held;
    threads::Thread* const holder = MUST(threads::create("holder", hold, &held));
    held.taken.wait();
    bool const refused = !held.mutex.lock_until(arch::now() + Duration::milliseconds(2));
    held.enough.set();
    bool const got = held.mutex.lock_until(arch::now() + long_enough);
    if (got) held.mutex.unlock();
    threads::join(holder);
    return expect(refused, "waiting for a mutex ends at its deadline") &&
           expect(got, "and sooner when it is free");
}

struct Relay {
    threads::Semaphore first{0}, second{0};
    std::uint64_t rounds = 0;
};

void answer(void* argument) {
    auto& relay = *static_cast<Relay*>(argument);
    for (int i = 0; i < 100; ++i) {
        relay.first.acquire();
        ++relay.rounds;
        relay.second.release();
    }
}

bool check_semaphore() {
    Relay relay;
    threads::Thread* const partner = MUST(threads::create("partner", answer, &relay));
    bool in_turn = true;
    for (std::uint64_t i = 0; i < 100; ++i) {
        relay.first.release();
        relay.second.acquire();
        in_turn = in_turn && relay.rounds == i + 1;
    }
    threads::join(partner);
    return expect(in_turn, "a semaphore hands over in turn");
}

// ---- many threads, detached, and lazy memory ----

void touch(void* argument) { static_cast<std::atomic<int>*>(argument)->fetch_add(1); }

bool check_detached() {
    std::atomic<int> ran{0};
    for (int i = 0; i < 50; ++i) {
        threads::detach(MUST(threads::create("short", touch, &ran)));
        if (i % 10 == 9) threads::sleep_for(Duration::milliseconds(1));
    }
    return expect(comes_true([&] { return ran == 50; }), "detached threads run") &&
           expect(comes_true([] { return threads::count() == 2; }), "and are gone when they end");
}

bool check_lazy() {
    auto const before = memory::statistics().free_frames;
    auto const region = MUST(memory::allocate_lazy(64 << 20));
    region[0] = std::byte{1};
    region[region.size() - 1] = std::byte{2};
    bool const cleared = region[1] == std::byte{0};
    auto const used = before - memory::statistics().free_frames;
    return expect(cleared, "lazy memory is cleared") &&
           expect(used <= 8, "and only what is touched is there");
}

}  // namespace

int apps::main(Boot const& boot) {
    PROBE_0(app_ready);
    boot.words.warn_about_the_rest();
    if (!check_first_turn()) return 13;
    auto const before = memory::statistics();
    if (!check_bounded_buffer()) return 1;
    if (!check_preemption()) return 2;
    if (!check_registers()) return 3;
    if (!check_time()) return 4;
    if (!check_semaphore()) return 5;
    if (!check_detached()) return 6;
    if (!check_idle()) return 9;
    if (!check_cancellation(arch::now() + Duration::seconds(3600))) return 10;
    if (!check_cancellation(Instant::never())) return 14;
    if (!check_readers_and_writers() || !check_readers_meet()) return 11;
    if (!check_lock_until()) return 12;
    auto const after = memory::statistics();
    // The heap may keep an empty slab or two for the next caller.
    if (!expect(before.free_frames <= after.free_frames + 2, "all stacks are given back")) return 7;
    if (!expect(before.heap.objects == after.heap.objects, "and every object")) return 15;
    if (!check_lazy()) return 8;
    base::log_info("threads: all is well");
    return 0;
}
