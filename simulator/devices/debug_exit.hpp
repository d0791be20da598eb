// SPDX-License-Identifier: GPL-2.0-or-later
//
// The exit device: writing to its port ends the run with that value as status.
// QEMU calls it isa-debug-exit (and turns v into the process status v * 2 + 1).
// It has no state: afterwards there is no machine.
#pragma once

#include "simulator/machine/device.hpp"

namespace sim::devices {

class DebugExit final : public machine::Device, public machine::IoHandler {
public:
    static constexpr std::uint16_t port = 0xF4;

    explicit DebugExit(machine::Surroundings& board) : Device("exit"), board_(board) {}

    void reset() override {}
    void save(machine::StateWriter&) const override {}
    void load(machine::StateReader&) override {}
    machine::StateNode describe() const override {
        return {name(), "port 0xf4", "a write ends the run with this status", {}};
    }

    std::uint64_t io_read(unsigned, std::uint64_t, unsigned) override { return 0; }
    void io_write(unsigned, std::uint64_t, unsigned, std::uint64_t value) override {
        board_.exit(static_cast<std::uint32_t>(value));
    }

private:
    machine::Surroundings& board_;
};

}  // namespace sim::devices
