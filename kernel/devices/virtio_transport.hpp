// SPDX-License-Identifier: MIT
//
// How a driver reaches its virtio device, whatever bus it sits on. A driver
// speaks of features, status, queues and configuration; the transport knows
// which register that is. [virtio-1.2 §4]
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "kernel/base/result.hpp"
#include "kernel/devices/dma.hpp"
#include "kernel/devices/virtqueue.hpp"

namespace devices {

// Feature bits that concern the transport and the queues. [virtio-1.2 §6]
namespace virtio_feature {
constexpr std::uint64_t indirect = 1ull << 28;     // VIRTIO_F_INDIRECT_DESC: tables of descriptors
constexpr std::uint64_t event_index = 1ull << 29;  // VIRTIO_F_EVENT_IDX: "tell me when you pass this"
constexpr std::uint64_t version_1 = 1ull << 32;  // VIRTIO_F_VERSION_1: not a device from before the standard
}  // namespace virtio_feature

// The device status byte: how far driver and device have come with each other.
// [virtio-1.2 §2.1]
namespace virtio_status {
constexpr std::uint8_t acknowledge = 1;   // we have seen the device
constexpr std::uint8_t driver = 2;        // and know how to drive it
constexpr std::uint8_t driver_ok = 4;     // we are ready: it may work
constexpr std::uint8_t features_ok = 8;   // the choice of features stands
constexpr std::uint8_t needs_reset = 64;  // the device says that it cannot go on
constexpr std::uint8_t failed = 128;      // we say that we cannot
}  // namespace virtio_status

enum class VirtioError : std::uint8_t {
    NotVirtio,        // some other device, or none
    NotModern,        // no VERSION_1: a device from before the standard
    NoReset,          // it does not come back from a reset
    FeaturesRefused,  // it does not accept the features it offered
    NoQueue,          // a queue is missing or has an impossible size
    NoInterrupt,      // no interrupt vector, here or in the device
    NoMemory,
    BadLayout,  // its registers lie outside its own memory
};

char const* name(VirtioError error);

class VirtioTransport {
public:
    virtual std::uint64_t device_features() = 0;
    virtual void set_driver_features(std::uint64_t features) = 0;
    virtual std::uint8_t status() = 0;
    virtual void set_status(std::uint8_t status) = 0;  // 0 resets the device

    // The largest size of that queue; 0: there is no such queue.
    virtual std::uint16_t queue_limit(std::uint16_t queue) = 0;
    // `handler` runs in interrupt context whenever an enabled queue asks for it.
    virtual base::Result<void, VirtioError> set_handler(void (*handler)(void* context), void* context) = 0;
    virtual base::Result<void, VirtioError> enable_queue(std::uint16_t queue, std::uint16_t size,
                                                         Virtqueue::Addresses addresses) = 0;
    virtual void notify(std::uint16_t queue) = 0;

    // Device-specific configuration, unchanged from first to last byte. False
    // when there is not that much of it. `width` is that of its fields in bytes,
    // 4 for those of eight: the device may insist on it. [virtio-1.2 §4.1.3.1, §4.2.2.2]
    virtual bool read_config(std::size_t offset, unsigned width, std::span<std::uint8_t> into) = 0;

    // The driver looks at its queues, in a thread. False: the device interrupted without
    // end and is no longer used; the log has said so.
    [[nodiscard]] bool looked() {
        unheard_ = 0;
        return !given_up_;
    }

protected:
    ~VirtioTransport() = default;

    // For each interrupt, in its handler. True: there are so many that nobody gets to
    // look. A device that keeps the contract uses each buffer once, and has at most
    // two queues of Virtqueue::max_size until the driver looks again.
    bool floods() { return ++unheard_ > most_unheard; }
    // In an interrupt.
    void give_up() {
        given_up_ = true;
        set_status(status() | virtio_status::failed);
    }

private:
    static constexpr unsigned most_unheard = 1000;
    static_assert(most_unheard > 2 * Virtqueue::max_size);

    unsigned unheard_ = 0;  // interrupts since the driver last looked
    bool given_up_ = false;
};

// Reads configuration with `read(offset)`, a field of `width` bytes each. The device
// counts its changes: the same count before and after means that all bytes are of one
// time. False: it changes for ever. [virtio-1.2 §2.5.1]
template <class Generation, class Read>
bool read_unchanged(Generation&& generation, Read&& read, unsigned width, std::span<std::uint8_t> into) {
    for (unsigned tries = 0; tries < 100; ++tries) {
        std::uint32_t const before = generation();
        for (std::size_t at = 0; at < into.size(); at += width) {
            std::uint32_t const field = read(at);
            std::memcpy(into.data() + at, &field, width);
        }
        if (generation() == before) return true;
    }
    return false;
}

// A feature that is worth nothing without others. [virtio-1.2 §2.2.1]
struct FeatureDependence {
    std::uint64_t feature = 0, needs = 0;
};

// Memory for a queue, cleared, of a size that both sides can live with.
struct VirtioRings {
    std::uint16_t size = 0;
    Virtqueue::Features features;
    DmaBlock memory;

    Virtqueue make() const { return {{memory.memory, memory.size}, memory.physical, size, features}; }
};

// The way from a reset device to DRIVER_OK, which is the driver's start(), step by step.
// Without finish() everything is undone at the end: the device is told that we failed
// and reset, so that it uses no memory of ours any more, and that memory goes back.
// [virtio-1.2 §3.1.1]
class VirtioSetup {
public:
    VirtioSetup(VirtioTransport& transport, DmaMemory& memory) : transport_(transport), memory_(memory) {}
    ~VirtioSetup();
    VirtioSetup(VirtioSetup const&) = delete;
    VirtioSetup& operator=(VirtioSetup const&) = delete;

    // Reset, ACKNOWLEDGE, DRIVER, then the choice of features: all of `wanted` that
    // the device has, VERSION_1 always; one that needs others only together with all of
    // them. Returns the features chosen. Again, before any queue: with a reset.
    base::Result<std::uint64_t, VirtioError> negotiate(std::uint64_t wanted,
                                                       std::span<FeatureDependence const> dependences = {});
    // How large a queue becomes of which so much is wanted; 0: there is no such queue.
    std::uint16_t ring_size(std::uint16_t queue, std::uint16_t wanted) const;
    // `table_size`: buffers of the longest chain that there will be, for indirect
    // descriptors; 0: single buffers only.
    base::Result<VirtioRings, VirtioError> rings(std::uint16_t queue, std::uint16_t wanted_size,
                                                 std::uint16_t table_size = 0);
    base::Result<DmaBlock, VirtioError> buffers(std::size_t size);
    base::Result<void, VirtioError> enable(std::uint16_t queue, Virtqueue const& rings) {
        return transport_.enable_queue(queue, rings.size(), rings.addresses());
    }
    void finish() { held_count_ = 0, negotiated_ = false; }

private:
    base::Result<DmaBlock, VirtioError> allocate(std::size_t size, DmaUse use);

    VirtioTransport& transport_;
    DmaMemory& memory_;
    std::uint64_t chosen_ = 0;
    bool negotiated_ = false;
    DmaBlock held_[5];
    unsigned held_count_ = 0;
};

// The device broke the contract of a queue: one line in the log, and FAILED.
void report_broken(VirtioTransport& transport, std::string_view driver, std::string_view queue,
                   Virtqueue::Fault fault);

}  // namespace devices
