// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the views on the screen need to know. The interface publishes one
// ViewRequest (a whole one, each time that it changes); the simulation thread
// answers it in every Snapshot. What nobody looks at is not computed.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "simulator/debug/command.hpp"
#include "simulator/debug/page_accesses.hpp"
#include "simulator/engine/cpu.hpp"
#include "simulator/machine/moment.hpp"

namespace sim::debug {

// Kernel entities, one bit each.
enum class KernelList : std::uint32_t {
    threads = 1,
    run_queue = 2,
    frames = 4,
    heap = 8,
    locks = 16,
    interrupts = 32,
    virtqueues = 64,
    connections = 128,
    block_caches = 256,
    all = 511,
};
constexpr KernelList operator|(KernelList a, KernelList b) {
    return static_cast<KernelList>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
constexpr bool has(KernelList set, KernelList one) {
    return (static_cast<std::uint32_t>(set) & static_cast<std::uint32_t>(one)) != 0;
}

struct MemoryRequest {
    AddressSpace space = AddressSpace::virtual_;
    std::uint64_t address = 0;
    std::uint32_t length = 0;  // at most max_memory_request; more is cut
    bool operator==(MemoryRequest const&) const = default;
};
constexpr std::uint32_t max_memory_request = 1U << 20;

struct WalkRequest {
    engine::VirtAddr address = 0;
    engine::Access access = engine::Access::read;
    bool user = false;
    bool operator==(WalkRequest const&) const = default;
};

struct DisassemblyRequest {
    std::optional<engine::VirtAddr> around;  // none: around RIP
    std::uint16_t before = 16;               // instructions, at most 512 each
    std::uint16_t after = 48;
    bool operator==(DisassemblyRequest const&) const = default;
};

struct ViewRequest {
    std::vector<MemoryRequest> memory;  // answered in this order
    // What the map of memory shows byte by byte: apart from the others, which views read
    // by address.
    std::optional<MemoryRequest> zoomed;
    std::optional<WalkRequest> walk;
    std::optional<DisassemblyRequest> disassembly;
    KernelList lists = static_cast<KernelList>(0);
    bool devices = false;    // name and value trees of all devices
    bool backtrace = false;  // of the running thread
    bool thread_stacks = false;  // of every thread; needs the threads
    bool page_tree = false;  // summary of all that CR3 maps
    bool tlb = false;
    bool descriptors = false;  // what GDTR, IDTR and TR lead to
    bool disks = false;  // whose each block is
    // One block of one disk, as disk_block_id() has it.
    std::optional<std::uint64_t> disk_block;
    bool heat = false;  // when each page of RAM last changed
    // None: until now. Else until the checkpoint at or after this time, which may lie in the future.
    std::optional<std::uint64_t> heat_until_ns;
    // Who reads and writes pages, in which stretch: counted while the machine stands and
    // nobody wants anything else of it.
    std::optional<AccessRequest> accesses;
    // Virtual nanoseconds that time lines show. Events are always all there;
    // this tells which gantt spans are worth computing by the caller's helper.
    std::uint64_t visible_from_ns = 0;
    std::uint64_t visible_to_ns = 0;
    bool operator==(ViewRequest const&) const = default;

    // All that a text twin or a picture of everything needs.
    static ViewRequest everything();
};

}  // namespace sim::debug
