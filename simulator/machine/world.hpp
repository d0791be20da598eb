// SPDX-License-Identifier: GPL-2.0-or-later
//
// A machine and what stands at the other end of its cable, owned together: what a
// session or a recording of one machine holds. Several machines on one clock are
// links::Network's.
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
    // What stands at the other end of a machine's cable, such as the host's
    // network. The world owns it, so it lives as long as the machine.
    template <class Link>
    Link& join(Machine& machine, std::unique_ptr<Link> link) {
        Link& joined = *link;
        links_.push_back(std::move(link));
        machine.set_outside(&joined);
        return joined;
    }
    std::size_t links() const { return links_.size(); }
    std::size_t size() const { return machines_.size(); }
    Machine& machine(std::size_t index = 0) { return *machines_[index]; }
    Machine const& machine(std::size_t index = 0) const { return *machines_[index]; }

private:
    std::vector<std::unique_ptr<Outside>> links_;  // before the machines: these go first at the end
    std::vector<std::unique_ptr<Machine>> machines_;
};

}  // namespace sim::machine
