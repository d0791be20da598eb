// SPDX-License-Identifier: GPL-2.0-or-later
//
// The small ports by which a PC is reset or has been: the chipset's reset
// register 0xCF9 [ich9 §13.7.5], the "fast" A20 and reset port 0x92, and the
// diagnostic port 0x80. (And the keyboard controller, a device of its own.)
//
// There is no A20 gate: bit 1 of port 0x92 is kept, and means nothing.
//
// A reset ends the run: this machine has no firmware that could start it again.
// Its exit status is reset_status, so that it is not taken for a power-off.
#pragma once

#include "simulator/machine/device.hpp"

namespace sim::devices {

class ResetControl final : public machine::Device, public machine::IoHandler {
public:
    static constexpr std::uint16_t chipset_port = 0xCF9, fast_port = 0x92, diagnostic_port = 0x80;
    static constexpr std::uint8_t full_reset = 0x06;  // to chipset_port: SYS_RST and RST_CPU
    static constexpr std::uint32_t reset_status = 103;

    enum Region : unsigned { chipset, fast, diagnostic };

    explicit ResetControl(machine::Surroundings& board) : Device("reset0"), board_(board) { reset(); }

    // The run ends here. `by`: what the guest did it with, for the report.
    void reset_machine(char const* by);

    void reset() override {
        chipset_ = 0;
        fast_ = 2;
        diagnostic_ = 0;
    }
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override { fields(*this, r); }
    machine::StateNode describe() const override;

    std::uint64_t io_read(unsigned region, std::uint64_t offset, unsigned size) override;
    void io_write(unsigned region, std::uint64_t offset, unsigned size, std::uint64_t value) override;
    RegisterName register_name(unsigned region, std::uint64_t offset, unsigned size,
                               bool write) const override;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("chipset", self.chipset_);
        visit("fast", self.fast_);
        visit("diagnostic", self.diagnostic_);
    }

private:
    machine::Surroundings& board_;
    std::uint8_t chipset_, fast_, diagnostic_;
};

}  // namespace sim::devices
