// SPDX-License-Identifier: GPL-2.0-or-later
//
// The CRT controller of a VGA in its colour text mode, 80 by 25: the 25 registers behind ports 0x3D4 (index)
// and 0x3D5 (data), the cursor's place among them. [ibm-vga "CRT Controller Registers"] Small kernels keep
// their cursor there and trust what they read back. There is no picture: what such a kernel writes to
// 0xB'8000 stays in RAM. No other register of a VGA is there.
#pragma once

#include <array>

#include "simulator/machine/device.hpp"

namespace sim::devices {

class CrtController final : public machine::Device, public machine::IoHandler {
public:
    static constexpr std::uint16_t index_port = 0x3D4;  // and the data port after it
    static constexpr std::size_t registers = 25;

    CrtController() : Device("crt0") { reset(); }

    void reset() override;
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override { fields(*this, r); }
    machine::StateNode describe() const override;

    // A word at the index port is the index and, above it, the data.
    std::uint64_t io_read(unsigned region, std::uint64_t offset, unsigned size) override;
    void io_write(unsigned region, std::uint64_t offset, unsigned size, std::uint64_t value) override;
    RegisterName register_name(unsigned region, std::uint64_t offset, unsigned size,
                               bool write) const override;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("index", self.index_);
        visit("registers", self.registers_);
    }

private:
    std::uint8_t read(std::uint64_t offset) const;
    void write(std::uint64_t offset, std::uint8_t value);

    std::uint8_t index_ = 0;
    std::array<std::uint8_t, registers> registers_{};
};

}  // namespace sim::devices
