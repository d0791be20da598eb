// SPDX-License-Identifier: MIT
#include "kernel/devices/virtio_entropy.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "kernel/base/assert.hpp"

namespace devices {
namespace {
constexpr std::uint16_t the_queue = 0;
}

base::Result<VirtioEntropy*, VirtioError> VirtioEntropy::create(void* place, VirtioTransport& transport,
                                                                DmaMemory& memory,
                                                                void (*wake)(void* context), void* context) {
    std::uint64_t const features = TRY(negotiate(transport, virtio_feature::event_index));
    auto const rings = allocate_rings(transport, memory, the_queue, 1, features);
    if (!rings) {
        give_up(transport);
        return base::fail(rings.error());
    }
    auto const buffer = memory.allocate(buffer_size, DmaUse::Packets);
    if (!buffer) {
        give_up(transport);
        memory.release(rings.value().memory);
        return base::fail(VirtioError::NoMemory);
    }
    auto* const source = ::new (place) VirtioEntropy(transport, rings.value(), *buffer);
    source->wake_ = wake;
    source->context_ = context;
    auto connected = transport.set_handler(on_interrupt, source);
    if (connected)
        connected = transport.enable_queue(the_queue, source->queue_.size(), source->queue_.addresses());
    if (!connected) {
        give_up(transport);
        memory.release(rings.value().memory);
        memory.release(*buffer);
        return base::fail(connected.error());
    }
    return source;
}

void VirtioEntropy::start() { transport_.set_status(transport_.status() | virtio_status::driver_ok); }

void VirtioEntropy::on_interrupt(void* self) {
    auto* const source = static_cast<VirtioEntropy*>(self);
    source->wake_(source->context_);
}

void VirtioEntropy::ask() {
    if (asked_ || failed_) return;
    asked_ = true;
    Virtqueue::Buffer const part{buffer_.physical, buffer_size, true};
    auto const pushed = queue_.push({&part, 1}, 0);
    ASSERT(pushed.ok());
    if (queue_.publish()) transport_.notify(the_queue);
}

std::size_t VirtioEntropy::take(std::span<std::byte> into) {
    auto const used = failed_ ? std::nullopt : queue_.pop_used();
    if (!used) {
        if (queue_.failed() && !failed_) {
            failed_ = true;
            report_broken(transport_, "virtio-rng", "request", queue_.fault());
        }
        return 0;
    }
    asked_ = false;
    std::size_t const size = std::min<std::size_t>(used->written, into.size());
    std::memcpy(into.data(), buffer_.memory, size);
    return size;
}

}  // namespace devices
