// SPDX-License-Identifier: MIT
#include "kernel/memory/kernel_tables.hpp"

#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/cpuid.hpp"
#include "kernel/arch/x86_64/image.hpp"
#include "kernel/base/assert.hpp"
#include "kernel/memory/image_map.hpp"
#include "kernel/memory/memory.hpp"

namespace memory {

using base::PhysAddr;
using base::VirtAddr;

namespace {

// [doc:table-frames]
// Table frames from the allocator, seen through the direct map, and a real TLB.
class KernelTableFrames final : public TableFrames {
public:
    FrameAllocator* frames = nullptr;

    base::Result<PhysAddr, MemoryError> allocate() override {
        if (made_to_fail()) return base::fail(MemoryError::out_of_memory);
        return TRY(frames->allocate(0, FrameOwner::page_table)).start();
    }
    void free(PhysAddr table) override { frames->free(base::FrameNumber::containing(table), 0); }
    arch::PageEntry* entries(PhysAddr table) override {
        return VirtAddr(table.raw() + arch::direct_map_offset).as<arch::PageEntry>();
    }
    void invalidate(VirtAddr page) override { arch::invalidate_page(page); }
};
// [/doc:table-frames]

constinit KernelTableFrames table_frames;
constinit PageTables tables;

VirtAddr direct(std::uint64_t physical) { return VirtAddr(physical + arch::direct_map_offset); }

std::uint64_t physical_of(char const* image_symbol) {
    return reinterpret_cast<std::uint64_t>(image_symbol) - arch::kernel_offset;
}

// [doc:direct-map]
// One 2 MiB stretch of physical memory. Where the image lies, small pages, and
// its text and constants can be written through no address at all.
void map_direct_large(std::uint64_t start) {
    std::uint64_t const fixed_start = physical_of(text_start), fixed_end = physical_of(rodata_end);
    if (start >= fixed_end || start + arch::large_page_size <= fixed_start) {
        MUST(tables.map(direct(start), PhysAddr(start), Rights::read_write, PageSize::large));
        return;
    }
    for (std::uint64_t at = start; at < start + arch::large_page_size; at += base::page_size) {
        Rights const rights = at >= fixed_start && at < fixed_end ? Rights::read : Rights::read_write;
        MUST(tables.map(direct(at), PhysAddr(at), rights));
    }
}
// [/doc:direct-map]

bool has_huge_pages() {
    return arch::cpuid(arch::extended_leaf).eax > arch::extended_leaf &&
           (arch::cpuid(arch::extended_leaf + 1).edx & arch::cpuid_huge_pages) != 0;
}

// All RAM, rounded out to large pages: that takes in the firmware's tables near
// it, too. Ranges are sorted, so each stretch is met once. Whole GiB are one page
// each, but for the first, where the image lies.
void map_direct(MemoryMap const& ram) {
    bool const huge = has_huge_pages();
    std::uint64_t done = 0;
    for (FrameRange const& range : ram.usable()) {
        PhysAddr const start = range.first.start().align_down(arch::large_page_size);
        PhysAddr const end = range.end.start().align_up(arch::large_page_size);
        for (std::uint64_t at = std::max(start.raw(), done); at < end.raw(); at = done) {
            bool const whole = at > 0 && base::is_aligned(at, bytes(PageSize::huge)) &&
                               end.raw() - at >= bytes(PageSize::huge);
            if (huge && whole)
                MUST(tables.map(direct(at), PhysAddr(at), Rights::read_write, PageSize::huge));
            else
                map_direct_large(at);
            done = at + bytes(huge && whole ? PageSize::huge : PageSize::large);
        }
    }
}

}  // namespace

// [doc:build]
void build_kernel_tables(MemoryMap const& ram, FrameAllocator& frames) {
    table_frames.frames = &frames;
    auto created = PageTables::create(table_frames);
    if (!created) base::panic("not enough memory for page tables");
    tables = created.value();
    if (arch::cpuid(arch::extended_leaf).eax >= arch::address_sizes_leaf)
        tables.set_physical_bits(arch::cpuid(arch::address_sizes_leaf).eax & 0xff);
    map_direct(ram);
    map_image(tables);
}
// [/doc:build]

PageTables& kernel_tables() { return tables; }

void seal() {
    arch::InterruptsOff guard;
    tables.seal(PhysAddr(physical_of(text_start)), PhysAddr(physical_of(rodata_end)));
}

// By the tables in use, so that a panic before init has an answer too.
bool is_mapped(VirtAddr address) {
    return arch::is_canonical(address) &&
           PageTables(PhysAddr(arch::read_cr3()), table_frames).walk(address).mapped;
}

}  // namespace memory
