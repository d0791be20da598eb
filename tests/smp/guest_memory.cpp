// SPDX-License-Identifier: MIT
//
// Processors that share memory: counters, code and page tables.
#include "tests/smp/guest.hpp"

extern "C" {
extern guest::u64 directories[];
extern guest::u8 patched[];
}

namespace guest {
namespace {

// 1. Locked instructions.
u64 volatile locked_sum;
void add_locked(unsigned) {
    for (unsigned i = 0; i < rounds; ++i) asm volatile("lock incq %0" : "+m"(locked_sum));
}

// 2. A spinlock around a plain counter.
u32 volatile lock;
u64 volatile guarded_sum;
void add_guarded(unsigned) {
    for (unsigned i = 0; i < rounds / 4; ++i) {
        u32 taken = 1;
        for (;;) {
            asm volatile("xchgl %0, %1" : "+r"(taken), "+m"(lock)::"memory");
            if (!taken) break;
            while (lock) pause();
        }
        guarded_sum = guarded_sum + 1;
        asm volatile("" ::: "memory");
        lock = 0;
    }
}

// 3. No lock: between reading and writing somebody else may write.
u64 volatile unlocked_sum;
void add_unlocked(unsigned) {
    for (unsigned i = 0; i < rounds / 4; ++i) {
        u64 const value = unlocked_sum;
        for (unsigned k = 0; k < 20; ++k) asm volatile("" ::: "memory");
        unlocked_sum = value + 1;
    }
}

// 4. Code that another processor rewrites: seen after a serialising instruction.
constexpr u32 patch_end = 1000;
u32 volatile patch_wanted, patch_seen[most];
void call_patched(unsigned number) {
    auto const function = reinterpret_cast<u32 (*)()>(patched);
    u32 last = 0;
    while (last != patch_end) {
        while (patch_wanted == last) pause();
        last = patch_wanted;
        if (last == patch_end) break;
        serialise();
        patch_seen[number] = function();
    }
    patch_seen[number] = patch_end;
}

// 5. A page table entry changes: the others see the old page until they are told.
constexpr u64 window = 0x3000'0000;  // a page of 2 MiB, mapped here or there
constexpr u64 here = 0x60'0000, there = 0x80'0000;
u64 volatile* entry_of_window() { return &directories[window >> 21]; }
u32 volatile look_wanted, looked[most];
u64 volatile saw[most];
void look(unsigned number) {
    enable();
    for (u32 i = 1; i <= 3; ++i) {
        while (look_wanted < i) pause();
        saw[number] = at<u64>(window);
        looked[number] = i;
    }
    disable();
}
bool all_see(u64 value, u32 turn) {
    look_wanted = turn;
    for (unsigned n = 1; n < processors; ++n)
        while (looked[n] < turn) pause();
    bool good = true;
    for (unsigned n = 1; n < processors; ++n) good = good && saw[n] == value;
    return good;
}
u32 volatile told;

}  // namespace

// For the interrupt that tells the others to forget the page.
void forget_window() {
    invalidate(window);
    count_one(told);
}

void check_unlocked_counter() {
    // In the simulator the first attempt shows it. In QEMU it takes two host
    // processors that are free at the same time.
    bool lost = false;
    for (unsigned attempt = 0; attempt < 1000 && !lost; ++attempt) {
        unlocked_sum = 0;
        on_all(add_unlocked);
        lost = unlocked_sum < u64{processors} * (rounds / 4);
    }
    verdict("unlocked counter", lost, "loses updates", "loses none");
    if (!has_word("unlocked")) return;
    say("unlocked sum: ");
    say_number(unlocked_sum);
    say("\n");
    finish();
}

void check_locked_counters() {
    on_all(add_locked);
    expect("locked increments", locked_sum == u64{processors} * rounds);
    on_all(add_guarded);
    expect("spinlock", guarded_sum == u64{processors} * (rounds / 4));
}

void check_rewritten_code() {
    unsigned const times = rounds > 1000 ? 60 : 10;
    bool good = true;
    begin_on_others(call_patched);
    for (u32 i = 1; i <= times; ++i) {
        at<u32>(reinterpret_cast<u64>(patched) + 1) = i;
        asm volatile("" ::: "memory");
        patch_wanted = i;
        for (unsigned n = 1; n < processors; ++n) {
            while (patch_seen[n] == i - 1) pause();
            good = good && patch_seen[n] == i;
        }
    }
    patch_wanted = patch_end;
    wait_for_all();
    expect("rewritten code", good);
}

void check_changed_page() {
    at<u64>(here) = 0x1111;
    at<u64>(there) = 0x2222;
    *entry_of_window() = here | 0x83;
    invalidate(window);
    begin_on_others(look);
    bool const first = all_see(0x1111, 1);
    *entry_of_window() = there | 0x83;
    bool const stale = all_see(0x1111, 2);
    told = 0;
    send(0, 0xC4000 | shoot_vector);  // all others
    while (told != processors - 1) pause();
    bool const fresh = all_see(0x2222, 3);
    wait_for_all();
    verdict("page changed, nobody told", first && stale, "the old one is seen", "WRONG");
    expect("page changed, all told by interrupt", fresh);
}

}  // namespace guest
