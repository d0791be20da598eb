// SPDX-License-Identifier: MIT
//
// Lab 4: work that may be interrupted before each of its instructions, and pages
// that come to be when they are touched.
#include "kernel/apps/need.hpp"
#include "kernel/apps/practice/exercises.hpp"
#include "kernel/arch/x86_64/trap.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/memory/memory.hpp"

extern "C" void practice_spin(std::uint64_t rounds);

namespace apps::practice {

// For those who look from outside.
constinit std::uint64_t interrupt_vector = 0;
constinit std::uint64_t interrupts_taken = 0;
constinit std::byte* lazy_start = nullptr;

namespace {

constexpr std::uint64_t lazy_pages = 16;

// Leaves nothing of what a C++ function may change.
void on_interrupt(void*) {
    ++interrupts_taken;
    asm volatile(
        "xor %%eax, %%eax\n xor %%ecx, %%ecx\n xor %%edx, %%edx\n xor %%esi, %%esi\n xor %%edi, %%edi\n"
        "xor %%r8d, %%r8d\n xor %%r9d, %%r9d\n xor %%r10d, %%r10d\n xor %%r11d, %%r11d"
        :
        :
        : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "cc");
}

}  // namespace

void be_interrupted(std::uint64_t rounds) {
    interrupt_vector = apps::need(arch::allocate_vector(on_interrupt, nullptr));
    PROBE_0(practice_begin);
    practice_spin(rounds);
    PROBE_0(practice_done);
}

// Every third page is only read, every third written, every third left alone. In an
// order that the seed decides: an odd step comes to each of the 16 pages.
void touch_lazy_pages(std::uint64_t seed) {
    auto const region = apps::need(memory::allocate_lazy(lazy_pages * base::page_size));
    lazy_start = region.data();
    Random random(seed);
    std::uint64_t const first = random.below(lazy_pages), step = 2 * random.below(lazy_pages / 2) + 1;
    for (std::uint64_t i = 0; i < 4 * lazy_pages; ++i) {
        std::uint64_t const page = (first + i * step) % lazy_pages;
        auto* const bytes = reinterpret_cast<std::byte volatile*>(lazy_start + page * base::page_size);
        std::uint64_t const at = random.below(base::page_size);
        if (page % 3 == 0) (void)bytes[at];
        if (page % 3 == 1) bytes[at] = std::byte{0x77};
    }
    PROBE_0(practice_lazy_done);
}

void touch_beyond_lazy() {
    auto const region = apps::need(memory::allocate_lazy(2 * base::page_size));
    lazy_start = region.data();
    auto* const bytes = reinterpret_cast<std::byte volatile*>(lazy_start);
    bytes[0] = std::byte{1};
    PROBE_0(practice_begin);
    (void)bytes[2 * base::page_size];
}

}  // namespace apps::practice
