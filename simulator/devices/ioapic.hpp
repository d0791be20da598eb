// SPDX-License-Identifier: GPL-2.0-or-later
//
// The IOAPIC: 24 interrupt wires, each with an entry that says which vector of
// which processor it becomes. [82093aa §3]
#pragma once

#include <array>

#include "simulator/machine/machine.hpp"

namespace sim::devices {

class Ioapic final : public machine::Device, public machine::IoHandler, public machine::InterruptInputs {
public:
    static constexpr std::uint64_t base_address = 0xFEC0'0000;
    static constexpr std::uint64_t window = 0x1000;
    static constexpr unsigned pins = 24;
    // The PIT's ISA IRQ 0 is wired to pin 2, as on every PC; the MADT says so.
    static constexpr unsigned timer_pin = 2;

    explicit Ioapic(machine::Surroundings& board) : Device("ioapic0"), board_(board) { reset(); }

    void reset() override;
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override { fields(*this, r); }
    machine::StateNode describe() const override;

    std::uint64_t io_read(unsigned, std::uint64_t offset, unsigned size) override;
    void io_write(unsigned, std::uint64_t offset, unsigned size, std::uint64_t value) override;
    RegisterName register_name(unsigned region, std::uint64_t offset, unsigned size,
                               bool write) const override;

    void set_wire(unsigned gsi, bool level) override;
    // A processor finished a level-triggered vector: wires still high ask again.
    void end_of_interrupt(std::uint8_t vector);

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("id", self.id_);
        visit("selected", self.selected_);
        visit("entries", self.entries_);
        visit("wires", self.wires_);
    }

private:
    std::uint32_t read_register() const;
    void write_register(std::uint32_t value);
    void serve(unsigned pin);

    machine::Surroundings& board_;
    std::uint32_t id_;
    std::uint8_t selected_;
    std::array<std::uint64_t, pins> entries_;
    std::uint32_t wires_;  // levels, one bit a pin
};

}  // namespace sim::devices
