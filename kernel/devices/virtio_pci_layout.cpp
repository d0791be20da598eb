// SPDX-License-Identifier: MIT
#include "kernel/devices/virtio_pci_layout.hpp"

namespace devices {
namespace {

// struct virtio_pci_cap. [virtio-1.2 §4.1.4]
namespace field {
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

constexpr unsigned most_capabilities = 48;  // that fit behind the header

constexpr std::uint32_t common_size = 56;  // up to queue_device and with it

}  // namespace

base::Result<VirtioPciLayout, VirtioError> find_virtio_layout(PciConfig& config, PciAddress function) {
    VirtioPciLayout layout;
    std::optional<std::uint8_t> at = find_capability(config, function, pci_capability_vendor);
    // A hostile list is a ring; an honest one has no more than 48 entries.
    for (unsigned count = 0; at && count < most_capabilities; ++count) {
        std::uint8_t const here = *at;
        at = find_capability(config, function, pci_capability_vendor, here);
        std::uint8_t const length = config.read8(function, here + field::length);
        if (length < capability_size || here + length > 256) continue;
        VirtioPciWindow const window{config.read8(function, here + field::bar),
                                     config.read(function, here + field::offset),
                                     config.read(function, here + field::window_length)};
        // A BAR above 5 is reserved: pass it over. The first window of a kind is
        // the one that the device prefers. [virtio-1.2 §4.1.4.1]
        if (window.bar > 5 || window.length == 0) continue;
        switch (config.read8(function, here + field::type)) {
            case common_type:
                if (layout.common.length == 0) layout.common = window;
                break;
            case device_type:
                if (layout.device.length == 0) layout.device = window;
                break;
            case notify_type:
                if (layout.notify.length != 0 || length < notify_capability_size) break;
                layout.notify = window;
                layout.notify_multiplier = config.read(function, here + field::notify_multiplier);
                break;
        }
    }
    if (layout.common.length == 0) return base::fail(VirtioError::NotModern);
    bool const sound = layout.common.length >= common_size && layout.common.offset % 4 == 0 &&
                       layout.notify.length >= 2 && layout.notify.offset % 2 == 0 &&
                       layout.device.offset % 4 == 0;
    if (!sound) return base::fail(VirtioError::BadLayout);
    return layout;
}

}  // namespace devices
