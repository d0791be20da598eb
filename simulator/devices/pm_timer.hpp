// SPDX-License-Identifier: GPL-2.0-or-later
//
// The ACPI power management registers that the FADT names: the timer, a free
// counter of 24 bits at 3.579545 MHz [acpi-6.5 §4.8.3.3], and the fixed event
// and control registers beside it, of which SLP_EN with type 0 turns the
// machine off, ending the run with status 0 [acpi-6.5 §4.8.3.2].
//
// The one event is the timer's: TMR_STS when its highest bit changes, with the
// system control interrupt (SCI, interrupt 9, a level) if TMR_EN is set.
#pragma once

#include "simulator/machine/device.hpp"

namespace sim::devices {

class PmTimer final : public machine::Device, public machine::IoHandler {
public:
    static constexpr std::uint16_t base_port = 0x600;
    static constexpr std::uint16_t event_port = base_port;        // PM1 status and enable, 4 bytes
    static constexpr std::uint16_t control_port = base_port + 4;  // PM1 control, 2 bytes
    static constexpr std::uint16_t timer_port = base_port + 8;    // 4 bytes
    static constexpr std::uint16_t ports = 12;
    static constexpr std::uint64_t frequency_hz = 3'579'545;
    static constexpr unsigned sci_irq = 9;
    static constexpr unsigned sleep_type_off = 0;  // what the DSDT's \_S5 package says, and QEMU's

    explicit PmTimer(machine::Surroundings& board) : Device("pm0"), board_(board) { reset(); }

    void reset() override {
        enable_ = 0;
        control_ = sci_enabled;
        status_ = 0;
        changes_seen_ = 0;
    }
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override { fields(*this, r); }
    void on_timer(std::uint32_t) override { update(); }
    machine::StateNode describe() const override;

    std::uint64_t io_read(unsigned, std::uint64_t offset, unsigned size) override;
    void io_write(unsigned, std::uint64_t offset, unsigned size, std::uint64_t value) override;
    RegisterName register_name(unsigned region, std::uint64_t offset, unsigned size,
                               bool write) const override;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("enable", self.enable_);
        visit("control", self.control_);
        visit("status", self.status_);
        visit("changes_seen", self.changes_seen_);
    }

private:
    static constexpr std::uint16_t sci_enabled = 1;  // the machine is in ACPI mode from the start
    std::uint64_t ticks() const;
    std::uint8_t byte_at(std::uint64_t offset) const;
    void write_byte(std::uint64_t offset, std::uint8_t value);
    void update();

    machine::Surroundings& board_;
    std::uint16_t enable_ = 0, control_ = 0, status_ = 0;
    std::uint64_t changes_seen_ = 0;  // of the highest bit, since the start
};

}  // namespace sim::devices
