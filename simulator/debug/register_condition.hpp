// SPDX-License-Identifier: GPL-2.0-or-later
//
// A condition over registers, looked at before each instruction: seventeen
// million times in a short recording. Only what the expression reads is fetched
// from the processor; and where it can be true at one address only ("rip == f &&
// rdi == 5"), only that address need be watched.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "simulator/debug/expression.hpp"
#include "simulator/debug/search.hpp"

namespace sim::debug {

class RegisterCondition {
public:
    // Both outlive it.
    RegisterCondition(Expression const&, machine::Machine const&);

    // The machine stands anew: forgets what it knows of its registers. Then adds
    // what must be told to what is watched.
    void begin();
    void watch(SearchWatch&) const;
    // CR0, CR3, CR4 or EFER of a processor has changed.
    void on_paging(unsigned cpu) { seen_[cpu].whole = false; }

    // Is it true now, before this processor's next instruction?
    bool true_now(unsigned cpu);
    // The same; but only when it was not before that processor's last instruction.
    bool became_true(unsigned cpu);
    // Can it be at this address?
    bool concerns(engine::VirtAddr address) const { return !only_at_ || *only_at_ == address; }

private:
    struct Seen {
        engine::CpuState state;
        bool whole = false;                    // but for the registers that are fetched each time
        std::optional<std::uint64_t> true_at;  // the processor's count
    };
    bool repeats() const;
    GuestMemory memory(engine::CpuState const&) const;

    Expression const& expression_;
    machine::Machine const& machine_;
    Expression::Needs needs_;
    std::optional<std::uint64_t> only_at_;
    std::vector<Seen> seen_;
    GuestMemory nothing_;  // for an expression that reads none
};

}  // namespace sim::debug
