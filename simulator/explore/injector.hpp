// SPDX-License-Identifier: GPL-2.0-or-later
//
// Delivers faults to a living machine, each at its moment, as inputs of the
// machine's log: a replay needs neither the lines nor this class. Whoever would
// call Machine::run() calls run() here instead.
//
// Faults of frames are FrameFaults' matter.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "simulator/debug/symbols.hpp"
#include "simulator/explore/fault.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::explore {

class Injector {
public:
    // `told` hears one line for each fault that was delivered or could not be.
    Injector(machine::Machine&, std::vector<Fault> const&, std::function<void(std::string)> told);
    ~Injector();

    // As Machine::run(), with the faults that come due on the way.
    machine::RunResult run(machine::RunLimit const&);
    bool done() const { return waiting_.empty(); }

private:
    class Ready;
    machine::RunLimit before(machine::RunLimit, Fault const&) const;
    bool due(Fault const&) const;
    void deliver_due(bool guest_sleeps);
    void deliver(Fault const&);
    std::optional<machine::Arrival> arrival_of(Fault const&);
    std::optional<machine::Arrival> flip_memory(Fault const&);
    std::optional<machine::Arrival> fail_allocation(Fault const&);

    machine::Machine& machine_;
    std::vector<Fault> waiting_;  // those at a moment, earliest first as far as they compare
    std::function<void(std::string)> told_;
    std::unique_ptr<Ready> ready_;
    std::shared_ptr<debug::Symbols const> symbols_;
    std::string problem_;
};

}  // namespace sim::explore
