// SPDX-License-Identifier: GPL-2.0-or-later
//
// What goes wrong inside the machines of a world: the fault lines of a single
// machine (fault.hpp), each for one of them, delivered on the way at their exact
// moments. Each is an input of the world's log, so that a replay needs no lines.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "simulator/explore/fault.hpp"
#include "simulator/links/topology.hpp"
#include "simulator/recording/joined_world.hpp"

namespace sim::explore {

class Injector;

// By the machine's name.
using FaultsOf = std::map<std::string, std::vector<Fault>>;
// Throws std::runtime_error, with the forms, when a line is wrong. Frames belong to
// links: their lines have no machine.
FaultsOf parse_faults(std::vector<links::MachineFault> const&);

class WorldFaults {
public:
    // `told` hears a line for each that was delivered or could not be. The world
    // must outlive this, and has no other runners.
    WorldFaults(recording::JoinedWorld&, FaultsOf const&, std::function<void(std::string)> told);
    ~WorldFaults();

    // Those that have not been delivered.
    FaultsOf waiting() const;

private:
    recording::JoinedWorld& world_;
    std::map<std::string, std::unique_ptr<Injector>> injectors_;
};

}  // namespace sim::explore
