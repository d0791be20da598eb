// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/virtio_pci.hpp"

#include <stdexcept>

#include "simulator/devices/describe.hpp"
#include "simulator/devices/lpc.hpp"

namespace sim::devices {
namespace {

// Common configuration, by offset. [virtio-1.2 §4.1.4.3]
enum : unsigned {
    device_feature_select = 0x00,
    device_feature = 0x04,
    driver_feature_select = 0x08,
    driver_feature = 0x0C,
    config_msix_vector = 0x10,
    num_queues = 0x12,
    device_status = 0x14,
    config_generation = 0x15,
    queue_select = 0x16,
    queue_size = 0x18,
    queue_msix_vector = 0x1A,
    queue_enable = 0x1C,
    queue_notify_off = 0x1E,
    queue_desc = 0x20,
    queue_driver = 0x28,
    queue_device = 0x30,
    queue_notify_data = 0x38,
    queue_reset = 0x3A,
    common_bytes = 0x3C,
};

constexpr unsigned legacy_bar = 0, msix_bar = 1, register_bar = 4;
constexpr std::uint64_t legacy_ports = 128;
constexpr std::uint64_t common_block = 0x0000, isr_block = 0x1000, device_block = 0x2000,
                        notify_block = 0x3000, register_bytes = 0x4000;
constexpr std::uint64_t pending_offset = 0x800;
constexpr unsigned notify_multiplier = 4;

// Structure types. [virtio-1.2 §4.1.4]
constexpr std::uint8_t cap_common = 1, cap_notify = 2, cap_isr = 3, cap_device = 4, cap_pci_cfg = 5;
constexpr std::uint8_t pci_cap_vendor = 0x09, pci_cap_msix = 0x11;

constexpr std::uint8_t isr_queue = 1, isr_config = 2;

void put32(std::vector<std::uint8_t>& bytes, std::uint32_t value) {
    for (unsigned i = 0; i < 4; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

// struct virtio_pci_cap after id and next: length, type, BAR, padding, offset, length.
std::vector<std::uint8_t> structure(std::uint8_t type, std::uint64_t offset, std::uint32_t length) {
    std::vector<std::uint8_t> body{
        16, type, type == cap_pci_cfg ? std::uint8_t{0} : std::uint8_t{register_bar}, 0, 0, 0};
    put32(body, static_cast<std::uint32_t>(offset));
    put32(body, length);
    return body;
}

// [virtio-1.2 §5] and what PCI calls it. [pci-3.0 appendix D]
struct Kind {
    unsigned kind;
    std::uint32_t pci_class;
    std::uint16_t transitional_id;
};
constexpr Kind kinds[] = {{1, 0x020000, 0x1000},   // network card
                          {2, 0x010000, 0x1001},   // block device: other storage
                          {3, 0x078000, 0x1003},   // console: other communication
                          {4, 0x00FF00, 0x1005}};  // entropy

Kind const& kind_of(unsigned kind) {
    for (Kind const& k : kinds)
        if (k.kind == kind) return k;
    throw std::logic_error("no PCI class for this kind of virtio device");
}

}  // namespace

VirtioPci::VirtioPci(machine::Surroundings& board, VirtioDevice& device, Address address, bool transitional)
    : PciFunction(device.name() + ".pci", board, address), device_(device), msix_(device.queues() + 1) {
    using namespace pci_config;
    Kind const& kind = kind_of(device.kind());
    device.attach(*this);
    set_initial(vendor, 2, 0x1AF4);
    set_initial(pci_config::device, 2, transitional ? kind.transitional_id : 0x1040u + kind.kind);
    set_initial(revision, 1, transitional ? 0 : 1);
    set_initial(class_code, 3, kind.pci_class);
    set_initial(subsystem_vendor, 4, (transitional ? kind.kind : 0x1100u) << 16 | 0x1AF4);
    // What firmware would have written for those without an IOAPIC: see lpc.hpp.
    set_initial(interrupt_line, 1, LpcBridge::first_isa_irq(PciBus::pirq_of(address.device, 0)));
    set_initial(interrupt_pin, 1, 1);
    set_writable(command, 2,
                 command_memory | command_master | command_no_intx | (transitional ? command_io : 0));
    set_writable(interrupt_line, 1, 0xFF);
    if (transitional) add_io_bar(legacy_bar, legacy_ports);
    add_memory_bar(msix_bar, 0x1000, false);
    add_memory_bar(register_bar, register_bytes, true);

    std::vector<std::uint8_t> msix{static_cast<std::uint8_t>(msix_.vectors() - 1), 0};
    put32(msix, msix_bar);
    put32(msix, static_cast<std::uint32_t>(pending_offset | msix_bar));
    msix_capability_ = add_capability(pci_cap_msix, msix);
    set_writable(msix_capability_ + 2, 2, 0xC000);

    add_capability(pci_cap_vendor, structure(cap_common, common_block, common_bytes));
    add_capability(pci_cap_vendor, structure(cap_isr, isr_block, 1));
    if (device_.config_bytes() != 0)
        add_capability(pci_cap_vendor, structure(cap_device, device_block, device_.config_bytes()));
    auto notify = structure(cap_notify, notify_block, device_.queues() * notify_multiplier);
    notify[0] = 20;
    put32(notify, notify_multiplier);
    add_capability(pci_cap_vendor, notify);
    auto window = structure(cap_pci_cfg, 0, 0);
    window[0] = 20;
    put32(window, 0);
    window_capability_ = add_capability(pci_cap_vendor, window);
    set_writable(window_capability_ + 4, 1, 0xFF);  // BAR
    set_writable(window_capability_ + 8, 4, ~0u);   // offset
    set_writable(window_capability_ + 12, 4, ~0u);  // length
    set_writable(window_capability_ + 16, 4, ~0u);  // data
    VirtioPci::reset();
}

void VirtioPci::reset() {
    PciFunction::reset();
    msix_.reset();
    device_feature_select_ = driver_feature_select_ = 0;
    config_vector_ = no_vector;
    queue_select_ = 0;
    interrupt_status_ = 0;
}

// --- Interrupts ---

void VirtioPci::queue_interrupt(unsigned queue) { signal(device_.queue(queue).vector, isr_queue); }

void VirtioPci::config_interrupt() { signal(config_vector_, isr_config); }

void VirtioPci::signal(std::uint16_t vector, std::uint8_t interrupt_bit) {
    if (msix_.enabled()) {
        if (vector != no_vector) msix_.signal(board_, vector);
        return;
    }
    interrupt_status_ |= interrupt_bit;
    update_wire();
}

// Reading acknowledges. [virtio-1.2 §4.1.4.5]
std::uint8_t VirtioPci::take_interrupt_status() {
    std::uint8_t const value = interrupt_status_;
    interrupt_status_ = 0;
    update_wire();
    return value;
}

std::uint16_t VirtioPci::usable_vector(std::uint16_t vector) const {
    return vector < msix_.vectors() ? vector : no_vector;
}

// --- Registers ---

void VirtioPci::write_status(std::uint8_t value, bool legacy) {
    device_.write_status(value, legacy);
    if (value != 0) return;
    // The device's reset reaches into the transport. [virtio-1.2 §4.1.4.3.1]
    device_feature_select_ = driver_feature_select_ = 0;
    config_vector_ = no_vector;
    queue_select_ = 0;
    interrupt_status_ = 0;
    update_wire();
}

std::uint64_t VirtioPci::read_device_config(std::uint64_t offset, unsigned size) const {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i)
        if (offset + i < device_.config_bytes())
            value |= std::uint64_t{device_.config_byte(static_cast<unsigned>(offset) + i)} << (8 * i);
    return value;
}

void VirtioPci::write_device_config(std::uint64_t offset, unsigned size, std::uint64_t value) {
    for (unsigned i = 0; i < size; ++i)
        if (offset + i < device_.config_bytes())
            device_.write_config_byte(static_cast<unsigned>(offset) + i,
                                      static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint64_t VirtioPci::bar_read(unsigned bar, std::uint64_t offset, unsigned size) {
    if (bar == legacy_bar) return read_legacy(static_cast<unsigned>(offset), size);
    if (bar == msix_bar)
        return offset < pending_offset ? msix_.read(offset, size)
                                       : msix_.read_pending(offset - pending_offset, size);
    std::uint64_t value = 0;
    switch (offset & ~0xFFFull) {
        case common_block:
            // Any width: the bytes of the field that holds the offset, then of the next.
            for (unsigned i = 0; i < size; ++i)
                value |= (read_common(static_cast<unsigned>(offset) + i) & 0xFF) << (8 * i);
            return value;
        case isr_block:
            return offset == isr_block ? take_interrupt_status() : 0;
        case device_block:
            return read_device_config(offset - device_block, size);
        default:
            return 0;
    }
}

void VirtioPci::bar_write(unsigned bar, std::uint64_t offset, unsigned size, std::uint64_t value) {
    if (bar == legacy_bar) return write_legacy(static_cast<unsigned>(offset), size, value);
    if (bar == msix_bar) {
        if (offset < pending_offset) msix_.write(board_, offset, size, value);
        return;
    }
    switch (offset & ~0xFFFull) {
        case common_block:
            return write_common(static_cast<unsigned>(offset), size, value);
        case notify_block:
            return device_.notify(static_cast<unsigned>(offset - notify_block) / notify_multiplier);
        case device_block:
            return write_device_config(offset - device_block, size, value);
        default:
            return;
    }
}

Virtqueue* VirtioPci::selected() {
    return queue_select_ < device_.queues() ? &device_.queue(queue_select_) : nullptr;
}

// The byte at an offset, in the low 8 bits.
std::uint64_t VirtioPci::read_common(unsigned offset) const {
    Virtqueue const* const queue = const_cast<VirtioPci*>(this)->selected();
    auto const field = [&](unsigned start, std::uint64_t value) { return value >> (8 * (offset - start)); };
    auto const half = [](std::uint64_t features, std::uint32_t select) {
        return select < 2 ? static_cast<std::uint32_t>(features >> (32 * select)) : 0;
    };
    if (offset < device_feature) return field(device_feature_select, device_feature_select_);
    if (offset < driver_feature_select)
        return field(device_feature, half(device_.offered(), device_feature_select_));
    if (offset < driver_feature) return field(driver_feature_select, driver_feature_select_);
    if (offset < config_msix_vector)
        return field(driver_feature, half(device_.driver_features(), driver_feature_select_));
    if (offset < num_queues) return field(config_msix_vector, config_vector_);
    if (offset < device_status) return field(num_queues, device_.queues());
    if (offset == device_status) return device_.status();
    if (offset == config_generation) return device_.generation();
    if (offset < queue_size) return field(queue_select, queue_select_);
    if (!queue)
        return offset >= queue_msix_vector && offset < queue_enable ? 0xFF : 0;  // size 0: no such queue
    if (offset < queue_msix_vector) return field(queue_size, queue->size);
    if (offset < queue_enable) return field(queue_msix_vector, queue->vector);
    if (offset < queue_notify_off) return field(queue_enable, queue->enabled);
    if (offset < queue_desc) return field(queue_notify_off, queue_select_);
    if (offset < queue_driver) return field(queue_desc, queue->descriptors);
    if (offset < queue_device) return field(queue_driver, queue->available);
    if (offset < queue_notify_data) return field(queue_device, queue->used);
    return 0;  // queue_notify_data: not offered; queue_reset: done at once
}

void VirtioPci::write_common(unsigned offset, unsigned size, std::uint64_t value) {
    Virtqueue* const queue = selected();
    auto const word = static_cast<std::uint32_t>(value);
    auto const half = static_cast<std::uint16_t>(value);
    // A 64-bit field by halves or whole. [virtio-1.2 §4.1.3.1]
    auto const wide = [&](std::uint64_t& field, unsigned start) {
        if (!queue || queue->enabled) return;
        if (size == 8)
            field = value;
        else if (offset == start)
            field = (field & ~0xFFFF'FFFFull) | word;
        else
            field = (field & 0xFFFF'FFFF) | std::uint64_t{word} << 32;
    };
    switch (offset) {
        case device_feature_select:
            device_feature_select_ = word;
            return;
        case driver_feature_select:
            driver_feature_select_ = word;
            return;
        case driver_feature:
            return device_.set_driver_features(driver_feature_select_, word);
        case config_msix_vector:
            config_vector_ = usable_vector(half);
            return;
        case device_status:
            return write_status(static_cast<std::uint8_t>(value), false);
        case queue_select:
            queue_select_ = half;
            return;
        case queue_size:
            if (queue && !queue->enabled) queue->size = half;
            return;
        case queue_msix_vector:
            if (queue) queue->vector = usable_vector(half);
            return;
        case queue_enable:
            if (queue && half == 1) device_.enable_queue(queue_select_);
            return;
        case queue_desc:
        case queue_desc + 4:
            if (queue) wide(queue->descriptors, queue_desc);
            return;
        case queue_driver:
        case queue_driver + 4:
            if (queue) wide(queue->available, queue_driver);
            return;
        case queue_device:
        case queue_device + 4:
            if (queue) wide(queue->used, queue_device);
            return;
        case queue_reset:
            if (queue && half == 1 && (device_.driver_features() & virtio_feature::ring_reset))
                device_.reset_queue(queue_select_);
            return;
        default:
            board_.report(name(),
                          fmt::format("write of {} bytes at {:#x} of the common configuration: no such field",
                                      size, offset));
    }
}

// --- Configuration space ---

void VirtioPci::config_written(unsigned offset, unsigned size) {
    auto const touches = [&](unsigned start, unsigned length) {
        return offset < start + length && start < offset + size;
    };
    if (touches(msix_capability_ + 2, 2)) {
        std::uint16_t const control = get16(msix_capability_ + 2);
        msix_.set_control(board_, control & 0x8000, control & 0x4000);
        update_wire();
    }
    // A window on the registers for those who cannot map BARs. [virtio-1.2 §4.1.4.9]
    if (touches(window_capability_ + 16, 4)) {
        unsigned const bytes = get32(window_capability_ + 12);
        std::uint64_t const at = get32(window_capability_ + 8);
        if (config()[window_capability_ + 4] == register_bar && (bytes == 1 || bytes == 2 || bytes == 4) &&
            at + bytes <= register_bytes)
            bar_write(register_bar, at, bytes, get32(window_capability_ + 16) & (~0u >> (32 - 8 * bytes)));
    }
}

void VirtioPci::config_about_to_be_read(unsigned offset, unsigned size) {
    if (offset >= window_capability_ + 20 || offset + size <= window_capability_ + 16) return;
    unsigned const bytes = get32(window_capability_ + 12);
    std::uint64_t const at = get32(window_capability_ + 8);
    if (config()[window_capability_ + 4] != register_bar || (bytes != 1 && bytes != 2 && bytes != 4) ||
        at + bytes > register_bytes)
        return;
    std::uint64_t const value = bar_read(register_bar, at, bytes);
    for (unsigned i = 0; i < 4; ++i)
        config()[window_capability_ + 16 + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

std::string VirtioPci::bar_register_name(unsigned bar, std::uint64_t offset) const {
    struct Name {
        unsigned start;
        char const* name;
    };
    constexpr Name common[] = {{queue_reset, "queue_reset"},
                               {queue_notify_data, "queue_notify_data"},
                               {queue_device, "queue_device"},
                               {queue_driver, "queue_driver"},
                               {queue_desc, "queue_desc"},
                               {queue_notify_off, "queue_notify_off"},
                               {queue_enable, "queue_enable"},
                               {queue_msix_vector, "queue_msix_vector"},
                               {queue_size, "queue_size"},
                               {queue_select, "queue_select"},
                               {config_generation, "config_generation"},
                               {device_status, "device_status"},
                               {num_queues, "num_queues"},
                               {config_msix_vector, "config_msix_vector"},
                               {driver_feature, "driver_feature"},
                               {driver_feature_select, "driver_feature_select"},
                               {device_feature, "device_feature"},
                               {device_feature_select, "device_feature_select"}};
    auto const among = [&](auto const& names) -> std::string {
        for (Name const& n : names)
            if (offset >= n.start) return n.name;
        return "";
    };
    if (bar == legacy_bar) return legacy_register_name(offset);
    if (bar == msix_bar)
        return offset < pending_offset ? fmt::format("MSI-X entry {} +{:#x}", offset / MsixTable::entry_bytes,
                                                     offset % MsixTable::entry_bytes)
                                       : "MSI-X pending";
    switch (offset & ~0xFFFull) {
        case common_block:
            return among(common);
        case isr_block:
            return "ISR";
        case device_block:
            return fmt::format("configuration +{:#x}", offset - device_block);
        default:
            return fmt::format("notify queue {}", (offset - notify_block) / notify_multiplier);
    }
}

machine::StateNode VirtioPci::describe() const {
    machine::StateNode node = describe_config();
    node.children.push_back(
        hex("interrupt status", interrupt_status_, "bit 0: a queue, bit 1: configuration"));
    node.children.push_back(msix_.describe());
    return node;
}

}  // namespace sim::devices
