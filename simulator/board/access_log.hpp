// SPDX-License-Identifier: GPL-2.0-or-later
//
// Every access of the guest to a device, as a line of text:
//
//     0.012345 ms  at 12345  write 1 byte to port 0x3f8: uart0 THR = 0x48, from rip 0xffffffff81000123
//     (time        count     direction, size and place     device and register, value, instruction)
//
// A place is a port, memory, an MSR (the local APIC as x2APIC) or CR8.
// For all devices or some, up to a bound; then one line says that it stopped.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "simulator/machine/machine.hpp"

namespace sim::board {

class AccessLog final : public machine::AccessObserver {
public:
    // "all", or names separated by commas: "uart0,disk0". A name covers what
    // belongs to it ("disk0" also "disk0.pci"); "nobody" is an address where
    // nothing is; "config" is PCI configuration space, whoever's.
    static std::vector<std::string> parse(std::string const& what);

    // Listens from now on, until it is destroyed. `line` gets each line.
    AccessLog(machine::Machine&, std::vector<std::string> devices, std::uint64_t most,
              std::function<void(std::string const&)> line);
    ~AccessLog() override;

    void on_access(machine::Machine&, machine::Access const&) override;
    std::uint64_t lines() const { return lines_; }

private:
    bool wanted(machine::IoHandler::RegisterName const&) const;

    machine::Machine& machine_;
    std::vector<std::string> devices_;  // empty: all
    std::uint64_t most_, lines_ = 0;
    std::function<void(std::string const&)> line_;
};

}  // namespace sim::board
