// SPDX-License-Identifier: MIT
//
// All virtio devices of the machine, whatever bus they sit on: first those on
// PCI, then those that the command line names (virtio_mmio.hpp).
#pragma once

#include <cstdint>

#include "kernel/devices/virtio_transport.hpp"

namespace devices {

// The n-th device of this type, from 0, ready for its driver. Null when there are not so
// many, or when it cannot be reached, which the log explains. What is returned stays for
// ever: open each device once. Not for interrupt handlers; one thread at a time.
VirtioTransport* open_virtio(std::uint16_t type, unsigned n = 0);

}  // namespace devices
