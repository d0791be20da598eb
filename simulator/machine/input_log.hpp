// SPDX-License-Identifier: GPL-2.0-or-later
//
// Every input of a machine's life so far, in order, and how far that life goes.
// Kept beside the machine, not in its state: going back in time does not forget
// what arrived later. Writing to the past does (branch()).
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "simulator/machine/input.hpp"

namespace sim::machine {

class InputLog {
public:
    InputLog() = default;
    // A recorded life: `edge` is where it ends.
    InputLog(std::vector<Input> inputs, Moment edge) : own_(std::move(inputs)), edge_(edge) {}
    // The same without a copy, for there may be millions: whoever has the inputs keeps
    // them as they are. A log that becomes another one copies them then.
    static InputLog shared(std::shared_ptr<std::vector<Input> const> inputs, Moment edge) {
        InputLog log;
        log.shared_ = std::move(inputs);
        log.edge_ = edge;
        return log;
    }

    std::vector<Input> const& inputs() const { return shared_ ? *shared_ : own_; }
    // The furthest moment that was ever reached: beyond lies the unknown.
    Moment edge() const { return edge_; }

    void append(Input input) {
        if (shared_) keep_first(shared_->size());
        own_.push_back(std::move(input));
    }
    void reach(Moment m) {
        if (m > edge_) edge_ = m;
    }
    // A new future begins here: later inputs are forgotten. `count` of the old
    // ones have been delivered.
    void branch(std::size_t count, Moment now) {
        keep_first(count);
        edge_ = now;
    }

private:
    void keep_first(std::size_t count) {
        if (!shared_) return own_.resize(count);
        auto const begin = shared_->begin();
        own_.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
        shared_.reset();
    }

    std::shared_ptr<std::vector<Input> const> shared_;  // null: they are our own
    std::vector<Input> own_;
    Moment edge_;
};

}  // namespace sim::machine
