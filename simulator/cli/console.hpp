// SPDX-License-Identifier: GPL-2.0-or-later
//
// The guest's serial line on stdout, and what the machine reports on stderr.
#pragma once

#include "simulator/machine/machine.hpp"

namespace sim::cli {

class Console final : public machine::MachineObserver {
public:
    // Must outlive every run of the machine.
    explicit Console(machine::Machine& machine) { machine.add_observer(*this); }

    void on_output(machine::Machine&, machine::Device const&, machine::OutputKind,
                   std::span<std::uint8_t const>) override;
    void on_report(machine::Machine&, std::string_view device, std::string_view text) override;
    // Call between runs: a person wants to see the prompt.
    void flush();
    // So much text in so little time that nobody can mean it: no more is printed.
    bool flooded() const { return flooded_; }
    static constexpr std::uint64_t flood_bytes = 2 << 20, flood_ns = 1'000'000'000;

private:
    std::uint64_t since_ns_ = 0, bytes_ = 0;
    bool flooded_ = false;
};

}  // namespace sim::cli
