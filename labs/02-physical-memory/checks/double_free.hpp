// SPDX-License-Identifier: GPL-2.0-or-later
//
// Follows the exercise that frees a block twice: the first time must be accepted,
// and the second must end in an assertion, within that very call.
#pragma once

#include <optional>
#include <string>

#include "labs/grader/call_watch.hpp"

namespace lab::frames {

class DoubleFree {
public:
    explicit DoubleFree(StudentRun&);

    // Runs on until the machine ends, or the second time is accepted.
    void run() { watch_.run(); }

    bool refused() const { return refused_; }
    // The second call of free, when it returned.
    std::optional<Call> const& accepted() const { return accepted_; }
    // What did not happen, in words, when it was neither.
    std::string missing() const;

private:
    bool entered(Call const&);
    bool returned(Call const&);
    bool begun() const { return watch_.passed("practice_begin") == 1; }

    CallWatch watch_;
    std::optional<std::uint64_t> block_;  // that the exercise was given
    unsigned freed_ = 0;                  // how often free was called with it
    unsigned came_back_ = 0;              // and returned
    bool refused_ = false;
    std::optional<Call> accepted_;
};

}  // namespace lab::frames
