// SPDX-License-Identifier: GPL-2.0-or-later
//
// Every input of a machine's life so far, in order, and how far that life goes.
// Kept beside the machine, not in its state: going back in time does not forget
// what arrived later. Writing to the past does (branch()).
#pragma once

#include <cstddef>
#include <vector>

#include "simulator/machine/input.hpp"

namespace sim::machine {

class InputLog {
public:
    InputLog() = default;
    // A recorded life: `edge` is where it ends.
    InputLog(std::vector<Input> inputs, Moment edge) : inputs_(std::move(inputs)), edge_(edge) {}

    std::vector<Input> const& inputs() const { return inputs_; }
    // The furthest moment that was ever reached: beyond lies the unknown.
    Moment edge() const { return edge_; }

    void append(Input input) { inputs_.push_back(std::move(input)); }
    void reach(Moment m) {
        if (m > edge_) edge_ = m;
    }
    // A new future begins here: later inputs are forgotten. `count` of the old
    // ones have been delivered.
    void branch(std::size_t count, Moment now) {
        inputs_.resize(count);
        edge_ = now;
    }

private:
    std::vector<Input> inputs_;
    Moment edge_;
};

}  // namespace sim::machine
