// SPDX-License-Identifier: MIT
#include "kernel/devices/virtio_pci_layout.hpp"

namespace devices {
namespace {

// Configuration space. [pci-3.0 §6.1, §6.7]
constexpr std::uint8_t status_register = 0x06;
constexpr std::uint8_t status_has_capabilities = 0x10;
constexpr std::uint8_t capabilities_pointer = 0x34;
constexpr std::uint8_t first_capability = 0x40;  // behind the header
constexpr std::uint8_t vendor_capability = 0x09;

// struct virtio_pci_cap. [virtio-1.2 §4.1.4]
namespace field {
constexpr std::uint8_t next = 1;
constexpr std::uint8_t length = 2;
constexpr std::uint8_t type = 3;
constexpr std::uint8_t bar = 4;
constexpr std::uint8_t offset = 8;
constexpr std::uint8_t window_length = 12;
constexpr std::uint8_t notify_multiplier = 16;
}  // namespace field
constexpr std::uint8_t capability_size = 16;
constexpr std::uint8_t notify_capability_size = 20;

enum Type : std::uint8_t { common_type = 1, notify_type = 2, device_type = 4 };

constexpr std::uint32_t common_size = 56;  // up to queue_device and with it

}  // namespace

base::Result<VirtioPciLayout, VirtioError> find_virtio_layout(PciConfigSpace const& config) {
    VirtioPciLayout layout;
    if (!(config.read8(status_register) & status_has_capabilities)) return base::fail(VirtioError::NotModern);

    std::uint8_t at = config.read8(capabilities_pointer) & 0xFC;
    // The list may be a ring: there is room for 48 capabilities and no more.
    for (unsigned count = 0; at != 0 && count < 48; ++count) {
        if (at < first_capability) return base::fail(VirtioError::BadLayout);
        std::uint8_t const next = config.read8(static_cast<std::uint8_t>(at + field::next)) & 0xFC;
        std::uint8_t const space = static_cast<std::uint8_t>(-at);  // up to the end, 256
        std::uint8_t const length = config.read8(static_cast<std::uint8_t>(at + field::length));
        bool const is_virtio =
            config.read8(at) == vendor_capability && length >= capability_size && length <= space;
        if (is_virtio) {
            VirtioPciWindow const window{config.read8(static_cast<std::uint8_t>(at + field::bar)),
                                         config.read32(static_cast<std::uint8_t>(at + field::offset)),
                                         config.read32(static_cast<std::uint8_t>(at + field::window_length))};
            std::uint8_t const type = config.read8(static_cast<std::uint8_t>(at + field::type));
            // A BAR above 5 is reserved: pass it over. The first window of a
            // kind is the one that the device prefers. [virtio-1.2 §4.1.4.1]
            bool const usable = window.bar <= 5 && window.length != 0;
            if (usable && type == common_type && layout.common.length == 0) {
                layout.common = window;
            } else if (usable && type == device_type && layout.device.length == 0) {
                layout.device = window;
            } else if (usable && type == notify_type && layout.notify.length == 0 &&
                       length >= notify_capability_size) {
                layout.notify = window;
                layout.notify_multiplier =
                    config.read32(static_cast<std::uint8_t>(at + field::notify_multiplier));
            }
        }
        at = next;
    }
    if (layout.common.length == 0) return base::fail(VirtioError::NotModern);
    bool const sound = layout.common.length >= common_size && layout.common.offset % 4 == 0 &&
                       layout.notify.length >= 2 && layout.notify.offset % 2 == 0 &&
                       layout.device.offset % 4 == 0;
    if (!sound) return base::fail(VirtioError::BadLayout);
    return layout;
}

}  // namespace devices
