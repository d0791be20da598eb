// SPDX-License-Identifier: MIT
//
// Where a virtio device on PCI keeps its registers. It says so itself, in
// vendor capabilities of its configuration space: a window of one of its BARs
// for each kind of register. [virtio-1.2 §4.1.4]
//
// What the device says is checked here for all that can be checked without the
// BARs' sizes; window_fits() does the rest.
#pragma once

#include <cstdint>

#include "kernel/base/result.hpp"
#include "kernel/devices/pci.hpp"
#include "kernel/devices/virtio_transport.hpp"

namespace devices {

struct VirtioPciWindow {
    std::uint8_t bar = 0;
    std::uint32_t offset = 0;
    std::uint32_t length = 0;  // 0: the device has no such window
};

struct VirtioPciLayout {
    VirtioPciWindow common;
    VirtioPciWindow notify;
    VirtioPciWindow device;
    std::uint32_t notify_multiplier = 0;
};

// Walks the capabilities. NotModern: there is no common configuration, so the
// device is from before the standard; BadLayout: what it says cannot be.
base::Result<VirtioPciLayout, VirtioError> find_virtio_layout(PciConfig& config, PciAddress function);

constexpr bool window_fits(VirtioPciWindow const& window, std::uint64_t bar_size) {
    return std::uint64_t{window.offset} + window.length <= bar_size;
}

}  // namespace devices
