// SPDX-License-Identifier: GPL-2.0-or-later
//
// Writes what passes a machine's network card as a packet capture, at virtual
// times, each packet with its moment as a comment, for `viv open FILE@MOMENT`.
// Running a stretch again writes nothing twice. Works in a replay too.
#pragma once

#include <filesystem>

#include "simulator/links/pcapng.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::recording {

class CaptureObserver final : public machine::MachineObserver {
public:
    // Observes from now on, and must outlive every run of the machine. Throws
    // what PcapngFile throws.
    CaptureObserver(machine::Machine&, std::filesystem::path const&);

    void on_input(machine::Machine&, machine::Input const&) override;
    void on_output(machine::Machine&, machine::Device const&, machine::OutputKind,
                   std::span<std::uint8_t const>) override;

private:
    void write(std::span<std::uint8_t const> frame, machine::Moment, std::uint64_t virtual_ns,
               links::Direction);

    std::uint64_t epoch_ns_;  // the guest's clock at moment 0, since 1970
    links::PcapngFile file_;
    std::uint64_t written_until_ns_ = 0;
};

}  // namespace sim::recording
