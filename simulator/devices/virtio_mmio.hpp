// SPDX-License-Identifier: GPL-2.0-or-later
//
// A virtio device outside PCI: one block of registers in memory and one
// interrupt wire. [virtio-1.2 §4.2] Version 2, or the legacy version 1, whose
// queues are given by page number.
//
// A guest does not find it by itself: the board puts it into the DSDT
// ("LNRO0005"), and a Linux without ACPI is told by its command line:
// virtio_mmio.device=512@0xfeb00000:5
#pragma once

#include "simulator/devices/virtio_device.hpp"

namespace sim::devices {

class VirtioMmio final : public machine::Device, public machine::IoHandler, public VirtioTransport {
public:
    static constexpr std::uint64_t window = 0x200;

    // Called "net0.mmio" for a device "net0", which must live as long.
    VirtioMmio(machine::Surroundings&, VirtioDevice&, unsigned irq, bool legacy = false);

    void reset() override;
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override;
    machine::StateNode describe() const override;

    std::uint64_t io_read(unsigned, std::uint64_t offset, unsigned size) override;
    void io_write(unsigned, std::uint64_t offset, unsigned size, std::uint64_t value) override;
    RegisterName register_name(unsigned region, std::uint64_t offset, unsigned size,
                               bool write) const override;

    void queue_interrupt(unsigned) override { raise(1); }
    void config_interrupt() override { raise(2); }

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("device_feature_select", self.device_feature_select_);
        visit("driver_feature_select", self.driver_feature_select_);
        visit("queue_select", self.queue_select_);
        visit("interrupt_status", self.interrupt_status_);
        visit("guest_page", self.guest_page_);
        visit("queue_align", self.queue_align_);
    }

private:
    std::uint32_t read_register(unsigned offset);
    void write_register(unsigned offset, std::uint32_t value);
    void write_legacy(unsigned offset, std::uint32_t value);
    void write_status(std::uint32_t value);
    void raise(std::uint32_t bit);
    Virtqueue* selected();

    machine::Surroundings& board_;
    VirtioDevice& device_;
    unsigned const irq_;
    bool const legacy_;
    std::uint32_t device_feature_select_ = 0, driver_feature_select_ = 0;
    std::uint32_t queue_select_ = 0;
    std::uint32_t interrupt_status_ = 0;  // bit 0: a queue, bit 1: configuration
    std::uint32_t guest_page_ = 0;        // legacy: bytes of what QueuePFN counts
    std::uint32_t queue_align_ = 0;       // legacy: of the used ring
};

}  // namespace sim::devices
