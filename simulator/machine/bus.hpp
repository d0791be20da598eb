// SPDX-License-Identifier: GPL-2.0-or-later
//
// An address space of devices: I/O ports, or memory outside RAM. The map is
// fixed when the board is built. PCI, whose addresses the guest chooses, is one
// entry with everything that nobody else claims (see devices/pci.hpp).
#pragma once

#include <cstdint>
#include <vector>

#include "simulator/machine/device.hpp"

namespace sim::machine {

class Bus {
public:
    struct Entry {
        std::uint64_t start = 0;
        std::uint64_t length = 0;
        IoHandler* handler = nullptr;
        unsigned region = 0;
    };

    // Entries do not overlap, except the fallback.
    void map(std::uint64_t start, std::uint64_t length, IoHandler&, unsigned region = 0);
    // Gets every address that no entry holds; its offset is the address itself.
    void set_fallback(IoHandler&, unsigned region = 0);

    // The entry that holds the whole access. Null handler: nobody is there.
    Entry find(std::uint64_t address, unsigned size) const;

private:
    std::vector<Entry> entries_;  // ascending
    Entry fallback_;
};

}  // namespace sim::machine
