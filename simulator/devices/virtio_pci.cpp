// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/virtio_pci.hpp"

#include "simulator/devices/describe.hpp"

namespace sim::devices {
namespace {

// [virtio-1.2 §2.1]
constexpr std::uint8_t status_driver_ok = 4, status_features_ok = 8, status_needs_reset = 0x40;

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

constexpr unsigned msix_bar = 1, register_bar = 4;
constexpr std::uint64_t common_block = 0x0000, isr_block = 0x1000, device_block = 0x2000,
                        notify_block = 0x3000, register_bytes = 0x4000;
constexpr std::uint64_t pending_offset = 0x800;
constexpr unsigned notify_multiplier = 4;

// Structure types. [virtio-1.2 §4.1.4]
constexpr std::uint8_t cap_common = 1, cap_notify = 2, cap_isr = 3, cap_device = 4, cap_pci_cfg = 5;
constexpr std::uint8_t pci_cap_vendor = 0x09, pci_cap_msix = 0x11;

constexpr std::uint8_t isr_queue = 1, isr_config = 2;
constexpr std::uint16_t no_vector = 0xFFFF;

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

}  // namespace

VirtioPci::VirtioPci(std::string name, machine::Surroundings& board, Address address, std::uint16_t virtio_id,
                     std::uint32_t pci_class, std::uint64_t features, unsigned queues, unsigned config_bytes)
    : PciFunction(std::move(name), board, address),
      device_features_(features | virtio_feature::version_1),
      config_bytes_(config_bytes),
      queues_(queues),
      msix_(queues + 1) {
    using namespace pci_config;
    set_initial(vendor, 2, 0x1AF4);
    set_initial(device, 2, 0x1040u + virtio_id);
    set_initial(revision, 1, 1);
    set_initial(class_code, 3, pci_class);
    set_initial(subsystem_vendor, 4, 0x1100'1AF4);
    set_initial(pci_config::interrupt_line, 1, interrupt_line);
    set_initial(interrupt_pin, 1, 1);
    set_writable(command, 2, command_memory | command_master | command_no_intx);
    set_writable(pci_config::interrupt_line, 1, 0xFF);
    add_memory_bar(msix_bar, 0x1000, false);
    add_memory_bar(register_bar, register_bytes, true);

    std::vector<std::uint8_t> msix{static_cast<std::uint8_t>(msix_.vectors() - 1), 0};
    put32(msix, msix_bar);
    put32(msix, static_cast<std::uint32_t>(pending_offset | msix_bar));
    msix_capability_ = add_capability(pci_cap_msix, msix);
    set_writable(msix_capability_ + 2, 2, 0xC000);

    add_capability(pci_cap_vendor, structure(cap_common, common_block, common_bytes));
    add_capability(pci_cap_vendor, structure(cap_isr, isr_block, 1));
    if (config_bytes_ != 0)
        add_capability(pci_cap_vendor, structure(cap_device, device_block, config_bytes_));
    auto notify = structure(cap_notify, notify_block, queues * notify_multiplier);
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
}

void VirtioPci::reset() {
    PciFunction::reset();
    msix_.reset();
    reset_device();
}

// What writing 0 to the status does. PCI configuration and MSI-X stay.
void VirtioPci::reset_device() {
    device_feature_select_ = driver_feature_select_ = 0;
    driver_features_ = 0;
    config_vector_ = no_vector;
    status_ = 0;
    queue_select_ = 0;
    interrupt_status_ = 0;
    failed_.clear();
    for (Virtqueue& queue : queues_) queue.reset();
    on_device_reset();
}

void VirtioPci::check_loaded() const {
    for (Virtqueue const& queue : queues_)
        if (queue.enabled && queue.objection()) throw machine::StateError(name() + ": impossible queue");
}

// --- What the kind of device uses ---

bool VirtioPci::running() const {
    return (status_ & status_driver_ok) && (status_ & status_features_ok) && failed_.empty();
}

void VirtioPci::fail(std::string const& why) {
    if (!failed_.empty()) return;
    failed_ = why;
    status_ |= status_needs_reset;
    board_.report(name(), "the driver broke a rule: " + why + ". The device needs a reset");
    if (status_ & status_driver_ok) {
        ++generation_;
        signal(config_vector_, isr_config);
    }
}

Virtqueue::Taken VirtioPci::take(unsigned index, Virtqueue::Chain& chain) {
    if (!running() || !queues_[index].enabled) return Virtqueue::Taken::nothing;
    if (!bus_master()) {
        board_.report(name(),
                      "bus mastering is off in the command register: the device may not read its queues");
        return Virtqueue::Taken::nothing;
    }
    std::string why;
    auto const taken = queues_[index].take(board_, ring_features(), chain, why);
    if (taken == Virtqueue::Taken::broken) fail(fmt::format("queue {}: {}", index, why));
    return taken;
}

bool VirtioPci::give_back(unsigned index, std::uint16_t head, std::uint32_t written) {
    if (queues_[index].give_back(board_, *this, head, written)) return true;
    fail(fmt::format("queue {}: the used ring {:#x} is not in RAM", index, queues_[index].used));
    return false;
}

void VirtioPci::publish(unsigned index) {
    if (running() && queues_[index].publish(board_, *this, ring_features()))
        signal(queues_[index].vector, isr_queue);
}

void VirtioPci::want_notification(unsigned index, bool wanted) {
    if (running() && queues_[index].enabled && bus_master())
        queues_[index].want_notification(board_, *this, ring_features(), wanted);
}

void VirtioPci::config_changed() {
    ++generation_;
    if (running()) signal(config_vector_, isr_config);
}

void VirtioPci::signal(std::uint16_t vector, std::uint8_t interrupt_bit) {
    if (msix_.enabled()) {
        if (vector != no_vector) msix_.signal(board_, vector);
        return;
    }
    interrupt_status_ |= interrupt_bit;
    update_wire();
}

void VirtioPci::update_wire() {
    bool const on = interrupt_status_ != 0 && !msix_.enabled() &&
                    !(get16(pci_config::command) & pci_config::command_no_intx);
    board_.set_interrupt_wire(interrupt_line, on);
}

// --- Registers ---

std::uint64_t VirtioPci::bar_read(unsigned bar, std::uint64_t offset, unsigned size) {
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
            if (offset != isr_block) return 0;
            value = interrupt_status_;
            interrupt_status_ = 0;  // reading acknowledges [virtio-1.2 §4.1.4.5]
            update_wire();
            return value;
        case device_block:
            for (unsigned i = 0; i < size; ++i) {
                unsigned const at = static_cast<unsigned>(offset - device_block) + i;
                if (at < config_bytes_) value |= std::uint64_t{device_config_byte(at)} << (8 * i);
            }
            return value;
        default:
            return 0;
    }
}

void VirtioPci::bar_write(unsigned bar, std::uint64_t offset, unsigned size, std::uint64_t value) {
    if (bar == msix_bar) {
        if (offset < pending_offset) msix_.write(board_, offset, size, value);
        return;
    }
    switch (offset & ~0xFFFull) {
        case common_block:
            return write_common(static_cast<unsigned>(offset), size, value);
        case notify_block: {
            unsigned const index = static_cast<unsigned>(offset - notify_block) / notify_multiplier;
            if (index >= queues_.size())
                return board_.report(name(), fmt::format("notification of queue {}: there is none", index));
            if (running() && queues_[index].enabled) on_notify(index);
            return;
        }
        case device_block:
            return board_.report(name(), "write to the device configuration, which is read-only");
        default:
            return;
    }
}

Virtqueue* VirtioPci::selected() {
    return queue_select_ < queues_.size() ? &queues_[queue_select_] : nullptr;
}

// The byte at an offset, in the low 8 bits.
std::uint64_t VirtioPci::read_common(unsigned offset) const {
    Virtqueue const* const queue = queue_select_ < queues_.size() ? &queues_[queue_select_] : nullptr;
    auto const field = [&](unsigned start, std::uint64_t value) { return value >> (8 * (offset - start)); };
    if (offset < device_feature) return field(device_feature_select, device_feature_select_);
    if (offset < driver_feature_select)
        return field(device_feature,
                     device_feature_select_ < 2 ? device_features_ >> (32 * device_feature_select_) : 0);
    if (offset < driver_feature) return field(driver_feature_select, driver_feature_select_);
    if (offset < config_msix_vector)
        return field(driver_feature,
                     driver_feature_select_ < 2
                         ? static_cast<std::uint32_t>(driver_features_ >> (32 * driver_feature_select_))
                         : 0);
    if (offset < num_queues) return field(config_msix_vector, config_vector_);
    if (offset < device_status) return field(num_queues, queues_.size());
    if (offset == device_status) return status_;
    if (offset == config_generation) return generation_;
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
    auto const usable_vector = [&] { return half < msix_.vectors() ? half : no_vector; };
    switch (offset) {
        case device_feature_select:
            device_feature_select_ = word;
            return;
        case driver_feature_select:
            driver_feature_select_ = word;
            return;
        case driver_feature:
            if ((status_ & status_features_ok) || driver_feature_select_ > 1) return;
            driver_features_ = driver_feature_select_ == 0
                                   ? (driver_features_ & ~0xFFFF'FFFFull) | word
                                   : (driver_features_ & 0xFFFF'FFFF) | std::uint64_t{word} << 32;
            return;
        case config_msix_vector:
            config_vector_ = usable_vector();
            return;
        case device_status:
            return write_status(static_cast<std::uint8_t>(value));
        case queue_select:
            queue_select_ = half;
            return;
        case queue_size:
            if (queue && !queue->enabled) queue->size = half;
            return;
        case queue_msix_vector:
            if (queue) queue->vector = usable_vector();
            return;
        case queue_enable:
            if (queue && half == 1) enable_queue(true);
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
            if (queue && half == 1 && has(virtio_feature::ring_reset)) queue->reset();
            return;
        default:
            board_.report(name(),
                          fmt::format("write of {} bytes at {:#x} of the common configuration: no such field",
                                      size, offset));
    }
}

void VirtioPci::enable_queue(bool) {
    Virtqueue& queue = *selected();
    if (queue.enabled) return;
    if (!(status_ & status_features_ok))
        return fail(fmt::format("queue {} enabled before FEATURES_OK", queue_select_));
    if (auto const objection = queue.objection())
        return fail(fmt::format("queue {}: {}", queue_select_, *objection));
    queue.enabled = true;
}

void VirtioPci::write_status(std::uint8_t value) {
    if (value == 0) {
        reset_device();
        update_wire();
        return;
    }
    std::uint8_t const before = status_;
    value |= before & status_needs_reset;
    if ((value & status_features_ok) && !(before & status_features_ok)) {
        // Accepted only as a subset, and with the version; else the bit stays
        // clear, which the driver must look at. [virtio-1.2 §3.1.1]
        bool const acceptable = !(driver_features_ & ~device_features_) && has(virtio_feature::version_1);
        if (!acceptable) {
            board_.report(name(), fmt::format("features {:#x} refused; offered are {:#x}", driver_features_,
                                              device_features_));
            value &= static_cast<std::uint8_t>(~status_features_ok);
        }
    }
    status_ = value;
    if ((status_ & status_driver_ok) && !(before & status_driver_ok)) {
        if (!(status_ & status_features_ok)) return fail("DRIVER_OK without FEATURES_OK");
        if (running()) on_driver_ok();
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
    if (touches(pci_config::command, 2)) update_wire();
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

machine::StateNode VirtioPci::describe() const {
    machine::StateNode node = describe_config();
    node.note += failed_.empty() ? "" : ", failed: " + failed_;
    auto& c = node.children;
    c.push_back(bits("status", status_, "how far the driver has come",
                     {{0, "ACKNOWLEDGE: noticed"},
                      {1, "DRIVER: can drive it"},
                      {3, "FEATURES_OK: agreed"},
                      {2, "DRIVER_OK: at work"},
                      {6, "DEVICE_NEEDS_RESET"},
                      {7, "FAILED: given up"}}));
    c.push_back(hex("device features", device_features_, "offered"));
    c.push_back(hex("driver features", driver_features_, "taken"));
    for (std::size_t i = 0; i < queues_.size(); ++i)
        c.push_back(queues_[i].describe(fmt::format("queue {}", i), board_));
    c.push_back(msix_.describe());
    return node;
}

}  // namespace sim::devices
