// SPDX-License-Identifier: GPL-2.0-or-later
//
// `--trace`: a line on stderr for each interrupt, exception, fired timer and
// frame, with its moment.
#pragma once

#include "simulator/machine/machine.hpp"

namespace sim::cli {

class Tracer final : public engine::Observer, public machine::MachineObserver {
public:
    // Watches from now on. Must outlive every run of the machine.
    explicit Tracer(machine::Machine&);

    void on_interrupt(std::uint8_t vector, bool external, std::uint32_t error_code,
                      engine::VirtAddr address) override;
    void on_input(machine::Machine&, machine::Input const&) override;
    void on_output(machine::Machine&, machine::Device const&, machine::OutputKind,
                   std::span<std::uint8_t const>) override;
    void on_timer(machine::Machine&, machine::Event const&) override;

private:
    machine::Machine& machine_;
};

}  // namespace sim::cli
