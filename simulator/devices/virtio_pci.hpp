// SPDX-License-Identifier: GPL-2.0-or-later
//
// A virtio device on PCI: capabilities that point to register blocks in BAR 4,
// MSI-X in BAR 1. [virtio-1.2 §4.1] A transitional one has the registers from
// before version 1, too, in ports behind BAR 0. [virtio-1.2 §4.1.4.10]
//
//   BAR 4  0x0000 common configuration   0x1000 interrupt status
//          0x2000 device configuration   0x3000 notifications, 4 bytes a queue
//   BAR 1  0x0000 MSI-X table            0x0800 pending bits
//   BAR 0  the old registers: features, queue address, size, select, notify,
//          status, interrupt status, vectors if MSI-X is on, device configuration
#pragma once

#include <vector>

#include "simulator/devices/msix.hpp"
#include "simulator/devices/pci.hpp"
#include "simulator/devices/virtio_device.hpp"

namespace sim::devices {

class VirtioPci final : public PciFunction, public VirtioTransport {
public:
    // Called "net0.pci" for a device "net0", which must live as long.
    VirtioPci(machine::Surroundings&, VirtioDevice&, Address, bool transitional = false);

    std::uint64_t bar_read(unsigned bar, std::uint64_t offset, unsigned size) override;
    void bar_write(unsigned bar, std::uint64_t offset, unsigned size, std::uint64_t value) override;
    std::string bar_register_name(unsigned bar, std::uint64_t offset) const override;
    bool interrupt_pending() const override { return interrupt_status_ != 0 && !msix_.enabled(); }

    void queue_interrupt(unsigned queue) override;
    void config_interrupt() override;
    bool may_use_memory() const override { return bus_master(); }

    void reset() override;
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override { fields(*this, r); }
    machine::StateNode describe() const override;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        PciFunction::fields(self, visit);
        visit("device_feature_select", self.device_feature_select_);
        visit("driver_feature_select", self.driver_feature_select_);
        visit("config_vector", self.config_vector_);
        visit("queue_select", self.queue_select_);
        visit("interrupt_status", self.interrupt_status_);
        visit("msix", self.msix_);
    }

private:
    static constexpr std::uint16_t no_vector = 0xFFFF;

    std::uint64_t read_common(unsigned offset) const;
    void write_common(unsigned offset, unsigned size, std::uint64_t value);
    std::uint64_t read_legacy(unsigned offset, unsigned size);
    void write_legacy(unsigned offset, unsigned size, std::uint64_t value);
    void master_for_old_driver(std::uint64_t status);
    static std::string legacy_register_name(std::uint64_t offset);
    std::uint64_t read_device_config(std::uint64_t offset, unsigned size) const;
    void write_device_config(std::uint64_t offset, unsigned size, std::uint64_t value);
    std::uint8_t take_interrupt_status();
    void write_status(std::uint8_t value, bool legacy);
    void signal(std::uint16_t vector, std::uint8_t interrupt_bit);
    void config_written(unsigned offset, unsigned size) override;
    void config_about_to_be_read(unsigned offset, unsigned size) override;
    Virtqueue* selected();
    std::uint16_t usable_vector(std::uint16_t vector) const;

    VirtioDevice& device_;
    unsigned msix_capability_ = 0, window_capability_ = 0;

    std::uint32_t device_feature_select_ = 0, driver_feature_select_ = 0;
    std::uint16_t config_vector_ = no_vector;
    std::uint16_t queue_select_ = 0;
    std::uint8_t interrupt_status_ = 0;
    MsixTable msix_;
};

}  // namespace sim::devices
