// SPDX-License-Identifier: GPL-2.0-or-later
//
// The bridge to the ISA devices, an ICH9's function 00:1f.0 as far as others
// look at it: where the PIRQ wires of PCI lead, and where the power management
// ports lie. [ich9 §13.1]
//
// Each PIRQ always leads to an IOAPIC pin of its own, A to H on 16 to 23, and,
// if its routing register says so, to an ISA interrupt for the old controllers,
// too. The registers start as firmware leaves them: A, B, E, F on 10, the others on 11.
#pragma once

#include "simulator/devices/pci.hpp"

namespace sim::devices {

class LpcBridge final : public PciFunction, public PirqInputs {
public:
    static constexpr unsigned first_gsi = 16;  // of PIRQ A

    // Where the ISA side of a PIRQ leads after reset.
    static constexpr unsigned first_isa_irq(unsigned pirq) { return pirq & 2 ? 11 : 10; }

    explicit LpcBridge(machine::Surroundings& board);

    void reset() override;
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override { fields(*this, r); }
    machine::StateNode describe() const override;

    void set_pirqs(std::uint8_t levels) override;
    // The ISA interrupt that a PIRQ is routed to; 0: none.
    unsigned isa_irq(unsigned pirq) const;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        PciFunction::fields(self, visit);
        visit("pirqs", self.pirqs_);
        visit("isa_driven", self.isa_driven_);
    }

private:
    void config_written(unsigned offset, unsigned size) override;
    void drive();

    std::uint8_t pirqs_ = 0;
    std::uint16_t isa_driven_ = 0;  // ISA interrupts that this bridge holds high
};

}  // namespace sim::devices
