// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "simulator/machine/machine.hpp"

namespace scenario {

// What a machine in this process prints, in all of its lives.
struct Console final : sim::machine::MachineObserver {
    void on_output(sim::machine::Machine&, sim::machine::Device const&, sim::machine::OutputKind kind,
                   std::span<std::uint8_t const> bytes) override {
        if (kind == sim::machine::OutputKind::console) text.append(bytes.begin(), bytes.end());
    }
    std::string text;
};

}  // namespace scenario
