// SPDX-License-Identifier: MIT
//
// A split virtqueue, the driver's half. [virtio-1.2 §2.7]
//
// Three tables in memory that driver and device share:
//
//     descriptor table   which buffers there are     written by us
//     available ring     chains offered to the device  written by us
//     used ring          chains it has finished with   written by the device
//
//        free list --push--> available ring --device--> used ring --pop_used--> free list
//
// The device is input like a packet from the wire: it may say anything at any
// time, and it can scribble over all three tables. So everything that we act on
// later (which descriptor follows which, who was offered, how long a buffer is)
// stands a second time in `records_`, which the device cannot reach, and each
// thing it says is read once, checked, and only then used. A queue whose device
// broke the contract has failed: it gives out nothing and takes nothing more.
//
// Not locked: whoever shares a queue between contexts locks it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "kernel/base/address.hpp"
#include "kernel/base/result.hpp"

namespace devices {

// [virtio-1.2 §2.7.5]. The tables are little-endian, as this machine is.
struct VirtqDescriptor {
    static constexpr std::uint16_t flag_next = 1;   // the chain goes on at `next`
    static constexpr std::uint16_t flag_write = 2;  // the device writes into this buffer
    static constexpr std::uint16_t flag_table = 4;  // the buffer is a table of descriptors: INDIRECT

    std::uint64_t address;
    std::uint32_t length;
    std::uint16_t flags;
    std::uint16_t next;
};
static_assert(sizeof(VirtqDescriptor) == 16);

// The head of the available ring and of the used ring. [virtio-1.2 §2.7.6, §2.7.8]
struct VirtqRingHead {
    static constexpr std::uint16_t flag_quiet = 1;  // do not interrupt us, or: do not notify me

    std::uint16_t flags;
    std::uint16_t index;  // of the next entry; never wrapped to the ring's size
};
static_assert(sizeof(VirtqRingHead) == 4);

struct VirtqUsedEntry {
    std::uint32_t id;      // the first descriptor of the chain
    std::uint32_t length;  // bytes that the device wrote
};
static_assert(sizeof(VirtqUsedEntry) == 8);

class Virtqueue {
public:
    static constexpr std::uint16_t max_size = 256;

    struct Buffer {
        base::PhysAddr address;
        std::uint32_t length = 0;
        bool device_writes = false;
    };
    struct Used {
        std::uint16_t token = 0;    // what push() was given
        std::uint32_t written = 0;  // by the device; never more than it was offered
    };
    enum class Error : std::uint8_t { Full, Failed };
    // How the device broke the contract.
    enum class Fault : std::uint8_t {
        None,
        IdOutOfRange,
        IdNotOffered,
        WroteTooMuch,
        IndexJumped,
        FrameIncomplete,
    };

    // Where the parts lie, for the transport to tell the device.
    struct Addresses {
        base::PhysAddr descriptors;
        base::PhysAddr available;
        base::PhysAddr used;
    };

    // What was negotiated.
    struct Features {
        bool event_index = false;  // VIRTIO_F_EVENT_IDX
        // VIRTIO_F_INDIRECT_DESC: chains of two to this many buffers take one descriptor,
        // which names a table with the rest. 0: not negotiated, or not worth it.
        std::uint16_t table_size = 0;
    };

    // Bytes that a queue of this size needs: physically contiguous, aligned to 16.
    static constexpr std::size_t memory_size(std::uint16_t size, std::uint16_t table_size = 0) {
        return tables_offset(size) + std::size_t{size} * table_size * sizeof(VirtqDescriptor);
    }

    // `size` is a power of two up to max_size. `memory` outlives the queue and
    // is all zero; `physical` is how the device sees it.
    Virtqueue(std::span<std::byte> memory, base::PhysAddr physical, std::uint16_t size,
              Features const& features);

    Virtqueue(Virtqueue const&) = delete;
    Virtqueue& operator=(Virtqueue const&) = delete;

    Addresses addresses() const;
    std::uint16_t size() const { return size_; }

    // Prepares a chain of buffers, those that the device reads first. The
    // device sees it at the next publish(). The buffers are the device's until
    // pop_used() returns the token.
    base::Result<void, Error> push(std::span<Buffer const> chain, std::uint16_t token);
    // The same for a chain of one, as those of a network card nearly always are.
    base::Result<void, Error> push_one(Buffer const& buffer, std::uint16_t token);
    // Shows the device what was pushed. True: it wants to be notified.
    [[nodiscard]] bool publish();

    // The next chain that the device has finished with, if there is one.
    std::optional<Used> pop_used();
    // False: there is none, and nothing is wrong.
    bool may_have_used() const {
        return taken_ != seen_ || std::atomic_ref(used_->index).load(std::memory_order_relaxed) != seen_;
    }

    // Interrupts from this queue. After allow_interrupts() has returned true,
    // look again: something was used before the device could see our wish.
    [[nodiscard]] bool allow_interrupts();
    void refuse_interrupts();

    std::uint16_t free_descriptors() const { return free_count_; }
    std::uint16_t in_flight() const { return in_flight_; }  // chains
    Fault fault() const { return fault_; }
    bool failed() const { return fault_ != Fault::None; }
    // The driver has found that the device broke the contract in a way of its kind.
    void declare_broken(Fault why) { fault_ = why; }

private:
    static constexpr std::uint16_t none = 0xFFFF;

    // What we know about a descriptor ourselves.
    struct Record {
        std::uint16_t next = none;   // in the chain, or in the free list
        std::uint16_t token = 0;     // of the chain that begins here
        std::uint32_t writable = 0;  // bytes the device may write in that chain
        bool offered = false;        // a chain begins here and is the device's
    };

    static constexpr std::size_t available_offset(std::uint16_t size) {
        return size * sizeof(VirtqDescriptor);
    }
    static constexpr std::size_t used_offset(std::uint16_t size) {
        // Head, ring and used_event; then up to a multiple of 4.
        std::size_t const end = available_offset(size) + sizeof(VirtqRingHead) + 2 * std::size_t{size} + 2;
        return (end + 3) & ~std::size_t{3};
    }
    // One table for each descriptor, behind the used ring.
    static constexpr std::size_t tables_offset(std::uint16_t size) {
        std::size_t const end = used_offset(size) + sizeof(VirtqRingHead) + size * sizeof(VirtqUsedEntry) + 2;
        return (end + 15) & ~std::size_t{15};
    }
    void offer(std::uint16_t head, std::uint16_t token, std::uint32_t writable);
    void write_chain(std::uint16_t head, std::span<Buffer const> chain);
    void write_table(std::uint16_t head, std::span<Buffer const> chain);
    std::uint16_t slot(std::uint16_t index) const { return static_cast<std::uint16_t>(index & (size_ - 1)); }
    std::nullopt_t fail(Fault why);

    VirtqDescriptor* descriptors_;
    VirtqRingHead* available_;
    std::uint16_t* available_ring_;
    std::uint16_t* used_event_;  // "interrupt me when you pass this"; ours, behind the available ring
    VirtqRingHead* used_;
    VirtqUsedEntry* used_ring_;
    std::uint16_t* available_event_;  // "notify me when you pass this"; the device's, behind the used ring
    VirtqDescriptor* tables_;

    base::PhysAddr physical_;
    std::uint16_t size_;
    std::uint16_t added_ = 0;      // entries written to the available ring
    std::uint16_t published_ = 0;  // entries that the device may see
    std::uint16_t taken_ = 0;      // entries taken from the used ring
    std::uint16_t seen_ = 0;       // used index when we last looked
    std::uint16_t free_head_ = 0;
    std::uint16_t free_count_;
    std::uint16_t in_flight_ = 0;  // chains in records_ with `offered` set
    Features features_;
    Fault fault_ = Fault::None;
    std::array<Record, max_size> records_;
};

char const* name(Virtqueue::Fault fault);

}  // namespace devices
