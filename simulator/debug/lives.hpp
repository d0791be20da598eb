// SPDX-License-Identifier: GPL-2.0-or-later
//
// Branches with all that is known of each: the machine's own part (Branches: its
// log, its checkpoints), what was heard in it (Observation), and how far it is
// known. The three always speak of the same branch.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "simulator/debug/branches.hpp"
#include "simulator/debug/observation.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::debug {

// A place in a life.
struct Reach {
    machine::Moment at;
    std::uint64_t virtual_ns = 0;
};

class Lives {
public:
    // The machine's life so far is the original. `recorded`: the known end of a
    // recorded one, which need not have been reached. Both must outlive this.
    Lives(machine::Machine&, Observation&, Reach recorded = {});

    // As in Branches; what was heard goes along. Who searches the past must be
    // told that it has been replaced (Mover::branched), from `common` on.
    std::variant<BranchNumber, std::string> fork(std::string_view name = {});
    std::string switch_to(BranchNumber);
    std::string drop(BranchNumber);
    std::string rename(BranchNumber number, std::string_view name) { return branches_.rename(number, name); }
    void leave_at(BranchNumber number, machine::Moment moment) { branches_.leave_at(number, moment); }
    Branches const& branches() const { return branches_; }
    // The life up to a moment, which nobody had heard: lived again beside this one. Its
    // checkpoints become those of the active branch, as far as it shares that life.
    void join(Observation::Past const& before, machine::CheckpointStore, machine::Moment);

    // The active branch is known at least until where the machine stands.
    void see();
    // The furthest moment known of the active branch.
    Reach end() const;

private:
    struct Known {
        std::shared_ptr<Observation::Past> heard;  // while parked
        Reach seen, recorded;
    };
    machine::Machine& machine_;
    Observation& observation_;
    Branches branches_;
    Known active_;
    std::map<BranchNumber, Known> parked_;
};

}  // namespace sim::debug
