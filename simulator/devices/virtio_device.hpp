// SPDX-License-Identifier: GPL-2.0-or-later
//
// A virtio device without its transport: features, status and queues, which are
// the same however the driver reaches them. [virtio-1.2 §2, §3] A derived class
// says what kind of device it is; a VirtioTransport (virtio_pci.hpp,
// virtio_mmio.hpp) shows it to the driver.
//
// Faults. An input of kind `device_fault` is a line of text (ASCII, words separated by
// spaces) that takes effect at its recorded moment and is part of the device's
// state from then on. Every device understands
//
//     interrupt lose N      the next N interrupts of its queues do not happen
//     interrupt spurious Q  queue Q interrupts now, with nothing given back
//
// and hands any other line to its kind (virtio_blk.hpp). A line that nobody
// understands is reported and changes nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "simulator/devices/virtqueue.hpp"

namespace sim::devices {

// Feature bits of every device. [virtio-1.2 §6]
namespace virtio_feature {
constexpr std::uint64_t any_layout = 1ull << 27, indirect = 1ull << 28, event_index = 1ull << 29,
                        version_1 = 1ull << 32, ring_reset = 1ull << 40;
}

// The way between one device and its driver.
class VirtioTransport {
public:
    virtual ~VirtioTransport() = default;
    virtual void queue_interrupt(unsigned queue) = 0;
    virtual void config_interrupt() = 0;
    // False: bus mastering is off, the device may not touch memory.
    virtual bool may_use_memory() const { return true; }
};

class VirtioDevice : public machine::Device {
public:
    void attach(VirtioTransport& transport) { transport_ = &transport; }

    // --- What a transport shows ---
    // What kind it is. [virtio-1.2 §5]
    unsigned kind() const { return kind_; }
    unsigned config_bytes() const { return config_bytes_; }
    unsigned queues() const { return static_cast<unsigned>(queues_.size()); }
    std::uint64_t offered() const { return offered_; }
    std::uint64_t driver_features() const { return driver_features_; }
    std::uint8_t status() const { return status_; }
    std::uint8_t generation() const { return generation_; }
    Virtqueue& queue(unsigned index) { return queues_[index]; }
    Virtqueue const& queue(unsigned index) const { return queues_[index]; }
    // The driver uses the interface from before version 1.
    bool legacy() const { return legacy_; }

    // --- What a transport passes on ---
    // One half of the feature bits; ignored once they are settled.
    void set_driver_features(unsigned half, std::uint32_t bits);
    void write_status(std::uint8_t value, bool legacy = false);
    void enable_queue(unsigned index);
    // The same by one address, as before version 1. Address 0 takes the queue away;
    // another one than before is a new queue.
    void place_legacy_queue(unsigned index, std::uint64_t address, std::uint32_t align);
    void reset_queue(unsigned index);
    void notify(unsigned index);
    // A byte of the device's configuration structure.
    virtual std::uint8_t config_byte(unsigned /*offset*/) const { return 0; }
    virtual void write_config_byte(unsigned offset, std::uint8_t value);

    void reset() override;
    void on_input(machine::InputKind, std::span<std::uint8_t const>) override;
    machine::StateNode describe() const override;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("driver_features", self.driver_features_);
        visit("status", self.status_);
        visit("generation", self.generation_);
        visit("legacy", self.legacy_);
        visit("failed", self.failed_);
        visit("lose_interrupts", self.lose_interrupts_);
        for (auto& queue : self.queues_) visit("queue", queue);
    }

protected:
    VirtioDevice(std::string name, machine::Surroundings&, unsigned kind, std::uint64_t features,
                 unsigned queues, unsigned config_bytes);

    // For the kind of device.
    virtual void on_notify(unsigned /*queue*/) {}
    virtual void on_driver_ok() {}
    virtual void on_device_reset() {}
    // The queue is the driver's again: what was taken from it must not be touched.
    virtual void on_queue_reset(unsigned /*queue*/) {}
    // False: no fault of this kind of device.
    virtual bool on_fault(std::vector<std::string> const& /*words*/) { return false; }

    // The driver has finished setting up and nothing has gone wrong.
    bool running() const;
    bool has(std::uint64_t feature) const { return (driver_features_ & feature) == feature; }
    Virtqueue::Features ring_features() const {
        return {has(virtio_feature::indirect), has(virtio_feature::event_index)};
    }
    Virtqueue::Taken take(unsigned queue, Virtqueue::Chain&);
    bool give_back(unsigned queue, std::uint16_t head, std::uint32_t written);
    // Shows the driver what was given back, and interrupts it if it wants.
    void publish(unsigned queue);
    void want_notification(unsigned queue, bool wanted);
    void config_changed();
    // The driver broke a rule: DEVICE_NEEDS_RESET, one report, and silence until
    // the reset. [virtio-1.2 §2.1.2]
    void fail(std::string const& why);
    // The chain's readable buffers as one row of bytes: a piece of it from
    // `offset` on, which must exist. False: not in RAM, and fail() was called.
    bool gather(Virtqueue::Chain const&, std::uint64_t offset, std::span<std::uint8_t> into);
    // The same way into the writable buffers.
    bool scatter(Virtqueue::Chain const&, std::uint64_t offset, std::span<std::uint8_t const> bytes);

    // Refuses what an honest device could not have saved.
    void check_loaded() const;

    machine::Surroundings& board_;

private:
    void reset_device();

    VirtioTransport* transport_ = nullptr;
    unsigned const kind_;
    std::uint64_t const offered_;
    unsigned const config_bytes_;

    std::uint64_t driver_features_ = 0;
    std::uint8_t status_ = 0, generation_ = 0;
    bool legacy_ = false;
    std::string failed_;  // why, until the reset
    std::uint32_t lose_interrupts_ = 0;
    std::vector<Virtqueue> queues_;
};

}  // namespace sim::devices
