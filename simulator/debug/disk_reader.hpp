// SPDX-License-Identifier: GPL-2.0-or-later
//
// The maps of a machine's disks as they are now.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "simulator/debug/disk_map.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::debug {

// Remembers what it read: a running machine is asked often, and its disks change seldom.
class DiskReader {
public:
    std::vector<std::shared_ptr<DiskMap const>> read(machine::Machine&);
    // One block as it is read now; empty: there is none.
    static std::vector<std::uint8_t> block(machine::Machine&, unsigned disk, std::uint64_t block);

private:
    struct Known {
        std::uint64_t hash = 0;
        std::shared_ptr<DiskMap const> map;
    };
    std::vector<Known> known_;
};

}  // namespace sim::debug
