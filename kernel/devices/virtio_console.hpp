// SPDX-License-Identifier: MIT
//
// A virtio console, its first port: bytes in, bytes out. [virtio-1.2 §5.3]
//
// Like the network card it has a queue of empty buffers for what comes, and
// takes a copy of what goes. What does not fit is not taken: the caller waits
// or drops it.
//
// Not locked: one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernel/base/result.hpp"
#include "kernel/devices/dma.hpp"
#include "kernel/devices/virtio_transport.hpp"
#include "kernel/devices/virtqueue.hpp"

namespace devices {

class VirtioConsole {
public:
    static constexpr std::uint16_t type = 3;  // [virtio-1.2 §5]
    static constexpr std::uint16_t receive_queue = 0, transmit_queue = 1;
    static constexpr std::uint16_t buffers = 16;  // in each direction
    static constexpr std::size_t buffer_size = 256;

    // As with the other drivers: lies at `place`, works after start(), stays.
    static base::Result<VirtioConsole*, VirtioError> create(void* place, VirtioTransport& transport,
                                                            DmaMemory& memory, void (*wake)(void* context),
                                                            void* context);
    void start();

    struct Size {
        std::uint16_t columns = 0, rows = 0;  // 0: the device does not say
    };
    Size size() const { return size_; }

    // Takes as much of the text as there is room for, shows it to the device and returns
    // how much that was.
    std::size_t write(std::string_view text);
    // True: the device has taken all that was written. Who ends the machine earlier may
    // end it before the text is out.
    [[nodiscard]] bool all_taken();
    // Bytes that have come, 0 for none.
    std::size_t read(std::span<char> into);
    // Ask for interrupts; true: there is something to read already.
    [[nodiscard]] bool allow_interrupts() { return !failed_ && receive_.allow_interrupts(); }
    void refuse_interrupts() { receive_.refuse_interrupts(); }

    bool failed() const { return failed_; }

private:
    VirtioConsole(VirtioTransport& transport, VirtioRings const& receive, VirtioRings const& transmit,
                  DmaBlock const& memory);
    static void on_interrupt(void* self);
    void read_identity(std::uint64_t features);
    void offer(std::uint16_t buffer);
    void reclaim();
    void check();
    std::byte* receive_buffer(std::uint16_t n) { return memory_.memory + n * buffer_size; }
    std::byte* transmit_buffer(std::uint16_t n) { return memory_.memory + (buffers + n) * buffer_size; }

    VirtioTransport& transport_;
    Virtqueue receive_, transmit_;
    DmaBlock memory_;  // the receive buffers, then the transmit buffers
    // The received buffer that is being read: which, from where to where.
    bool reading_ = false;
    std::uint16_t reading_buffer_ = 0;
    std::size_t read_from_ = 0, read_to_ = 0;
    std::array<std::uint16_t, buffers> free_{};  // transmit buffers that are ours
    std::uint16_t free_count_ = 0;
    Size size_;
    bool failed_ = false;
    void (*wake_)(void*) = nullptr;
    void* context_ = nullptr;
};

}  // namespace devices
