// SPDX-License-Identifier: GPL-2.0-or-later
//
// The old pair of 8259A interrupt controllers. Our kernel only masks them;
// others use them until they find the APIC. [8259a]
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
        std::uint8_t base = 0;  // vector of input 0
        std::uint8_t step = 0;  // of the initialisation: 0 none, else the ICW expected
        bool wants_icw4 = false, auto_eoi = false, read_isr = false;

        int most_urgent() const;
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
            visit("wants_icw4", self.wants_icw4);
            visit("auto_eoi", self.auto_eoi);
            visit("read_isr", self.read_isr);
        }
    };

    void command(Chip&, std::uint8_t value);
    void data(Chip&, std::uint8_t value);
    void cascade();

    std::array<Chip, 2> chips_;
    std::function<void()> changed_;
};

}  // namespace sim::devices
