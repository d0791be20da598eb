// SPDX-License-Identifier: GPL-2.0-or-later
//
// Two lives that were equal and no longer are: where exactly did they part? The
// search halves the stretch until one instruction, or one happening (a timer
// that fired, an input that arrived), is left, and names every field that then
// differs. Used by the doctor, by `viv replay --verify`, and by whoever compares
// two futures.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "simulator/machine/machine.hpp"
#include "simulator/recording/interrupted.hpp"

namespace sim::recording {

// A machine that can be brought to any moment of one life.
class Life {
public:
    virtual ~Life() = default;
    // The machine at `moment`; or, when its life has no such moment, where that
    // ended or passed by. Good until the next call. Throws Interrupted when
    // Machine::interrupt() was called.
    virtual machine::Machine& at(machine::Moment) = 0;
};

// A life that a machine reaches by seeking: the usual one.
class SeekingLife final : public Life {
public:
    explicit SeekingLife(machine::Machine& machine) : machine_(machine) {}
    machine::Machine& at(machine::Moment) override;

private:
    machine::Machine& machine_;
};

struct FirstDifference {
    machine::Moment last_equal;
    machine::Moment first_different;
    // What lies between the two: "the instruction at 0xffff800000101234 (48 89
    // c3) on cpu0", "timer 0 of lapic0", "an input for net0 (frame, 60 bytes)".
    std::string cause;
    std::vector<machine::Difference> fields;  // the first few, RAM last

    // One line: moment, cause, first field.
    std::string text() const;
};

// Both lives are equal at `equal` and differ at `different`, which is later.
// When they differ, heal and differ again, some first moment of these is found.
// `progress` (may be empty) gets 0..1. Throws Interrupted, and std::logic_error
// when the lives do not differ there after all (the difference is not repeatable).
FirstDifference first_difference(Life& one, Life& other, machine::Moment equal, machine::Moment different,
                                 std::function<void(double)> const& progress = {});

// Whether both are at the same moment and alike in every part.
bool alike(machine::Machine& one, machine::Machine& other);

// The same limit as seeking has, for those who run by themselves: ends with
// Interrupted when asked to, and never spins for ever in a halted machine.
machine::RunResult run_to(machine::Machine&, machine::Moment);

}  // namespace sim::recording
