// SPDX-License-Identifier: MIT
#include "kernel/devices/virtio_pci.hpp"

#include "kernel/arch/x86_64/mmio.hpp"
#include "kernel/base/assert.hpp"
#include "kernel/base/log.hpp"
#include "kernel/devices/pci_access.hpp"

namespace devices {
namespace {

constexpr std::uint16_t virtio_vendor = 0x1AF4;
constexpr std::uint16_t modern_devices = 0x1040;             // plus the type [virtio-1.2 §4.1.2]
constexpr std::uint16_t first_transitional_device = 0x1000;  // up to 0x103F; the type is the subsystem
constexpr std::uint16_t last_transitional_device = 0x103F;

// The common configuration, struct virtio_pci_common_cfg. [virtio-1.2 §4.1.4.3]
namespace reg {
constexpr unsigned device_feature_select = 0;
constexpr unsigned device_feature = 4;
constexpr unsigned driver_feature_select = 8;
constexpr unsigned driver_feature = 12;
constexpr unsigned config_msix_vector = 16;
constexpr unsigned device_status = 20;
constexpr unsigned config_generation = 21;
constexpr unsigned queue_select = 22;
constexpr unsigned queue_size = 24;
constexpr unsigned queue_msix_vector = 26;
constexpr unsigned queue_enable = 28;
constexpr unsigned queue_notify_off = 30;
constexpr unsigned queue_desc = 32;
constexpr unsigned queue_driver = 40;
constexpr unsigned queue_device = 48;
}  // namespace reg

constexpr std::uint16_t no_vector = 0xFFFF;
constexpr std::uint16_t our_vector = 0;  // the entry of the MSI-X table that all queues use

using base::VirtAddr;

std::uint8_t read8(VirtAddr at) { return arch::Mmio<std::uint8_t>(at).read(); }
std::uint16_t read16(VirtAddr at) { return arch::Mmio<std::uint16_t>(at).read(); }
std::uint32_t read32(VirtAddr at) { return arch::Mmio<std::uint32_t>(at).read(); }
void write8(VirtAddr at, std::uint8_t value) { arch::Mmio<std::uint8_t>(at).write(value); }
void write16(VirtAddr at, std::uint16_t value) { arch::Mmio<std::uint16_t>(at).write(value); }
void write32(VirtAddr at, std::uint32_t value) { arch::Mmio<std::uint32_t>(at).write(value); }
// Registers of 64 bits are two of 32. [virtio-1.2 §4.1.3.1]
void write64(VirtAddr at, std::uint64_t value) {
    write32(at, static_cast<std::uint32_t>(value));
    write32(at + 4, static_cast<std::uint32_t>(value >> 32));
}

}  // namespace

bool VirtioPci::is(PciFunction const& function, std::uint16_t type) {
    if (function.vendor != virtio_vendor) return false;
    if (function.device == modern_devices + type) return true;
    bool const transitional =
        function.device >= first_transitional_device && function.device <= last_transitional_device;
    return transitional && function.subsystem == type;
}

base::Result<VirtioPci, VirtioError> VirtioPci::create(PciFunction const& function) {
    VirtioPciLayout const layout = TRY(find_virtio_layout(pci_config(), function.address));
    VirtioPci transport(function);
    transport.notify_multiplier_ = layout.notify_multiplier;

    std::array<VirtAddr, 6> mapped{};  // each BAR once
    auto const map = [&](VirtioPciWindow const& window,
                         Registers& registers) -> base::Result<void, VirtioError> {
        if (window.length == 0) return {};
        PciBar const& bar = function.bars[window.bar];
        if (bar.kind != BarKind::memory || !window_fits(window, bar.size))
            return base::fail(VirtioError::BadLayout);
        if (mapped[window.bar] == VirtAddr()) {
            auto const start = map_bar(function, window.bar);
            if (!start) return base::fail(VirtioError::NoMemory);
            mapped[window.bar] = start.value();
        }
        registers = {mapped[window.bar] + window.offset, window.length};
        return {};
    };
    TRY(map(layout.common, transport.common_));
    TRY(map(layout.notify, transport.notify_));
    TRY(map(layout.device, transport.device_));
    if (!switch_on(pci_config(), function)) return base::fail(VirtioError::BadLayout);
    return transport;
}

std::uint64_t VirtioPci::device_features() {
    write32(common_.start + reg::device_feature_select, 0);
    std::uint64_t const low = read32(common_.start + reg::device_feature);
    write32(common_.start + reg::device_feature_select, 1);
    return std::uint64_t{read32(common_.start + reg::device_feature)} << 32 | low;
}

void VirtioPci::set_driver_features(std::uint64_t features) {
    write32(common_.start + reg::driver_feature_select, 0);
    write32(common_.start + reg::driver_feature, static_cast<std::uint32_t>(features));
    write32(common_.start + reg::driver_feature_select, 1);
    write32(common_.start + reg::driver_feature, static_cast<std::uint32_t>(features >> 32));
}

std::uint8_t VirtioPci::status() { return read8(common_.start + reg::device_status); }
void VirtioPci::set_status(std::uint8_t status) { write8(common_.start + reg::device_status, status); }

std::uint16_t VirtioPci::queue_limit(std::uint16_t queue) {
    if (queue >= most_queues) return 0;
    write16(common_.start + reg::queue_select, queue);
    return read16(common_.start + reg::queue_size);
}

base::Result<void, VirtioError> VirtioPci::set_handler(void (*handler)(void* context), void* context) {
    handler_ = handler;
    context_ = context;
    if (!route_msix(*function_, our_vector, on_interrupt, this)) return base::fail(VirtioError::NoInterrupt);
    // We do not ask to hear of changes in the configuration.
    write16(common_.start + reg::config_msix_vector, no_vector);
    return {};
}

void VirtioPci::on_interrupt(void* self) {
    auto* const transport = static_cast<VirtioPci*>(self);
    if (transport->floods()) {
        mask_msix(*transport->function_, our_vector);
        base::log_error("virtio-pci: the device interrupts without end. It is no longer used.");
        transport->give_up();
    }
    transport->handler_(transport->context_);
}

base::Result<void, VirtioError> VirtioPci::enable_queue(std::uint16_t queue, std::uint16_t size,
                                                        Virtqueue::Addresses addresses) {
    ASSERT(queue < most_queues);
    VirtAddr const common = common_.start;
    write16(common + reg::queue_select, queue);
    write16(common + reg::queue_size, size);
    write16(common + reg::queue_msix_vector, our_vector);
    // The device says here that it has no room for the vector. [virtio-1.2 §4.1.5.1.2]
    if (read16(common + reg::queue_msix_vector) != our_vector) return base::fail(VirtioError::NoInterrupt);
    write64(common + reg::queue_desc, addresses.descriptors.raw());
    write64(common + reg::queue_driver, addresses.available.raw());
    write64(common + reg::queue_device, addresses.used.raw());

    std::uint64_t const doorbell = std::uint64_t{read16(common + reg::queue_notify_off)} * notify_multiplier_;
    if (doorbell + 2 > notify_.length) return base::fail(VirtioError::BadLayout);
    doorbells_[queue] = notify_.start + doorbell;
    write16(common + reg::queue_enable, 1);
    return {};
}

void VirtioPci::notify(std::uint16_t queue) { write16(doorbells_[queue], queue); }

bool VirtioPci::read_config(std::size_t offset, unsigned width, std::span<std::uint8_t> into) {
    if (offset + into.size() > device_.length) return false;
    auto const read = [&](std::size_t at) -> std::uint32_t {
        VirtAddr const field = device_.start + offset + at;
        return width == 1 ? read8(field) : width == 2 ? read16(field) : read32(field);
    };
    auto const generation = [&] { return read8(common_.start + reg::config_generation); };
    return read_unchanged(generation, read, width, into);
}

}  // namespace devices
