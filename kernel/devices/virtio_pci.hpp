// SPDX-License-Identifier: MIT
//
// The PCI transport of modern virtio devices: registers in memory, one MSI-X
// vector for all queues. Devices that also speak the language from before the
// standard ("transitional") are driven as modern ones. [virtio-1.2 §4.1]
#pragma once

#include <array>
#include <cstdint>

#include "kernel/base/address.hpp"
#include "kernel/devices/pci.hpp"
#include "kernel/devices/virtio_pci_layout.hpp"
#include "kernel/devices/virtio_transport.hpp"

namespace devices {

class VirtioPci final : public VirtioTransport {
public:
    // By its ids; `type` as in [virtio-1.2 §5].
    static bool is(PciFunction const& function, std::uint16_t type);

    // Maps the registers. The function outlives the transport.
    static base::Result<VirtioPci, VirtioError> create(PciFunction const& function);

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
    static constexpr std::uint16_t most_queues = 4;

    // A window of the device's memory that was checked and mapped.
    struct Registers {
        base::VirtAddr start;
        std::uint32_t length = 0;
    };

    explicit VirtioPci(PciFunction const& function) : function_(&function) {}
    static void on_interrupt(void* self);

    PciFunction const* function_;
    Registers common_;
    Registers notify_;
    Registers device_;
    std::uint32_t notify_multiplier_ = 0;
    void (*handler_)(void*) = nullptr;
    void* context_ = nullptr;
    std::array<base::VirtAddr, most_queues> doorbells_{};  // of the enabled queues
};

}  // namespace devices
