// SPDX-License-Identifier: MIT
#include "kernel/devices/virtio_transport.hpp"

#include <algorithm>
#include <bit>
#include <iterator>

#include "kernel/base/assert.hpp"
#include "kernel/base/log.hpp"

namespace devices {

char const* name(VirtioError error) {
    switch (error) {
        case VirtioError::NotVirtio:
            return "it is no virtio device";
        case VirtioError::NotModern:
            return "it is from before virtio 1.0";
        case VirtioError::NoReset:
            return "it does not come back from a reset";
        case VirtioError::FeaturesRefused:
            return "it refuses features that it offered";
        case VirtioError::NoQueue:
            return "a queue is missing or has an impossible size";
        case VirtioError::NoInterrupt:
            return "there is no interrupt vector for it";
        case VirtioError::NoMemory:
            return "there is no memory for its queues";
        case VirtioError::BadLayout:
            return "its registers lie outside its own memory";
    }
    return "?";
}

namespace {

// The reset is over when the status reads 0; hardware may take a while. False: it never
// is. [virtio-1.2 §4.1.4.3.2]
bool reset(VirtioTransport& transport) {
    transport.set_status(0);
    for (unsigned patience = 100'000; transport.status() != 0; --patience)
        if (patience == 0) return false;
    return true;
}

}  // namespace

VirtioSetup::~VirtioSetup() {
    if (negotiated_) {
        transport_.set_status(transport_.status() | virtio_status::failed);
        // What the device may still write to is nobody's any more.
        if (!reset(transport_)) return;
    }
    for (unsigned i = 0; i < held_count_; ++i) memory_.release(held_[i]);
}

base::Result<std::uint64_t, VirtioError> VirtioSetup::negotiate(
    std::uint64_t wanted, std::span<FeatureDependence const> dependences) {
    VirtioTransport& transport = transport_;
    // [lab:08-negotiate]
    if (!reset(transport)) return base::fail(VirtioError::NoReset);
    std::uint8_t status = virtio_status::acknowledge;
    transport.set_status(status);
    status |= virtio_status::driver;
    transport.set_status(status);

    std::uint64_t const offered = transport.device_features();
    if (!(offered & virtio_feature::version_1)) {
        transport.set_status(status | virtio_status::failed);
        return base::fail(VirtioError::NotModern);
    }
    std::uint64_t chosen = offered & (wanted | virtio_feature::version_1);
    for (auto const& [feature, needs] : dependences)
        if ((chosen & needs) != needs) chosen &= ~feature;
    transport.set_driver_features(chosen);
    status |= virtio_status::features_ok;
    transport.set_status(status);
    // The device may say no: the bit must be read back. [virtio-1.2 §3.1.1]
    if (!(transport.status() & virtio_status::features_ok)) {
        transport.set_status(status | virtio_status::failed);
        return base::fail(VirtioError::FeaturesRefused);
    }
    chosen_ = chosen;
    negotiated_ = true;
    return chosen;
    // [/lab:08-negotiate]
}

base::Result<DmaBlock, VirtioError> VirtioSetup::allocate(std::size_t size, DmaUse use) {
    ASSERT(held_count_ < std::size(held_));
    auto const block = memory_.allocate(size, use);
    if (!block) return base::fail(VirtioError::NoMemory);
    held_[held_count_++] = *block;
    return *block;
}

std::uint16_t VirtioSetup::ring_size(std::uint16_t queue, std::uint16_t wanted) const {
    return std::bit_floor(std::min({transport_.queue_limit(queue), wanted, Virtqueue::max_size}));
}

base::Result<VirtioRings, VirtioError> VirtioSetup::rings(std::uint16_t queue, std::uint16_t wanted_size,
                                                          std::uint16_t table_size) {
    VirtioRings rings;
    rings.size = ring_size(queue, wanted_size);
    if (rings.size == 0) return base::fail(VirtioError::NoQueue);
    rings.features.event_index = (chosen_ & virtio_feature::event_index) != 0;
    rings.features.table_size = (chosen_ & virtio_feature::indirect) != 0 ? table_size : std::uint16_t{0};
    rings.memory =
        TRY(allocate(Virtqueue::memory_size(rings.size, rings.features.table_size), DmaUse::Rings));
    std::memset(rings.memory.memory, 0, rings.memory.size);
    return rings;
}

base::Result<DmaBlock, VirtioError> VirtioSetup::buffers(std::size_t size) {
    return allocate(size, DmaUse::Packets);
}

void report_broken(VirtioTransport& transport, std::string_view driver, std::string_view queue,
                   Virtqueue::Fault fault) {
    base::log_error("{}: the device broke the {} queue: {}. It is no longer used.", driver, queue,
                    name(fault));
    transport.set_status(transport.status() | virtio_status::failed);
}

}  // namespace devices
