// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/virtio_mmio.hpp"

#include <bit>

#include "simulator/devices/describe.hpp"

namespace sim::devices {
namespace {

// [virtio-1.2 §4.2.2, §4.2.4]
enum : unsigned {
    magic_value = 0x000,
    version = 0x004,
    device_id = 0x008,
    vendor_id = 0x00C,
    device_features = 0x010,
    device_features_select = 0x014,
    driver_features = 0x020,
    driver_features_select = 0x024,
    guest_page_size = 0x028,  // legacy
    queue_select = 0x030,
    queue_size_max = 0x034,
    queue_size = 0x038,
    queue_align = 0x03C,  // legacy
    queue_page = 0x040,   // legacy
    queue_ready = 0x044,
    queue_notify = 0x050,
    interrupt_status = 0x060,
    interrupt_acknowledge = 0x064,
    status = 0x070,
    queue_descriptors = 0x080,
    queue_driver = 0x090,
    queue_device = 0x0A0,
    shared_memory_length = 0x0B0,  // and up to 0x0BF: there is none
    queue_reset = 0x0C0,
    config_generation = 0x0FC,
    config = 0x100,
};

constexpr std::uint32_t magic = 0x7472'6976;   // "virt"
constexpr std::uint32_t vendor = 0x4156'4956;  // "VIVA"
constexpr std::uint32_t largest_page = 1 << 16;

bool is_page_size(std::uint32_t value) { return std::has_single_bit(value) && value <= largest_page; }

}  // namespace

VirtioMmio::VirtioMmio(machine::Surroundings& board, VirtioDevice& device, unsigned irq, bool legacy)
    : Device(device.name() + ".mmio"), board_(board), device_(device), irq_(irq), legacy_(legacy) {
    device.attach(*this);
    VirtioMmio::reset();
}

void VirtioMmio::reset() {
    device_feature_select_ = driver_feature_select_ = 0;
    queue_select_ = 0;
    interrupt_status_ = 0;
    guest_page_ = queue_align_ = 4096;
}

void VirtioMmio::load(machine::StateReader& reader) {
    fields(*this, reader);
    if (!is_page_size(guest_page_) || !is_page_size(queue_align_))
        throw machine::StateError(name() + ": impossible page size");
}

void VirtioMmio::raise(std::uint32_t bit) {
    interrupt_status_ |= bit;
    board_.set_interrupt_wire(irq_, true);
}

Virtqueue* VirtioMmio::selected() {
    return queue_select_ < device_.queues() ? &device_.queue(queue_select_) : nullptr;
}

// --- Access: registers in 32 bits, the device's configuration in any width ---

std::uint64_t VirtioMmio::io_read(unsigned, std::uint64_t offset, unsigned size) {
    if (offset >= config) {
        std::uint64_t value = 0;
        for (unsigned i = 0; i < size; ++i)
            if (unsigned const at = static_cast<unsigned>(offset) - config + i; at < device_.config_bytes())
                value |= std::uint64_t{device_.config_byte(at)} << (8 * i);
        return value;
    }
    if (size == 4 && offset % 4 == 0) return read_register(static_cast<unsigned>(offset));
    board_.report(name(), fmt::format("read of {} bytes at {:#x}: registers are 32 bits wide", size, offset));
    return 0;
}

void VirtioMmio::io_write(unsigned, std::uint64_t offset, unsigned size, std::uint64_t value) {
    if (offset >= config) {
        for (unsigned i = 0; i < size; ++i)
            if (unsigned const at = static_cast<unsigned>(offset) - config + i; at < device_.config_bytes())
                device_.write_config_byte(at, static_cast<std::uint8_t>(value >> (8 * i)));
        return;
    }
    if (size == 4 && offset % 4 == 0)
        return write_register(static_cast<unsigned>(offset), static_cast<std::uint32_t>(value));
    board_.report(name(),
                  fmt::format("write of {} bytes at {:#x}: registers are 32 bits wide", size, offset));
}

std::uint32_t VirtioMmio::read_register(unsigned offset) {
    Virtqueue const* const queue = selected();
    switch (offset) {
        case magic_value:
            return magic;
        case version:
            return legacy_ ? 1 : 2;
        case device_id:
            return device_.kind();
        case vendor_id:
            return vendor;
        case device_features: {
            std::uint64_t const offered =
                legacy_ ? (device_.offered() | virtio_feature::any_layout) & 0xFFFF'FFFF : device_.offered();
            return device_feature_select_ < 2
                       ? static_cast<std::uint32_t>(offered >> (32 * device_feature_select_))
                       : 0;
        }
        case queue_size_max:
            return queue ? Virtqueue::max_size : 0;
        case queue_ready:
            return !legacy_ && queue && queue->enabled;
        case queue_page:
            return legacy_ && queue && queue->enabled
                       ? static_cast<std::uint32_t>(queue->descriptors / guest_page_)
                       : 0;
        case interrupt_status:
            return interrupt_status_;
        case status:
            return device_.status();
        case shared_memory_length:
        case shared_memory_length + 4:
        case shared_memory_length + 8:
        case shared_memory_length + 12:
            return ~0u;
        case config_generation:
            return device_.generation();
        default:
            return 0;  // write-only, or nothing
    }
}

void VirtioMmio::write_register(unsigned offset, std::uint32_t value) {
    Virtqueue* const queue = selected();
    bool const free_queue = queue && !queue->enabled;
    auto const half = [&](std::uint64_t& address, unsigned start) {
        if (!free_queue || legacy_) return;
        address = offset == start ? (address & ~0xFFFF'FFFFull) | value
                                  : (address & 0xFFFF'FFFF) | std::uint64_t{value} << 32;
    };
    switch (offset) {
        case device_features_select:
            device_feature_select_ = value;
            return;
        case driver_features_select:
            driver_feature_select_ = value;
            return;
        case driver_features:
            if (!legacy_ || driver_feature_select_ == 0)
                device_.set_driver_features(driver_feature_select_, value);
            return;
        case queue_select:
            queue_select_ = value;
            return;
        case queue_size:
            if (free_queue) queue->size = static_cast<std::uint16_t>(value <= 0xFFFF ? value : 0);
            return;
        case queue_ready:
            if (!queue || legacy_) return;
            return value & 1 ? device_.enable_queue(queue_select_) : device_.reset_queue(queue_select_);
        case queue_notify:
            return device_.notify(value);
        case interrupt_acknowledge:
            interrupt_status_ &= ~value;
            return board_.set_interrupt_wire(irq_, interrupt_status_ != 0);
        case status:
            return write_status(value);
        case queue_descriptors:
        case queue_descriptors + 4:
            if (queue) half(queue->descriptors, queue_descriptors);
            return;
        case queue_driver:
        case queue_driver + 4:
            if (queue) half(queue->available, queue_driver);
            return;
        case queue_device:
        case queue_device + 4:
            if (queue) half(queue->used, queue_device);
            return;
        case queue_reset:
            if (queue && value == 1 && (device_.driver_features() & virtio_feature::ring_reset))
                device_.reset_queue(queue_select_);
            return;
        default:
            if (legacy_) return write_legacy(offset, value);
            board_.report(name(), fmt::format("write to {:#x}: no such register", offset));
    }
}

// [virtio-1.2 §4.2.4]
void VirtioMmio::write_legacy(unsigned offset, std::uint32_t value) {
    bool const sound = is_page_size(value);
    if (offset == queue_page) {
        if (selected())
            device_.place_legacy_queue(queue_select_, std::uint64_t{value} * guest_page_, queue_align_);
        return;
    }
    if (offset == guest_page_size && sound)
        guest_page_ = value;
    else if (offset == queue_align && sound)
        queue_align_ = value;
    else
        board_.report(name(),
                      fmt::format("write of {:#x} to {:#x}: no such register or value", value, offset));
}

void VirtioMmio::write_status(std::uint32_t value) {
    device_.write_status(static_cast<std::uint8_t>(value), legacy_);
    if (static_cast<std::uint8_t>(value) != 0) return;
    reset();
    board_.set_interrupt_wire(irq_, false);
}

machine::IoHandler::RegisterName VirtioMmio::register_name(unsigned, std::uint64_t offset, unsigned,
                                                           bool) const {
    if (offset >= config) return {name(), fmt::format("configuration +{:#x}", offset - config)};
    switch (offset) {
        case magic_value:
            return {name(), "MagicValue"};
        case version:
            return {name(), "Version"};
        case device_id:
            return {name(), "DeviceID"};
        case vendor_id:
            return {name(), "VendorID"};
        case device_features:
            return {name(), "DeviceFeatures"};
        case device_features_select:
            return {name(), "DeviceFeaturesSel"};
        case driver_features:
            return {name(), "DriverFeatures"};
        case driver_features_select:
            return {name(), "DriverFeaturesSel"};
        case guest_page_size:
            return {name(), "GuestPageSize"};
        case queue_select:
            return {name(), "QueueSel"};
        case queue_size_max:
            return {name(), "QueueNumMax"};
        case queue_size:
            return {name(), "QueueNum"};
        case queue_align:
            return {name(), "QueueAlign"};
        case queue_page:
            return {name(), "QueuePFN"};
        case queue_ready:
            return {name(), "QueueReady"};
        case queue_notify:
            return {name(), "QueueNotify"};
        case interrupt_status:
            return {name(), "InterruptStatus"};
        case interrupt_acknowledge:
            return {name(), "InterruptACK"};
        case status:
            return {name(), "Status"};
        case config_generation:
            return {name(), "ConfigGeneration"};
        default:
            return {name(), ""};
    }
}

machine::StateNode VirtioMmio::describe() const {
    return {name(),
            fmt::format("interrupt {}", irq_),
            legacy_ ? "virtio registers in memory, version 1" : "virtio registers in memory, version 2",
            {bits("interrupt status", interrupt_status_, "", {{0, "a queue"}, {1, "configuration"}}),
             number("queue select", queue_select_)}};
}

}  // namespace sim::devices
