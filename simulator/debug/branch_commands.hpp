// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a Session does about branches: begins one, goes to one, drops, names,
// saves and compares. Saving and comparing run the machine through its lives;
// they tell how far they are and can be given up. In any case the machine stands
// afterwards where it stood before: the way back cannot be given up.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "simulator/debug/command.hpp"
#include "simulator/debug/compare/comparison.hpp"
#include "simulator/debug/kernel_reader.hpp"
#include "simulator/debug/lives.hpp"
#include "simulator/debug/mover.hpp"
#include "simulator/debug/search.hpp"

namespace sim::debug {

class BranchCommands {
public:
    // All must outlive this. `title`: what the original is called in files that
    // name it as their parent.
    BranchCommands(machine::Machine&, Observation&, Mover&, KernelReader&, std::shared_ptr<Symbols const>,
                   Lives&, std::string title);

    // What came of a command: one line, which may be empty.
    struct Said {
        bool done = true;
        std::string text;
    };
    Said carry_out(Fork const&);
    Said carry_out(SwitchBranch const&);
    Said carry_out(DropBranch const&);
    Said carry_out(RenameBranch const&);
    Said carry_out(SaveBranch const&, SearchControl const&);
    Said carry_out(CompareBranches const&, SearchControl const&);

    // Begins a branch at the machine's moment. Empty, or why not.
    std::string begin(std::string_view name);
    // The newest; null: nothing was compared.
    std::shared_ptr<compare::Comparison const> comparison() const { return comparison_; }

private:
    std::string enter(BranchNumber);
    bool go(machine::Moment to, SearchControl const&, double done, double share);
    void go_back(BranchNumber, machine::Moment, SearchControl const&);
    std::string name_of(BranchNumber) const;
    void find_first_input(compare::Comparison&, CompareBranches const&, machine::Moment until) const;
    std::optional<recording::Parent> parent_of(BranchNumber) const;

    machine::Machine& machine_;
    Observation& observation_;
    Mover& mover_;
    KernelReader& kernel_;
    std::shared_ptr<Symbols const> symbols_;
    Lives& lives_;
    std::string title_;
    std::shared_ptr<compare::Comparison const> comparison_;
};

}  // namespace sim::debug
