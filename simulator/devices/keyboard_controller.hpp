// SPDX-License-Identifier: GPL-2.0-or-later
//
// The keyboard controller, an 8042 [ps2 "Keyboard and Auxiliary Device Controller"], with a keyboard on its
// first port whose keys nobody presses, and nothing on a second one. Kernels look for it to test it, to set
// the A20 gate, to pulse the reset line and to wait, some without an end, until its input buffer is empty: an
// absent one hangs them.
//
// Every byte is answered at once. While there is something to read, interrupt 1 is
// raised if the command byte says so. The A20 bit is kept and means nothing.
#pragma once

#include <array>
#include <deque>

#include "simulator/devices/reset_control.hpp"
#include "simulator/machine/device.hpp"

namespace sim::devices {

class KeyboardController final : public machine::Device, public machine::IoHandler {
public:
    static constexpr std::uint16_t data_port = 0x60, command_port = 0x64;
    static constexpr unsigned irq = 1;
    static constexpr std::size_t most_waiting = 16;

    enum Region : unsigned { data, command };

    KeyboardController(machine::Surroundings& board, ResetControl& reset_control)
        : Device("keyboard0"), board_(board), reset_control_(reset_control) {
        reset();
    }

    void reset() override;
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override;
    machine::StateNode describe() const override;

    std::uint64_t io_read(unsigned region, std::uint64_t offset, unsigned size) override;
    void io_write(unsigned region, std::uint64_t offset, unsigned size, std::uint64_t value) override;
    RegisterName register_name(unsigned region, std::uint64_t offset, unsigned size,
                               bool write) const override;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("memory", self.memory_);
        visit("output_port", self.output_port_);
        visit("parameter_of", self.parameter_of_);
        visit("key_parameter_of", self.key_parameter_of_);
        visit("command_was_last", self.command_was_last_);
        visit("timed_out", self.timed_out_);
        visit("answers", self.answers_);
        visit("last", self.last_);
        visit("scan_set", self.scan_set_);
    }

private:
    std::uint8_t status() const;
    std::uint8_t& command_byte() { return memory_[0]; }
    std::uint8_t command_byte() const { return memory_[0]; }
    bool translates() const;
    void take_command(std::uint8_t);
    void take_parameter(std::uint8_t);
    void to_keyboard(std::uint8_t);
    void answer(std::initializer_list<std::uint8_t>);
    void update_wire();

    machine::Surroundings& board_;
    ResetControl& reset_control_;
    std::array<std::uint8_t, 32> memory_;  // of the 8042; byte 0 is the command byte
    std::uint8_t output_port_;
    std::uint8_t parameter_of_, key_parameter_of_;  // the command that waits for a byte; 0: none
    bool command_was_last_, timed_out_;
    std::deque<std::uint8_t> answers_;
    std::uint8_t last_, scan_set_;
};

}  // namespace sim::devices
