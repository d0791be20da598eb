// SPDX-License-Identifier: GPL-2.0-or-later
//
// The clock with the calendar, and its battery-backed bytes: an MC146818 at
// ports 0x70 and 0x71, interrupt 8. [mc146818]
//
// The time is the configured base plus virtual time, in UTC, until the guest
// sets it; seconds change at whole seconds of virtual time. Periodic, alarm and
// update interrupts come at their exact moments. "Update in progress" is up for
// the last 244 us of a second. The day of the week follows from the date.
#pragma once

#include <array>
#include <optional>

#include "simulator/machine/device.hpp"

namespace sim::devices {

class Rtc final : public machine::Device, public machine::IoHandler {
public:
    static constexpr std::uint16_t port = 0x70;
    static constexpr unsigned irq = 8;

    // Its memory holds what firmware writes there about so much RAM.
    Rtc(machine::Surroundings& board, std::uint64_t base_seconds, std::uint64_t memory_bytes = 0)
        : Device("rtc0"), board_(board), base_seconds_(base_seconds), memory_bytes_(memory_bytes) {
        reset();
    }
    // The HPET may take interrupt 8 for itself.
    void connect_interrupt(bool connected);

    void reset() override;
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override {
        fields(*this, r);
        if (selected_ >= bytes_.size()) throw machine::StateError("rtc0: impossible register");
    }
    void on_timer(std::uint32_t) override;
    machine::StateNode describe() const override;

    std::uint64_t io_read(unsigned, std::uint64_t offset, unsigned size) override;
    void io_write(unsigned, std::uint64_t offset, unsigned size, std::uint64_t value) override;
    RegisterName register_name(unsigned region, std::uint64_t offset, unsigned size,
                               bool write) const override;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("selected", self.selected_);
        visit("bytes", self.bytes_);
        visit("set_by", self.set_by_);
        visit("flags", self.flags_);
        visit("flags_at_ns", self.flags_at_ns_);
        visit("connected", self.connected_);
    }

private:
    std::uint64_t seconds_at(std::uint64_t ns) const;
    void describe_memory();
    bool stopped() const;
    std::uint8_t time_register(unsigned index) const;
    std::uint8_t read_register(unsigned index);
    void write_register(unsigned index, std::uint8_t value);
    void copy_time_to_bytes();
    void set_time_from_bytes();
    unsigned decoded(unsigned index) const;
    std::uint64_t period_ticks() const;
    bool alarm_matches(std::uint64_t second) const;
    void gather_flags();
    void arm_next();
    void update_wire();

    machine::Surroundings& board_;
    std::uint64_t base_seconds_, memory_bytes_;
    std::uint8_t selected_;
    std::array<std::uint8_t, 128> bytes_;
    std::uint64_t set_by_;  // seconds that the guest moved the clock, modulo 2^64
    std::uint8_t flags_;    // of register C, gathered up to flags_at_ns_
    std::uint64_t flags_at_ns_;
    bool connected_;
};

}  // namespace sim::devices
