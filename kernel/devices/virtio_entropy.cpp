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
    VirtioSetup setup(transport, memory);
    TRY(setup.negotiate(virtio_feature::event_index));
    VirtioRings const rings = TRY(setup.rings(the_queue, 1));
    DmaBlock const buffer = TRY(setup.buffers(buffer_size));
    auto* const source = ::new (place) VirtioEntropy(transport, rings, buffer);
    source->wake_ = wake;
    source->context_ = context;
    TRY(transport.set_handler(on_interrupt, source));
    TRY(setup.enable(the_queue, source->queue_));
    setup.finish();
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
    if (!transport_.looked()) failed_ = true;
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
