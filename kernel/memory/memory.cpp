// SPDX-License-Identifier: MIT
#include "kernel/memory/memory.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/image.hpp"
#include "kernel/base/checks.hpp"
#include "kernel/memory/fault.hpp"
#include "kernel/memory/kernel_tables.hpp"
#include "kernel/memory/stacks.hpp"

namespace memory {

using base::FrameNumber;
using base::PhysAddr;
using base::VirtAddr;

constinit std::uint64_t failing_allocation = 0;

namespace {

// All of this is protected by switching interrupts off: short, and never in the
// way of an interrupt handler, because none calls here.
constinit FrameAllocator frames;
constinit Heap heap;
constinit StackSlots stack_slots;

constexpr VirtAddr device_window{0xffff'c000'0000'0000};
constexpr std::uint64_t device_window_size = std::uint64_t{1} << 40;
constinit std::uint64_t device_window_used = 0;

// Boot's tables reach this far; memory above joins after the switch.
constexpr FrameNumber end_of_boot_map{(std::uint64_t{1} << 30) >> base::page_shift};

FrameNumber frame_at(char const* physical_symbol) {
    return FrameNumber::containing(PhysAddr(reinterpret_cast<std::uint64_t>(physical_symbol)));
}

// [doc:frame-table]
// Two bytes a frame, from the first free range that holds them. Modules have frames
// too, and may lie above all that is free.
FrameRange place_frame_table(MemoryMap& map, std::uint64_t frame_count) {
    std::uint64_t const pages = (2 * frame_count + base::page_size - 1) / base::page_size;
    for (FrameRange const& range : map.usable()) {
        if (range.count() < pages || range.first + pages > end_of_boot_map) continue;
        FrameRange const place{range.first, range.first + pages};
        map.remove(place);
        return place;
    }
    base::panic("not enough memory for the table of frames");
}
// [/doc:frame-table]

void add_ranges(MemoryMap const& map, FrameNumber from, FrameNumber to) {
    for (FrameRange const& range : map.usable()) {
        FrameNumber const first = std::max(range.first, from);
        FrameNumber const end = std::min(range.end, to);
        if (first < end) frames.add_region(first, end);
    }
}

}  // namespace

// [doc:init]
void init(MemoryMap map, std::span<FrameRange const> modules) {
    std::uint64_t const failing = std::exchange(failing_allocation, 0);  // boot's own tables do not count
    MemoryMap const all_ram = map;
    map.remove({FrameNumber(0), FrameNumber(1)});  // so that physical 0 is never a valid frame
    map.remove({frame_at(image_start), frame_at(image_end)});
    for (FrameRange const& module : modules) map.remove(module);

    std::uint64_t const count = all_ram.end().raw();
    FrameRange const table = place_frame_table(map, count);
    auto* const bytes = phys_to_virt(table.first.start()).as<std::uint8_t>();
    std::memset(bytes, 0, 2 * count);
    frames.init({reinterpret_cast<FrameOwner*>(bytes), count}, {bytes + count, count},
                arch::direct_map_offset);
    frames.mark(table.first, table.end, FrameOwner::frame_table);
    frames.mark(frame_at(image_start), frame_at(image_end), FrameOwner::kernel_image);
    for (FrameRange const& module : modules)
        frames.mark(module.first, std::min(module.end, all_ram.end()), FrameOwner::module);

    add_ranges(map, FrameNumber(0), end_of_boot_map);
    build_kernel_tables(all_ram, frames);
    arch::write_cr3(kernel_tables().root());
    add_ranges(map, end_of_boot_map, all_ram.end());
    frames.add_region(frame_at(image_start), frame_at(boot_end));  // boot.S has done its work

    heap.init(frames, arch::direct_map_offset);
    init_faults();
    failing_allocation = failing;
}
// [/doc:init]

VirtAddr phys_to_virt(PhysAddr address) { return VirtAddr(address.raw() + arch::direct_map_offset); }

base::Result<PhysAddr, MemoryError> virt_to_phys(VirtAddr address) {
    Walk const found = kernel_tables().walk(address);
    if (!found.mapped) return base::fail(MemoryError::not_mapped);
    return found.physical;
}

bool made_to_fail() { return failing_allocation != 0 && --failing_allocation == 0; }

namespace {

PhysAddr direct_to_phys(void const* memory) {
    return PhysAddr(VirtAddr::of(memory).raw() - arch::direct_map_offset);
}

// Who allocated which whole frames, while leaks are watched for. Of two in one place the
// later is known, and the earlier is not watched any more.
struct FrameSite {
    FrameNumber first;
    std::uint32_t allocated_by = 0;
};
constinit FrameSite frame_sites[256];

FrameSite& site_of(FrameNumber first) { return frame_sites[first.raw() % std::size(frame_sites)]; }

void note_site(FrameNumber first, void const* by) {
    if (heap.watching()) site_of(first) = {first, static_cast<std::uint32_t>(VirtAddr::of(by).raw())};
}

}  // namespace

base::Result<FrameNumber, MemoryError> allocate_frames(unsigned order, FrameOwner owner) {
    arch::InterruptsOff guard;
    if (made_to_fail()) return base::fail(MemoryError::out_of_memory);
    auto first = frames.allocate(order, owner);
    if (base::checks && first) note_site(first.value(), __builtin_return_address(0));
    return first;
}

void free_frames(FrameNumber first, unsigned order) {
    arch::InterruptsOff guard;
    frames.free(first, order);
}

Statistics statistics() {
    arch::InterruptsOff guard;
    return {frames.total_frames(), frames.free_frames(), heap.statistics()};
}

std::uint64_t frames_of(FrameOwner owner) {
    arch::InterruptsOff guard;
    return frames.frames(owner);
}

FrameOwner owner_of(FrameNumber frame) {
    arch::InterruptsOff guard;
    return frames.owner(frame);
}

base::Result<void*, MemoryError> allocate(std::size_t size) {
    arch::InterruptsOff guard;
    if (made_to_fail()) return base::fail(MemoryError::out_of_memory);
    auto object = heap.allocate(size, __builtin_return_address(0));
    if (base::checks && object && VirtAddr::of(object.value()).page_offset() == 0)
        note_site(FrameNumber::containing(direct_to_phys(object.value())), __builtin_return_address(0));
    return object;
}

void watch_for_leaks() { heap.watch_for_leaks(); }

namespace {

constinit LeakSearch search;

// What can be lost, and what may point to it: visit(piece, is it watched).
template <class Visit>
void for_each_piece(Visit visit) {
    frames.for_each_block([&](FrameNumber first, unsigned order) {
        FrameOwner const owner = frames.owner(first);
        auto const visit_object = [&](std::byte const* object, std::uint32_t size, std::uint32_t by,
                                      bool watched) {
            visit({direct_to_phys(object), size, by}, watched);
        };
        if (owner == FrameOwner::heap && heap.for_each_object(first, order, visit_object)) return;
        bool const devices = owner == FrameOwner::dma || owner == FrameOwner::packet_buffer;
        bool const ours = owner == FrameOwner::heap || owner == FrameOwner::application;
        if (!devices && !ours && owner != FrameOwner::lazy) return;
        FrameSite const& site = site_of(first);
        visit({first.start(), base::page_size << order, site.allocated_by, devices},
              site.first == first && owner != FrameOwner::lazy);
    });
}

}  // namespace

void for_each_leak(void (*follow_roots)(LeakSearch&), void (*visit)(Leak const&)) {
    arch::InterruptsOff guard;
    search.begin(arch::direct_map_offset);
    // First all pieces, then what points to them: those that are not watched are in use.
    for (bool const adding : {true, false})
        for_each_piece([adding](LeakSearch::Piece const& piece, bool watched) {
            VirtAddr const start = phys_to_virt(piece.start);
            if (adding && watched) search.add(piece);
            if (!adding && !piece.of_device && !search.knows(piece.start))
                search.follow(start, start + piece.size);
        });
    follow_roots(search);
    search.finish();
    search.for_each_lost([visit](LeakSearch::Piece const& piece) {
        visit({piece.size, VirtAddr(arch::kernel_offset | (piece.allocated_by & 0x3fff'ffff))});
    });
}

void keep(void* object) {
    arch::InterruptsOff guard;
    if (VirtAddr::of(object).page_offset() == 0)
        site_of(FrameNumber::containing(direct_to_phys(object))) = {};
    heap.keep(object);
}

void free(void* object) {
    arch::InterruptsOff guard;
    heap.free(object);
}

namespace {

// Maps the pages that hold [start, start + size) into the device window.
[[gnu::cold]] base::Result<VirtAddr, MemoryError> map_window(PhysAddr start, std::uint64_t size,
                                                             Rights rights, Caching caching) {
    arch::InterruptsOff guard;
    PhysAddr const first = start.align_down(base::page_size);
    std::uint64_t const length = (start + size).align_up(base::page_size) - first;
    if (size == 0 || size > device_window_size || length > device_window_size - device_window_used)
        return base::fail(MemoryError::out_of_addresses);
    VirtAddr const window = device_window + device_window_used;
    for (std::uint64_t at = 0; at < length; at += base::page_size) {
        auto const mapped = kernel_tables().map(window + at, first + at, rights, PageSize::small, caching);
        if (mapped) continue;
        while (at != 0) MUST(kernel_tables().unmap(window + (at -= base::page_size)));
        return base::fail(mapped.error());
    }
    device_window_used += length + base::page_size;  // and a gap, so that running over the end faults
    return window + start.page_offset();
}

}  // namespace

base::Result<VirtAddr, MemoryError> map_device(PhysAddr start, std::uint64_t size) {
    return map_window(start, size, Rights::read_write, Caching::uncached);
}

base::Result<std::span<std::byte const>, MemoryError> map_firmware(PhysAddr start, std::uint64_t size) {
    VirtAddr at = phys_to_virt(start);
    bool covered = true;
    for (VirtAddr page = at.align_down(base::page_size); page < at + size; page = page + base::page_size)
        covered = covered && is_mapped(page);
    if (!covered) at = TRY(map_window(start, size, Rights::read, Caching::write_back));
    return std::span<std::byte const>(at.as<std::byte const>(), size);
}

[[gnu::cold]] base::Result<Stack, MemoryError> allocate_stack(std::size_t size, std::string_view name) {
    arch::InterruptsOff guard;
    if (size == 0 || size % base::page_size != 0) return base::fail(MemoryError::misaligned);
    if (size > StackSlots::slot_size - base::page_size) return base::fail(MemoryError::too_large);
    if (made_to_fail()) return base::fail(MemoryError::out_of_memory);
    auto const slot = stack_slots.take(name, size);
    if (!slot) return base::fail(MemoryError::out_of_addresses);

    VirtAddr const top = StackSlots::top(*slot);
    Stack stack{top, top};
    while (top - stack.bottom < size) {
        VirtAddr const page = VirtAddr(stack.bottom.raw() - base::page_size);
        auto const frame = frames.allocate(0, FrameOwner::thread_stack);
        auto const mapped = frame ? kernel_tables().map(page, frame.value().start(), Rights::read_write)
                                  : base::Result<void, MemoryError>(base::fail(frame.error()));
        if (!mapped) {
            if (frame) frames.free(frame.value(), 0);
            free_stack(stack);
            return base::fail(mapped.error());
        }
        stack.bottom = page;
    }
    return stack;
}

void free_stack(Stack stack) {
    arch::InterruptsOff guard;
    for (VirtAddr page = stack.bottom; page < stack.top; page = page + base::page_size) {
        FrameNumber const frame = FrameNumber::containing(kernel_tables().walk(page).physical);
        MUST(kernel_tables().unmap(page));
        frames.free(frame, 0);
    }
    stack_slots.release(StackSlots::slot_of_top(stack.top));
}

[[gnu::cold]] void describe_address(base::TextSink& sink, VirtAddr address) {
    std::string_view const owner = stack_slots.guard_at(address);
    if (!owner.empty())
        base::print(sink, "  {} is the guard below the stack of '{}': a stack overflow\n", address, owner);
    else if (address >= VirtAddr::of(first_stack_guard) &&
             address < VirtAddr::of(first_stack_guard) + base::page_size)
        base::print(sink, "  {} is the guard below the first stack: a stack overflow\n", address);
    else if (in_lazy_region(address) && is_mapped(address))  // touched in a way that is forbidden
        base::print(sink, "  {} is lazy memory\n", address);
    else if (in_lazy_region(address))
        base::print(sink, "  {} is lazy memory: not there; frames free: {}\n", address, frames.free_frames());
}

}  // namespace memory
