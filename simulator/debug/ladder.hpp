// SPDX-License-Identifier: GPL-2.0-or-later
//
// Fine checkpoints around the present, so that a step back is short: while the
// machine goes to a moment, rungs are left behind at every 100,000 instructions,
// near the goal at every 10,000 and 1,000. The machine's own checkpoints stay
// as they are; rungs far from the present are forgotten.
#pragma once

#include <cstddef>
#include <functional>
#include <map>

#include "simulator/machine/machine.hpp"

namespace sim::debug {

class Ladder {
public:
    explicit Ladder(machine::Machine& machine) : machine_(machine) {}

    // Puts the machine at the last known state at or before `moment`, unless it
    // stands nearer already. Runs nothing.
    void climb(machine::Moment moment);
    // Goes to the moment: climb(), then a run that leaves rungs. The result is
    // that of the last Machine::run(); it came back early when that was
    // interrupted or the machine's life ended.
    machine::RunResult go(machine::Moment moment);

    // A branch: what was after this moment is another life's.
    void forget_after(machine::Moment);
    void clear() { rungs_.clear(); }
    std::size_t size() const { return rungs_.size(); }

    static constexpr std::size_t most = 192;

private:
    void leave_rung(machine::Moment goal);

    machine::Machine& machine_;
    std::map<machine::Moment, machine::CheckpointPtr> rungs_;
};

}  // namespace sim::debug
