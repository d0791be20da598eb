// SPDX-License-Identifier: GPL-2.0-or-later
//
// Several futures of one machine, kept side by side. A write to the past begins
// a branch: its own log of inputs from that moment on. The original stays as it
// was, with its log and its checkpoints, and a person can return to it.
//
// The machine lives one of them, the active one; the others are parked. What
// branches have in common is held once: a parked branch keeps only the
// checkpoints that lie after the moment at which the active one left it, and
// their pages are shared as those of all checkpoints are. All together stay
// within the budget of the machine's checkpoint store: parked ones get at most a
// half of it, thinned, then dropped; without them going back to a branch takes longer.
//
// Which of two branches a moment before their fork belongs to does not matter:
// the machine is the same.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "simulator/debug/branch_info.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::debug {

class Branches {
public:
    static constexpr std::size_t most = 16;  // with the original
    static constexpr std::size_t longest_name = 64;

    // The machine's life so far is the original. Must not outlive the machine.
    explicit Branches(machine::Machine&);

    // A write at the machine's moment would replace a future that is known: it
    // stands before the furthest moment, or at the end of a recorded life.
    bool would_fork() const;

    // Begins a branch at the machine's moment and makes it the active one; the
    // machine does not move. Its number, or one line that says why not. An empty
    // name: one is made up.
    std::variant<BranchNumber, std::string> fork(std::string_view name = {});

    // Makes another branch the active one. The machine is put at a moment that
    // both have in common; going on to where the branch was left (left_at) is the
    // caller's. Empty, or one line that says why not.
    std::string switch_to(BranchNumber);
    machine::Moment left_at(BranchNumber) const;
    // Who visits a branch for somebody else's sake leaves it where it was; not the active one.
    void leave_at(BranchNumber, machine::Moment);

    // Forgets a branch: not the original, and not the active one. What forked from
    // it becomes its parent's. Empty, or why not.
    std::string drop(BranchNumber);
    std::string rename(BranchNumber, std::string_view name);

    BranchNumber active() const { return active_; }
    std::vector<BranchInfo> list() const;  // by number
    std::optional<BranchNumber> find(std::string_view name_or_number) const;
    // Of a branch that there is.
    machine::InputLog const& log(BranchNumber number) const {
        return number == active_ ? machine_.log() : branches_.at(number).log;
    }
    // Until this moment two branches are one life.
    machine::Moment common(BranchNumber, BranchNumber) const;
    // Host memory of the checkpoints of parked branches.
    std::uint64_t parked_bytes() const;

private:
    struct Branch {
        std::string name;
        std::optional<BranchNumber> parent;
        machine::Moment forked_at;
        // While parked.
        machine::InputLog log;
        machine::CheckpointStore checkpoints{0};
        machine::Moment left_at;
        bool replay_only = false;
    };
    bool has(BranchNumber number) const { return branches_.contains(number); }
    void park(machine::Moment common);
    void balance();
    bool taken(std::string_view name) const;

    machine::Machine& machine_;
    std::uint64_t budget_;
    std::map<BranchNumber, Branch> branches_;
    BranchNumber active_ = original;
    BranchNumber last_ = original;
};

}  // namespace sim::debug
