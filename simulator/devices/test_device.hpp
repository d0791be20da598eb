// SPDX-License-Identifier: GPL-2.0-or-later
//
// What QEMU calls pc-testdev: no part of a PC, but what kvm-unit-tests ask of a
// machine that tests processors and interrupt controllers. With --test-device only.
// [qemu-testdev]
//
//   0xE0 to 0xE3   four bytes that keep what is written, in any width
//   0xE4           a page to flush from the host's tables: there are none, nothing happens
//   0xE8 to 0xEB   the four bytes again
//   0x2000 + n     n < 24: the level of interrupt wire n
//   0xFF00'0000    64 KiB of memory that is a device's
#pragma once

#include <vector>

#include "simulator/machine/device.hpp"

namespace sim::devices {

class TestDevice final : public machine::Device, public machine::IoHandler {
public:
    static constexpr std::uint16_t data_port = 0xE0, flush_port = 0xE4, data_again_port = 0xE8,
                                   wire_ports = 0x2000;
    static constexpr unsigned wires = 24;
    static constexpr std::uint64_t memory_address = 0xFF00'0000, memory_bytes = 64 << 10;
    enum Region : unsigned { data, flush, wire, memory };

    explicit TestDevice(machine::Surroundings& board) : Device("test0"), board_(board) { reset(); }

    void reset() override;
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override { fields(*this, r); }
    machine::StateNode describe() const override;

    std::uint64_t io_read(unsigned region, std::uint64_t offset, unsigned size) override;
    void io_write(unsigned region, std::uint64_t offset, unsigned size, std::uint64_t value) override;
    RegisterName register_name(unsigned region, std::uint64_t offset, unsigned size,
                               bool write) const override;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("data", self.data_);
        visit("memory", self.memory_);
    }

private:
    machine::Surroundings& board_;
    std::vector<std::uint8_t> data_, memory_;
};

}  // namespace sim::devices
