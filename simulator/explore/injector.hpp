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
    // How an input gets into the machine, at this virtual time or, with 0, now.
    using Give = std::function<void(machine::Arrival, std::uint64_t at_ns)>;
    // `told` hears one line for each fault that was delivered or could not be.
    // `give`: Machine::give() unless it says otherwise.
    Injector(machine::Machine&, std::vector<Fault> const&, std::function<void(std::string)> told,
             Give give = {});
    ~Injector();

    // As Machine::run(), with the faults that come due on the way.
    machine::RunResult run(machine::RunLimit const&);
    bool done() const { return waiting_.empty(); }
    // One of them will wake a guest that sleeps.
    bool waits_for_a_time() const;
    // Those that have not been delivered.
    std::vector<Fault> const& waiting() const { return waiting_; }

private:
    class Ready;
    machine::RunLimit before(machine::RunLimit, Fault const&) const;
    bool due(Fault const&) const;
    void deliver_due();
    bool wake_by_time(std::uint64_t before_ns);
    void deliver(Fault const&);
    std::optional<machine::Arrival> arrival_of(Fault const&);
    bool has_processor(Fault const&);
    std::optional<machine::Arrival> flip_memory(Fault const&);
    std::optional<machine::Arrival> fail_allocation(Fault const&);

    machine::Machine& machine_;
    std::vector<Fault> waiting_;  // as they were listed
    std::function<void(std::string)> told_;
    Give give_;
    std::unique_ptr<Ready> ready_;
    std::shared_ptr<debug::Symbols const> symbols_;
    std::string problem_;
};

}  // namespace sim::explore
