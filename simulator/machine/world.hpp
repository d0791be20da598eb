// SPDX-License-Identifier: GPL-2.0-or-later
//
// Machines on one virtual clock. One of them today; the list, and moving by the
// world instead of by the machine, are for several joined by links.
#pragma once

#include <memory>
#include <vector>

#include "simulator/machine/machine.hpp"

namespace sim::machine {

class World {
public:
    Machine& add(std::unique_ptr<Machine> machine) {
        machines_.push_back(std::move(machine));
        return *machines_.back();
    }
    std::size_t size() const { return machines_.size(); }
    Machine& machine(std::size_t index = 0) { return *machines_[index]; }
    Machine const& machine(std::size_t index = 0) const { return *machines_[index]; }

private:
    std::vector<std::unique_ptr<Machine>> machines_;
};

}  // namespace sim::machine
