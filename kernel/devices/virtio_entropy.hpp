// SPDX-License-Identifier: MIT
//
// A virtio source of randomness: one buffer goes out empty and comes back with
// what the host has. [virtio-1.2 §5.4]
//
// Not locked: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/base/result.hpp"
#include "kernel/devices/dma.hpp"
#include "kernel/devices/virtio_transport.hpp"
#include "kernel/devices/virtqueue.hpp"

namespace devices {

class VirtioEntropy {
public:
    static constexpr std::uint16_t type = 4;  // [virtio-1.2 §5]
    static constexpr std::size_t buffer_size = 64;

    // As with the other drivers: lies at `place`, works after start(), stays.
    static base::Result<VirtioEntropy*, VirtioError> create(void* place, VirtioTransport& transport,
                                                            DmaMemory& memory, void (*wake)(void* context),
                                                            void* context);
    void start();

    // Asks for bytes, if none are on their way.
    void ask();
    // Copies what has come and returns how much that is; 0: nothing yet. What does not
    // fit into `into` is dropped: nobody shall see the same twice.
    std::size_t take(std::span<std::byte> into);
    [[nodiscard]] bool allow_interrupts() { return queue_.allow_interrupts(); }

    bool failed() const { return failed_; }

private:
    VirtioEntropy(VirtioTransport& transport, VirtioRings const& rings, DmaBlock const& buffer)
        : transport_(transport), queue_(rings.make()), buffer_(buffer) {}
    static void on_interrupt(void* self);

    VirtioTransport& transport_;
    Virtqueue queue_;
    DmaBlock buffer_;
    bool asked_ = false, failed_ = false;
    void (*wake_)(void*) = nullptr;
    void* context_ = nullptr;
};

}  // namespace devices
