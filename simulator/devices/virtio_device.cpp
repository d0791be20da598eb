// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/virtio_device.hpp"

#include <algorithm>

#include "simulator/devices/describe.hpp"
#include "simulator/devices/fault.hpp"

namespace sim::devices {
namespace {

// [virtio-1.2 §2.1]
constexpr std::uint8_t status_driver_ok = 4, status_features_ok = 8, status_needs_reset = 0x40;

}  // namespace

VirtioDevice::VirtioDevice(std::string name, machine::Surroundings& board, unsigned kind,
                           std::uint64_t features, unsigned queues, unsigned config_bytes)
    : Device(std::move(name)),
      board_(board),
      kind_(kind),
      offered_(features | virtio_feature::version_1),
      config_bytes_(config_bytes),
      queues_(queues) {}

void VirtioDevice::reset() {
    generation_ = 0;
    lose_interrupts_ = 0;
    reset_device();
}

// What writing 0 to the status does. What the transport holds stays.
void VirtioDevice::reset_device() {
    driver_features_ = 0;
    status_ = 0;
    legacy_ = false;
    failed_.clear();
    for (Virtqueue& queue : queues_) queue.reset();
    on_device_reset();
}

void VirtioDevice::check_loaded() const {
    for (Virtqueue const& queue : queues_)
        if (queue.enabled && queue.objection()) throw machine::StateError(name() + ": impossible queue");
}

// --- What a transport passes on ---

void VirtioDevice::set_driver_features(unsigned half, std::uint32_t bits) {
    if ((status_ & status_features_ok) || half > 1) return;
    driver_features_ = half == 0 ? (driver_features_ & ~0xFFFF'FFFFull) | bits
                                 : (driver_features_ & 0xFFFF'FFFF) | std::uint64_t{bits} << 32;
}

void VirtioDevice::write_status(std::uint8_t value, bool legacy) {
    if (value == 0) return reset_device();
    legacy_ = legacy;
    std::uint8_t const before = status_;
    value |= before & status_needs_reset;
    if (legacy_) {
        // Nobody could refuse features then; what was not offered is dropped.
        driver_features_ &= (offered_ | virtio_feature::any_layout) & 0xFFFF'FFFF;
    } else if ((value & status_features_ok) && !(before & status_features_ok)) {
        // Accepted only as a subset, and with the version; else the bit stays
        // clear, which the driver must look at. [virtio-1.2 §3.1.1]
        bool const acceptable = !(driver_features_ & ~offered_) && has(virtio_feature::version_1);
        if (!acceptable) {
            board_.report(
                name(), fmt::format("features {:#x} refused; offered are {:#x}", driver_features_, offered_));
            value &= static_cast<std::uint8_t>(~status_features_ok);
        }
    }
    status_ = value;
    if ((status_ & status_driver_ok) && !(before & status_driver_ok)) {
        if (!legacy_ && !(status_ & status_features_ok)) return fail("DRIVER_OK without FEATURES_OK");
        if (running()) on_driver_ok();
    }
}

void VirtioDevice::enable_queue(unsigned index) {
    Virtqueue& queue = queues_[index];
    if (queue.enabled) return;
    if (!(status_ & status_features_ok))
        return fail(fmt::format("queue {} enabled before FEATURES_OK", index));
    if (auto const objection = queue.objection()) return fail(fmt::format("queue {}: {}", index, *objection));
    queue.enabled = true;
}

// One piece of memory: descriptors, available ring, and the used ring at the
// next multiple of `align`. [virtio-1.2 §2.7.2]
void VirtioDevice::place_legacy_queue(unsigned index, std::uint64_t address, std::uint32_t align) {
    if (address == 0) return reset_queue(index);
    Virtqueue placed;
    placed.size = queues_[index].size;
    placed.vector = queues_[index].vector;
    placed.descriptors = address;
    placed.available = address + 16u * placed.size;
    std::uint64_t const end = placed.available + 6 + 2u * placed.size;
    placed.used = (end + align - 1) / align * align;
    reset_queue(index);
    if (auto const objection = placed.objection())
        return fail(fmt::format("queue {}: {}", index, *objection));
    placed.enabled = true;
    queues_[index] = placed;
}

void VirtioDevice::reset_queue(unsigned index) {
    queues_[index].reset();
    on_queue_reset(index);
}

void VirtioDevice::notify(unsigned index) {
    if (index >= queues_.size())
        return board_.report(name(), fmt::format("notification of queue {}: there is none", index));
    if (running() && queues_[index].enabled) on_notify(index);
}

void VirtioDevice::write_config_byte(unsigned, std::uint8_t) {
    board_.report(name(), "write to the device configuration, which is read-only");
}

void VirtioDevice::on_input(machine::InputKind kind, std::span<std::uint8_t const> bytes) {
    if (kind != machine::InputKind::device_fault) return;
    auto const words = fault_words(bytes);
    auto const number = words.size() == 3 ? fault_number(words[2]) : std::nullopt;
    if (words.size() == 3 && words[0] == "interrupt" && words[1] == "lose" && number)
        lose_interrupts_ = *number;
    else if (words.size() == 3 && words[0] == "interrupt" && words[1] == "spurious" && number &&
             *number < queues_.size())
        transport_->queue_interrupt(*number);
    else if (!on_fault(words))
        board_.report(name(), fmt::format("the fault \"{}\" is not understood; ignored", fault_text(words)));
}

// --- What the kind of device uses ---

bool VirtioDevice::running() const {
    return (status_ & status_driver_ok) && (legacy_ || (status_ & status_features_ok)) && failed_.empty();
}

void VirtioDevice::fail(std::string const& why) {
    if (!failed_.empty()) return;
    failed_ = why;
    status_ |= status_needs_reset;
    board_.report(name(), "the driver broke a rule: " + why + ". The device needs a reset");
    if (status_ & status_driver_ok) {
        ++generation_;
        transport_->config_interrupt();
    }
}

Virtqueue::Taken VirtioDevice::take(unsigned index, Virtqueue::Chain& chain) {
    if (!running() || !queues_[index].enabled) return Virtqueue::Taken::nothing;
    if (!transport_->may_use_memory()) {
        board_.report(name(),
                      "bus mastering is off in the command register: the device may not read its queues");
        return Virtqueue::Taken::nothing;
    }
    std::string why;
    auto const taken = queues_[index].take(board_, ring_features(), chain, why);
    if (taken == Virtqueue::Taken::broken) fail(fmt::format("queue {}: {}", index, why));
    return taken;
}

bool VirtioDevice::give_back(unsigned index, std::uint16_t head, std::uint32_t written) {
    if (!queues_[index].enabled) return false;
    if (queues_[index].give_back(board_, *this, head, written)) return true;
    fail(fmt::format("queue {}: the used ring {:#x} is not in RAM", index, queues_[index].used));
    return false;
}

void VirtioDevice::publish(unsigned index) {
    if (!running() || !queues_[index].enabled || !queues_[index].publish(board_, *this, ring_features()))
        return;
    if (lose_interrupts_ != 0) {
        --lose_interrupts_;
        return;
    }
    transport_->queue_interrupt(index);
}

void VirtioDevice::want_notification(unsigned index, bool wanted) {
    if (running() && queues_[index].enabled && transport_->may_use_memory())
        queues_[index].want_notification(board_, *this, ring_features(), wanted);
}

void VirtioDevice::config_changed() {
    ++generation_;
    if (running()) transport_->config_interrupt();
}

bool VirtioDevice::gather(Virtqueue::Chain const& chain, std::uint64_t offset, std::span<std::uint8_t> into) {
    for (Virtqueue::Buffer const& buffer : chain.readable) {
        if (into.empty()) break;
        if (offset >= buffer.length) {
            offset -= buffer.length;
            continue;
        }
        auto const part = into.first(std::min<std::size_t>(buffer.length - offset, into.size()));
        if (!board_.read_memory(buffer.address + offset, part)) {
            fail(fmt::format("the buffer {:#x} is not in RAM", buffer.address));
            return false;
        }
        into = into.subspan(part.size());
        offset = 0;
    }
    return true;
}

bool VirtioDevice::scatter(Virtqueue::Chain const& chain, std::uint64_t offset,
                           std::span<std::uint8_t const> bytes) {
    for (Virtqueue::Buffer const& buffer : chain.writable) {
        if (bytes.empty()) break;
        if (offset >= buffer.length) {
            offset -= buffer.length;
            continue;
        }
        auto const part = bytes.first(std::min<std::size_t>(buffer.length - offset, bytes.size()));
        if (!board_.write_memory(*this, buffer.address + offset, part)) {
            fail(fmt::format("the buffer {:#x} is not in RAM", buffer.address));
            return false;
        }
        bytes = bytes.subspan(part.size());
        offset = 0;
    }
    return true;
}

machine::StateNode VirtioDevice::describe() const {
    machine::StateNode node{name(), "", "virtio device", {}};
    if (!failed_.empty()) node.note += ", failed: " + failed_;
    auto& c = node.children;
    c.push_back(bits("status", status_, "how far the driver has come",
                     {{0, "ACKNOWLEDGE: noticed"},
                      {1, "DRIVER: can drive it"},
                      {3, "FEATURES_OK: agreed"},
                      {2, "DRIVER_OK: at work"},
                      {6, "DEVICE_NEEDS_RESET"},
                      {7, "FAILED: given up"}}));
    c.push_back(hex("device features", offered_, "offered"));
    c.push_back(hex("driver features", driver_features_, legacy_ ? "taken, by the old interface" : "taken"));
    for (std::size_t i = 0; i < queues_.size(); ++i)
        c.push_back(queues_[i].describe(fmt::format("queue {}", i), board_));
    return node;
}

}  // namespace sim::devices
