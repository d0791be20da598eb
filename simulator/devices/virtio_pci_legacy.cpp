// SPDX-License-Identifier: GPL-2.0-or-later
//
// The registers from before version 1, in ports behind a transitional device's
// BAR 0. [virtio-1.2 §4.1.4.10]
#include "simulator/devices/virtio_pci.hpp"

#include <fmt/format.h>

namespace sim::devices {
namespace {

// By port.
enum : unsigned {
    device_features = 0,
    driver_features = 4,
    queue_address = 8,
    queue_size = 12,
    queue_select = 14,
    queue_notify = 16,
    status = 18,
    isr = 19,
    config_vector = 20,  // these two only while MSI-X is on
    queue_vector = 22,
};

constexpr unsigned queue_align = 4096;  // of the used ring, and the unit of a queue's address

}  // namespace

// Drivers of the old registers were written where nobody held a device's DMA back.
// QEMU turns bus mastering on for them when they say that they are drivers.
void VirtioPci::master_for_old_driver(std::uint64_t written) {
    constexpr std::uint64_t driver = 2;
    if (!(written & driver) || bus_master()) return;
    board_.report(name(),
                  "the driver of the old registers has not turned bus mastering on; done for it, as "
                  "QEMU does. A real card could not use DMA");
    config()[pci_config::command] |= pci_config::command_master;
}

std::uint64_t VirtioPci::read_legacy(unsigned offset, unsigned size) {
    unsigned const config_start = msix_.enabled() ? 24 : 20;
    if (offset >= config_start) return read_device_config(offset - config_start, size);
    Virtqueue const* const queue = selected();
    switch (offset) {
        case device_features:
            return (device_.offered() | virtio_feature::any_layout) & 0xFFFF'FFFF;
        case driver_features:
            return device_.driver_features() & 0xFFFF'FFFF;
        case queue_address:
            return queue && queue->enabled ? queue->descriptors / queue_align : 0;
        case queue_size:
            return queue ? queue->size : 0;
        case queue_select:
            return queue_select_;
        case status:
            return device_.status();
        case isr:
            return take_interrupt_status();
        case config_vector:
            return config_vector_;
        case queue_vector:
            return queue ? queue->vector : no_vector;
        default:
            return 0;
    }
}

void VirtioPci::write_legacy(unsigned offset, unsigned size, std::uint64_t value) {
    unsigned const config_start = msix_.enabled() ? 24 : 20;
    if (offset >= config_start) return write_device_config(offset - config_start, size, value);
    Virtqueue* const queue = selected();
    auto const half = static_cast<std::uint16_t>(value);
    switch (offset) {
        case driver_features:
            return device_.set_driver_features(0, static_cast<std::uint32_t>(value));
        case queue_address:
            if (queue)
                device_.place_legacy_queue(queue_select_, (value & 0xFFFF'FFFF) * queue_align, queue_align);
            return;
        case queue_select:
            queue_select_ = half;
            return;
        case queue_notify:
            return device_.notify(half);
        case status:
            master_for_old_driver(value);
            return write_status(static_cast<std::uint8_t>(value), true);
        case config_vector:
            config_vector_ = usable_vector(half);
            return;
        case queue_vector:
            if (queue) queue->vector = usable_vector(half);
            return;
        default:
            board_.report(name(),
                          fmt::format("write of {} bytes to port {} of the old registers: no such register",
                                      size, offset));
    }
}

std::string VirtioPci::legacy_register_name(std::uint64_t offset) {
    struct Name {
        unsigned start;
        char const* name;
    };
    constexpr Name names[] = {{isr, "old ISR"},
                              {status, "old status"},
                              {queue_notify, "old queue notify"},
                              {queue_select, "old queue select"},
                              {queue_size, "old queue size"},
                              {queue_address, "old queue address"},
                              {driver_features, "old driver features"},
                              {device_features, "old device features"}};
    if (offset < config_vector)
        for (Name const& n : names)
            if (offset >= n.start) return n.name;
    return fmt::format("old registers +{:#x}", offset);
}

}  // namespace sim::devices
