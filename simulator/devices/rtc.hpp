// SPDX-License-Identifier: GPL-2.0-or-later
//
// The clock with the calendar, and its battery-backed bytes: an MC146818 at
// ports 0x70 and 0x71. The time is the configured base plus virtual time, in
// UTC; setting it, alarms and its interrupts are not there. [mc146818]
#pragma once

#include <array>

#include "simulator/machine/device.hpp"

namespace sim::devices {

class Rtc final : public machine::Device, public machine::IoHandler {
public:
    static constexpr std::uint16_t port = 0x70;

    Rtc(machine::Surroundings& board, std::uint64_t base_seconds)
        : Device("rtc0"), board_(board), base_seconds_(base_seconds) {
        reset();
    }

    void reset() override;
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override {
        fields(*this, r);
        if (selected_ >= bytes_.size()) throw machine::StateError("rtc0: impossible register");
    }
    machine::StateNode describe() const override;

    std::uint64_t io_read(unsigned, std::uint64_t offset, unsigned size) override;
    void io_write(unsigned, std::uint64_t offset, unsigned size, std::uint64_t value) override;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("selected", self.selected_);
        visit("bytes", self.bytes_);
    }

private:
    std::uint8_t read_register(unsigned index) const;

    machine::Surroundings& board_;
    std::uint64_t base_seconds_;
    std::uint8_t selected_;
    std::array<std::uint8_t, 128> bytes_;
};

}  // namespace sim::devices
