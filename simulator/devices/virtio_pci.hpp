// SPDX-License-Identifier: GPL-2.0-or-later
//
// A virtio device on PCI, modern only: capabilities that point to register
// blocks in BAR 4, MSI-X in BAR 1. What kind of device it is, a derived class
// says. [virtio-1.2 §4.1]
//
//   BAR 4  0x0000 common configuration   0x1000 interrupt status
//          0x2000 device configuration   0x3000 notifications, 4 bytes a queue
//   BAR 1  0x0000 MSI-X table            0x0800 pending bits
#pragma once

#include <vector>

#include "simulator/devices/msix.hpp"
#include "simulator/devices/pci.hpp"
#include "simulator/devices/virtqueue.hpp"

namespace sim::devices {

// Feature bits of every device. [virtio-1.2 §6]
namespace virtio_feature {
constexpr std::uint64_t indirect = 1ull << 28, event_index = 1ull << 29, version_1 = 1ull << 32,
                        ring_reset = 1ull << 40;
}

class VirtioPci : public PciFunction {
public:
    static constexpr unsigned interrupt_line = 11;  // where a guest without MSI-X finds it

    std::uint64_t bar_read(unsigned bar, std::uint64_t offset, unsigned size) override;
    void bar_write(unsigned bar, std::uint64_t offset, unsigned size, std::uint64_t value) override;

    void reset() override;
    machine::StateNode describe() const override;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        PciFunction::fields(self, visit);
        visit("device_feature_select", self.device_feature_select_);
        visit("driver_feature_select", self.driver_feature_select_);
        visit("driver_features", self.driver_features_);
        visit("config_vector", self.config_vector_);
        visit("status", self.status_);
        visit("generation", self.generation_);
        visit("queue_select", self.queue_select_);
        visit("interrupt_status", self.interrupt_status_);
        visit("failed", self.failed_);
        for (auto& queue : self.queues_) visit("queue", queue);
        visit("msix", self.msix_);
    }

protected:
    VirtioPci(std::string name, machine::Surroundings&, Address, std::uint16_t virtio_id,
              std::uint32_t pci_class, std::uint64_t features, unsigned queues, unsigned config_bytes);

    // For the kind of device.
    virtual std::uint8_t device_config_byte(unsigned /*offset*/) const { return 0; }
    virtual void on_notify(unsigned /*queue*/) {}
    virtual void on_driver_ok() {}
    virtual void on_device_reset() {}

    // The driver has finished setting up and nothing has gone wrong.
    bool running() const;
    bool has(std::uint64_t feature) const { return (driver_features_ & feature) == feature; }
    Virtqueue& queue(unsigned index) { return queues_[index]; }
    Virtqueue const& queue(unsigned index) const { return queues_[index]; }
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

    // Refuses what an honest device could not have saved.
    void check_loaded() const;

private:
    std::uint64_t read_common(unsigned offset) const;
    void write_common(unsigned offset, unsigned size, std::uint64_t value);
    void write_status(std::uint8_t value);
    void reset_device();
    void enable_queue(bool on);
    void signal(std::uint16_t vector, std::uint8_t interrupt_bit);
    void update_wire();
    void config_written(unsigned offset, unsigned size) override;
    void config_about_to_be_read(unsigned offset, unsigned size) override;
    Virtqueue* selected();

    std::uint64_t const device_features_;
    unsigned const config_bytes_;
    unsigned msix_capability_ = 0, window_capability_ = 0;

    std::uint32_t device_feature_select_ = 0, driver_feature_select_ = 0;
    std::uint64_t driver_features_ = 0;
    std::uint16_t config_vector_ = 0xFFFF;
    std::uint8_t status_ = 0, generation_ = 0;
    std::uint16_t queue_select_ = 0;
    std::uint8_t interrupt_status_ = 0;
    std::string failed_;  // why, until the reset
    std::vector<Virtqueue> queues_;
    MsixTable msix_;
};

}  // namespace sim::devices
