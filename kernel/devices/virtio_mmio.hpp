// SPDX-License-Identifier: MIT
//
// The virtio transport of machines without PCI: each device is a window of
// registers in memory and one interrupt line. Nothing announces the windows;
// the loader names them on the command line, as for Linux:
//
//     virtio_mmio.device=512@0xfeb00000:5      size @ address : line
//
// [virtio-1.2 §4.2]
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernel/base/address.hpp"
#include "kernel/devices/virtio_transport.hpp"

namespace devices {

// One such word. Nothing when it is none.
struct VirtioMmioPlace {
    base::PhysAddr start;
    std::uint64_t size = 0;
    std::uint32_t line = 0;
};
std::optional<VirtioMmioPlace> parse_mmio_place(std::string_view text);

// The registers of one device and its line: a machine's, or a test's.
class VirtioMmioWindow {
public:
    static constexpr std::uint64_t smallest = 0x100;  // the configuration follows

    virtual std::uint32_t read(std::uint32_t offset, unsigned width = 4) = 0;
    virtual void write(std::uint32_t offset, std::uint32_t value) = 0;
    virtual std::uint64_t size() const = 0;
    // From now on the line calls this. False: no line, no vector.
    virtual bool route(void (*handler)(void* context), void* context) = 0;
    // From now on it calls nobody. In any context.
    virtual void silence() = 0;

protected:
    ~VirtioMmioWindow() = default;
};

class VirtioMmio final : public VirtioTransport {
public:
    // What sits in the window: the device's type; 0 for an empty one. NotModern: a device from before the
    // standard, which we do not drive. NotVirtio: no virtio device at all.
    static base::Result<std::uint32_t, VirtioError> identify(VirtioMmioWindow& window);

    // The window outlives the transport.
    explicit VirtioMmio(VirtioMmioWindow& window) : window_(window) {}

    std::uint64_t device_features() override;
    void set_driver_features(std::uint64_t features) override;
    std::uint8_t status() override;
    void set_status(std::uint8_t status) override;
    std::uint16_t queue_limit(std::uint16_t queue) override;
    base::Result<void, VirtioError> set_handler(void (*handler)(void* context), void* context) override;
    base::Result<void, VirtioError> enable_queue(std::uint16_t queue, std::uint16_t size,
                                                 Virtqueue::Addresses addresses) override;
    void notify(std::uint16_t queue) override;
    bool read_config(std::size_t offset, unsigned width, std::span<std::uint8_t> into) override;

private:
    static void on_interrupt(void* self);

    // So many interrupts in a row without a used buffer: the device holds its line.
    static constexpr unsigned most_idle = 1000;

    VirtioMmioWindow& window_;
    void (*handler_)(void*) = nullptr;
    void* context_ = nullptr;
    unsigned idle_ = 0;  // interrupts since the last used buffer
};

}  // namespace devices
