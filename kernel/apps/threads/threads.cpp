// SPDX-License-Identifier: MIT
//
// Threads at work, and a check that they did it: threads that never yield and are
// preempted, registers that survive that, sleeps and time-outs, what threads share
// (sharing.cpp), and memory that is as free at the end as at the start. The status is
// 0, or the number of the step that failed.
#include <atomic>

#include "kernel/apps/app.hpp"
#include "kernel/apps/need.hpp"
#include "kernel/apps/threads/checks.hpp"
#include "kernel/arch/x86_64/per_cpu.hpp"
#include "kernel/arch/x86_64/trap.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/threads/condition.hpp"
#include "kernel/threads/policy.hpp"
#include "kernel/threads/semaphore.hpp"
#include "kernel/threads/thread.hpp"

namespace {

using apps::comes_true;
using apps::expect;
using apps::long_enough;
using base::Duration;
using base::Instant;

// ---- the first thread takes turns from the beginning, before it ever waited ----

bool check_first_turn() {
    std::atomic<bool> ran{false};
    threads::Thread* const other = apps::need(threads::create(
        "other", [](void* flag) { *static_cast<std::atomic<bool>*>(flag) = true; }, &ran));
    Instant const end = arch::now() + long_enough;
    while (!ran && arch::now() < end) {
    }
    bool const preempted = ran;
    threads::join(other);
    return expect(preempted, "the first thread is preempted like any other");
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
    threads::Thread* const a = apps::need(threads::create("runner 1", run<0>, &race));
    threads::Thread* const b = apps::need(threads::create("runner 2", run<1>, &race));
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
    for (auto& worker : workers) worker = apps::need(threads::create("patterns", keep_patterns, &patterns));
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
    threads::Semaphore none(0);
    bool const no_permit = !none.acquire_until(arch::now() + Duration::milliseconds(5));
    none.release();
    bool const permit = none.acquire_until(arch::now() + Duration::milliseconds(5));
    threads::Mutex mutex;
    threads::Condition condition;
    threads::MutexGuard guard(mutex);
    Instant const deadline = arch::now() + Duration::milliseconds(5);
    bool const not_notified = !condition.wait_until(mutex, deadline) && arch::now() >= deadline;
    if (!expect(no_permit && permit, "waiting for a permit ends at its deadline, and takes none") ||
        !expect(not_notified && mutex.held_by_me(), "so does waiting for a condition, with the mutex held"))
        return false;
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
    threads::Thread* const thread = apps::need(threads::create("sleeper", sleep_long, &sleeper));
    bool const gave_up = !threads::join_until(thread, arch::now() + Duration::milliseconds(2));
    bool const cancelled = comes_true([&] { return threads::cancel_sleep(*thread); });
    bool const once = !threads::cancel_sleep(*thread);
    if (cancelled) threads::join(thread);
    return expect(gave_up, "a join ends at its deadline") &&
           expect(cancelled && !sleeper.slept_through, "a sleep can be ended") &&
           expect(once, "who is awake cannot be woken");
}

// ---- many threads, detached, and lazy memory ----

void touch(void* argument) { static_cast<std::atomic<int>*>(argument)->fetch_add(1); }

bool check_detached() {
    std::atomic<int> ran{0};
    for (int i = 0; i < 50; ++i) {
        threads::detach(apps::need(threads::create("short", touch, &ran)));
        if (i % 10 == 9) threads::sleep_for(Duration::milliseconds(1));
    }
    return expect(comes_true([&] { return ran == 50; }), "detached threads run") &&
           expect(comes_true([] { return threads::count() == 2; }), "and are gone when they end");
}

bool check_lazy() {
    auto const before = memory::statistics().free_frames;
    auto const region = apps::need(memory::allocate_lazy(64 << 20));
    region[0] = std::byte{1};
    region[region.size() - 1] = std::byte{2};
    bool const cleared = region[1] == std::byte{0};
    auto const used = before - memory::statistics().free_frames;
    auto const some = region.subspan(1 << 20, 10 * base::page_size);
    auto const filled = memory::populate(some);
    auto const more = before - memory::statistics().free_frames;
    return expect(filled && more >= used + 10 && more <= used + 12 && some[0] == std::byte{0},
                  "pages are filled before they are touched") &&
           expect(memory::populate(some).ok() && before - memory::statistics().free_frames == more,
                  "and once only") &&
           expect(cleared, "lazy memory is cleared") &&
           expect(used <= 8, "and only what is touched is there");
}

// ---- what runs out is an error, and no more: the last check, nothing is given back ----

bool check_limits() {
    constexpr unsigned large = 8;  // 1 MiB
    auto const beyond = memory::allocate_lazy(std::size_t{1} << 50);
    bool const no_room = !beyond && beyond.error() == memory::MemoryError::out_of_addresses;
    // Nearly all frames in large blocks, each of which knows the one before; the rest by pages.
    auto const lazy = apps::need(memory::allocate_lazy(64 << 20));
    base::PhysAddr newest{};
    while (auto const block = memory::allocate_frames(large, memory::FrameOwner::application)) {
        *memory::phys_to_virt(block.value().start()).as<base::PhysAddr>() = newest;
        newest = block.value().start();
    }
    auto const filled = memory::populate(lazy);
    while (newest != base::PhysAddr{}) {
        auto const block = base::FrameNumber::containing(newest);
        newest = *memory::phys_to_virt(newest).as<base::PhysAddr>();
        memory::free_frames(block, large);
    }
    std::byte here{};
    auto const not_lazy = memory::populate({&here, 1});
    unsigned regions = 0, vectors = 0;
    while (regions < 1000 && memory::allocate_lazy(1).ok()) ++regions;
    auto const ignore = [](void*) {};
    while (vectors < 256 && arch::allocate_vector(ignore, nullptr).ok()) ++vectors;
    auto const last = arch::allocate_vector(ignore, nullptr);
    return expect(!filled && filled.error() == memory::MemoryError::out_of_memory,
                  "lazy memory that finds no frames is told before it is touched") &&
           expect(!not_lazy && not_lazy.error() == memory::MemoryError::out_of_addresses,
                  "and what is not lazy is refused") &&
           expect(no_room && regions < 1000, "lazy regions run out of addresses") &&
           expect(
               vectors > 0 && vectors < 256 && !last && last.error() == arch::InterruptError::no_vector_left,
               "vectors run out");
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
    if (!check_lock_until() || !check_rw_lock_until()) return 12;
    auto const after = memory::statistics();
    // The heap may keep an empty slab or two for the next caller.
    if (!expect(before.free_frames <= after.free_frames + 2, "all stacks are given back")) return 7;
    if (!expect(before.heap.objects == after.heap.objects, "and every object")) return 15;
    if (!check_lazy()) return 8;
    if (!check_limits()) return 16;
    base::log_info("threads: all is well");
    return 0;
}
