// SPDX-License-Identifier: MIT
//
// Lab 3: pages are mapped, used, given other rights, used again and unmapped, in
// a window of addresses that nobody else uses: the seed says where it begins. Uses
// fill the TLB, so that what a change forgets to invalidate stays there to be seen.
#include <array>

#include "kernel/apps/need.hpp"
#include "kernel/apps/practice/exercises.hpp"
#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/memory/kernel_tables.hpp"
#include "kernel/memory/memory.hpp"

namespace apps::practice {
namespace {

using base::VirtAddr;
using memory::Rights;

constexpr unsigned large_order = 9;  // 2 MiB

// Somewhere in the 4 TiB from here on, at a multiple of 2 MiB. Has its own sequence, so
// that the steps are the same wherever the window lies.
VirtAddr window_for(std::uint64_t seed) {
    Random random(seed + 1);
    std::uint64_t const begin = 0xffff'c800'0000'0000;
    return VirtAddr(begin + (random.below(8) << 39) + (random.below(511) << 30) + (random.below(511) << 21));
}

struct Page {
    bool mapped = false, writable = false;
    VirtAddr at;
};

void use(VirtAddr page, bool write) {
    auto* const word = page.as<std::uint64_t volatile>();
    std::uint64_t const was = *word;
    if (write) *word = was + 1;
}

void map(Page& page, base::FrameNumber frame, bool writable) {
    arch::InterruptsOff guard;
    auto const rights = writable ? Rights::read_write : Rights::read;
    page.mapped = memory::kernel_tables().map(page.at, frame.start(), rights).ok();
    page.writable = writable;
}

void protect(Page& page, bool writable) {
    arch::InterruptsOff guard;
    auto const rights = writable ? Rights::read_write : Rights::read;
    if (memory::kernel_tables().protect(page.at, rights)) page.writable = writable;
}

void unmap(Page& page) {
    arch::InterruptsOff guard;
    if (memory::kernel_tables().unmap(page.at)) page.mapped = false;
}

// Some neighbours, and some that share nothing but the root.
VirtAddr place(VirtAddr window, std::uint64_t i) {
    constexpr std::uint64_t far[] = {0, std::uint64_t{1} << 21, std::uint64_t{1} << 30,
                                     std::uint64_t{3} << 39};
    return window + far[i / 8 % 4] + (i % 8) * base::page_size;
}

void use_small_pages(VirtAddr window, Random& random, std::uint64_t rounds) {
    std::array<Page, 32> pages;
    for (std::uint64_t i = 0; i < pages.size(); ++i) pages[i].at = place(window, i);
    auto const frame = apps::need(memory::allocate_frames(0, memory::FrameOwner::application));
    for (std::uint64_t i = 0; i < rounds; ++i) {
        Page& page = pages[random.below(pages.size())];
        std::uint64_t const what = random.below(4);
        if (!page.mapped)
            map(page, frame, random.below(2) == 0);
        else if (what == 0)
            unmap(page);
        else if (what == 1)
            protect(page, !page.writable);
        if (page.mapped) use(page.at, page.writable);
    }
    for (Page& page : pages)
        if (page.mapped) unmap(page);
    memory::free_frames(frame, 0);
}

// A large page that comes apart: some of its parts lose a right, some go.
void use_large_page(VirtAddr window, Random& random) {
    auto const block = memory::allocate_frames(large_order, memory::FrameOwner::application);
    if (!block) return;
    VirtAddr const start = window + (std::uint64_t{1} << 39);
    {
        arch::InterruptsOff guard;
        apps::need(memory::kernel_tables().map(start, block.value().start(), Rights::read_write,
                                               memory::PageSize::large));
    }
    for (unsigned i = 0; i < 512; i += 37) use(start + i * base::page_size, true);
    for (unsigned i = 0; i < 512; ++i) {
        Page page{true, true, start + i * base::page_size};
        if (random.below(4) == 0) protect(page, false);
        if (random.below(16) == 0) use(page.at, page.writable);
        unmap(page);
    }
    memory::free_frames(block.value(), large_order);
}

}  // namespace

void use_pages(std::uint64_t seed, std::uint64_t rounds) {
    Random random(seed);
    VirtAddr const window = window_for(seed);
    PROBE_0(practice_begin);
    use_small_pages(window, random, rounds);
    use_large_page(window, random);
    PROBE_0(practice_done);
}

}  // namespace apps::practice
