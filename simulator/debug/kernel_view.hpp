// SPDX-License-Identifier: GPL-2.0-or-later
//
// The kernel's own objects at a moment, read from guest memory by the queries
// of kernel/views.query through the image's debug info. Nothing here knows an
// offset. A list that the image does not declare is simply not there; a list
// that was being changed at this moment says so.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sim::debug {

// Why a list may be short or wrong. Empty text: it is whole.
struct ListHealth {
    bool declared = false;  // views.query has this entity and the debug info knows it
    std::string problem;    // "inconsistent: mid-update (cycle after 3 items)", "cut at 4096 items", ...
};

// Any member of any entity, as read: for views that show all there is.
struct NamedValue {
    std::string name;
    std::string text;          // as a person reads it: enum names, quoted strings, pointers in hex
    std::uint64_t number = 0;  // when the value is a number, an enum or a pointer
    bool is_pointer = false;
};

struct Thread {
    std::uint64_t address = 0;  // of the thread object: its identity
    std::uint64_t id = 0;
    std::string name;
    std::string state;  // the kernel's own enumerator: "ready", "running", "blocked", ...
    std::uint64_t priority = 0;
    std::uint64_t stack_low = 0, stack_high = 0;  // [low, high); zero when unknown
    std::uint64_t saved_rsp = 0;
    std::uint64_t stack_used = 0;  // high - rsp, when both are known
    std::uint64_t waits_for = 0;   // address of a lock or object, 0: none
    bool running = false;          // the one on the CPU now
    // Of a thread that does not run: the registers that the switch saved.
    struct Saved {
        std::uint64_t rip = 0;
        std::array<std::uint64_t, 16> gpr{};  // by engine::Gpr
        std::uint16_t known = 0;              // bit n: gpr[n] holds
    };
    std::optional<Saved> saved;
    std::vector<NamedValue> fields;
};

struct Lock {
    std::uint64_t address = 0;
    std::string name;
    std::uint64_t owner = 0;  // thread address
    std::vector<std::uint64_t> waiters;
    std::vector<NamedValue> fields;
};

// Physical frames and whose they are. One byte a frame: an index into `owners`.
struct FrameMap {
    std::vector<std::string> owners;             // [0] is "unknown"
    std::vector<std::uint8_t> owner;             // owner[n]: of frame first + n
    std::vector<std::uint64_t> frames_by_owner;  // how many frames each owner holds
    std::uint64_t first = 0;

    // Whose a frame is; "": the kernel does not count it.
    std::string const& owner_of(std::uint64_t frame) const;
};

struct HeapClass {  // one size class, or one region, of the kernel's heap
    std::string name;
    std::uint64_t object_size = 0, used = 0, capacity = 0;
    std::vector<NamedValue> fields;
};

struct InterruptVector {
    std::uint8_t vector = 0;
    std::string name;
    std::uint64_t count = 0;
    std::uint64_t handler = 0;
    std::vector<NamedValue> fields;
};

struct Descriptor {  // [virtio-1.2 §2.7.5]
    std::uint16_t index = 0;
    std::uint64_t address = 0;
    std::uint32_t length = 0;
    std::uint16_t flags = 0;  // 1 next, 2 write, 4 indirect
    std::uint16_t next = 0;
    bool in_flight = false;
};

struct Virtqueue {
    std::string name;
    std::uint64_t address = 0;
    std::uint64_t size = 0, available_index = 0, used_index = 0;
    std::vector<Descriptor> descriptors;
    std::vector<NamedValue> fields;
};

struct TcpConnection {
    std::uint64_t address = 0;
    std::string state;
    std::string local, remote;  // "10.0.2.15:80"
    std::uint64_t send_unacknowledged = 0, send_next = 0, send_window = 0;
    std::uint64_t receive_next = 0, receive_window = 0;
    std::uint64_t congestion_window = 0, slow_start_threshold = 0;
    std::uint64_t retransmit_timeout_ns = 0, smoothed_rtt_ns = 0;
    std::vector<NamedValue> fields;
};

// Blocks of one disk in the kernel's memory.
struct BlockCache {
    std::string device;  // "disk0"
    struct Block {
        std::uint64_t number = 0;
        bool dirty = false;  // the disk does not have it yet
        std::uint64_t users = 0;
    };
    std::vector<Block> blocks;
    std::uint64_t places = 0, dirty = 0;

    Block const* find(std::uint64_t number) const;
};

// Entities that views.query declares and that have no type of their own above.
struct OtherList {
    std::string name;
    ListHealth health;
    std::vector<std::vector<NamedValue>> rows;
};

struct KernelView {
    std::string problem;  // why there is no typed state at all: "no debug info in this image"

    ListHealth threads_health, run_queue_health, frames_health, heap_health, locks_health, interrupts_health,
        virtqueues_health, connections_health;
    std::vector<Thread> threads;
    std::vector<std::uint64_t> run_queue;  // thread addresses, next to run first
    std::uint64_t current_thread = 0;
    std::shared_ptr<FrameMap const> frames;
    std::vector<HeapClass> heap;
    std::vector<Lock> locks;
    std::vector<InterruptVector> interrupts;
    std::vector<Virtqueue> virtqueues;
    std::vector<TcpConnection> connections;
    std::vector<BlockCache> block_caches;  // of disks that are mounted
    std::vector<OtherList> others;

    Thread const* thread(std::uint64_t address) const;
    // The lock that this thread waits for, if it waits for one and the locks were asked for.
    Lock const* awaited_by(Thread const&) const;
    BlockCache const* block_cache(std::string_view device) const;
};

// Objects of the heap that are in no slab: each has frames of its own. None: the kernel
// does not count them, or was in the middle of it.
struct LargeObjects {
    std::uint64_t count = 0, bytes = 0;  // bytes: of their frames
};
std::optional<LargeObjects> large_objects(KernelView const&);

}  // namespace sim::debug
