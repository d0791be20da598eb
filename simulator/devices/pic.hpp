// SPDX-License-Identifier: GPL-2.0-or-later
//
// The old pair of 8259A interrupt controllers, the second on input 2 of the
// first. Our kernel only masks them; others use them until they find the APIC.
// [8259a] All of ICW1 to 4 and OCW1 to 3 but the 8080 mode; whether an input is
// an edge or a level, ports 0x4D0 and 0x4D1 say (ELCR), not ICW1. [ich9 §13.5]
//
// An edge stays requested until it is taken, also when the wire falls again. A
// level that falls before it is taken is a spurious interrupt: input 7 of its
// controller, with no bit in service.
#pragma once

#include <array>
#include <functional>

#include "simulator/devices/local_apic.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::devices {

class Pic final : public machine::Device,
                  public machine::IoHandler,
                  public machine::InterruptInputs,
                  public ExternalInterrupts {
public:
    static constexpr std::uint16_t master_port = 0x20, slave_port = 0xA0, edge_port = 0x4D0;

    Pic() : Device("pic0") { reset(); }
    // Told whenever output() may have changed.
    void on_change(std::function<void()> told) { changed_ = std::move(told); }

    void reset() override;
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override;
    machine::StateNode describe() const override;

    // Region 0: master, 1: slave, 2: edge and level registers.
    std::uint64_t io_read(unsigned region, std::uint64_t offset, unsigned size) override;
    void io_write(unsigned region, std::uint64_t offset, unsigned size, std::uint64_t value) override;
    RegisterName register_name(unsigned region, std::uint64_t offset, unsigned size,
                               bool write) const override;

    void set_wire(unsigned gsi, bool level) override;
    bool output() const override { return chips_[0].most_urgent() >= 0; }
    std::uint8_t acknowledge() override;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("chips", self.chips_);
    }

private:
    struct Chip {
        std::uint8_t irr = 0, imr = 0xFF, isr = 0, wires = 0, level = 0;
        std::uint8_t base = 0;    // vector of input 0
        std::uint8_t step = 0;    // of the initialisation: 0 none, else the ICW expected
        std::uint8_t lowest = 7;  // the input of least priority; the next one has most
        bool wants_icw4 = false, alone = false;
        bool auto_eoi = false, rotate_on_auto_eoi = false;
        bool special_mask = false, special_nested = false;
        bool read_isr = false, poll = false;

        int most_urgent() const;
        int in_service() const;
        void end(int input);
        void set(unsigned input, bool on);
        std::uint8_t take(unsigned input);

        template <class Self, class Visitor>
        static void fields(Self& self, Visitor& visit) {
            visit("irr", self.irr);
            visit("imr", self.imr);
            visit("isr", self.isr);
            visit("wires", self.wires);
            visit("level", self.level);
            visit("base", self.base);
            visit("step", self.step);
            visit("lowest", self.lowest);
            visit("wants_icw4", self.wants_icw4);
            visit("alone", self.alone);
            visit("auto_eoi", self.auto_eoi);
            visit("rotate_on_auto_eoi", self.rotate_on_auto_eoi);
            visit("special_mask", self.special_mask);
            visit("special_nested", self.special_nested);
            visit("read_isr", self.read_isr);
            visit("poll", self.poll);
        }
    };

    void command(Chip&, std::uint8_t value);
    void end_of_interrupt(Chip&, std::uint8_t value);
    std::uint8_t polled(Chip&);
    void data(Chip&, std::uint8_t value);
    void cascade();

    std::array<Chip, 2> chips_;
    std::function<void()> changed_;
};

}  // namespace sim::devices
