// SPDX-License-Identifier: GPL-2.0-or-later
//
// Watches a student's frame allocator at work in the simulator: every call and
// what it gave is held against plain bookkeeping, at the moment of its return.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "labs/02-physical-memory/checks/bookkeeping.hpp"
#include "labs/grader/call_watch.hpp"

namespace lab::frames {

class FrameMonitor {
public:
    explicit FrameMonitor(StudentRun&);

    // Called at the return that first broke a rule. True: go on, the books are good still.
    std::function<bool(Breach const&, Call const&)> on_breach;

    // Runs on until the machine ends, or the books are no good any more. False: these.
    bool run();
    // What is missing of the exercise, in words; empty: it ran from its beginning to
    // its end, and asked the allocator as often as it does.
    std::string missing(std::uint64_t least_calls) const;

    Bookkeeping const& books() const { return books_; }
    // What the frame holds, in words: "the kernel's own image".
    std::string what_is(std::uint64_t frame) const;

    // By the kernel's own tables, which lie where FrameAllocator::init was told.
    std::optional<std::uint64_t> first_wrong_owner() const;
    // The dearest call of allocate or free, and its instructions beyond those that write the
    // owner of each frame.
    std::optional<Call> const& dearest() const { return dearest_; }
    std::uint64_t dearest_cost() const { return dearest_cost_; }
    // The first call of which the probes did not tell what it did, once and in its own time.
    struct Untold {
        Call call;
        std::string seen;
    };
    std::optional<Untold> const& untold() const { return untold_; }

private:
    bool entered(Call const&);
    bool returned(Call const&);
    void note_cost(Call const&, std::uint64_t frames);
    void note_told(Call const&, std::vector<std::uint64_t> const& right);

    StudentRun& run_;
    CallWatch watch_;
    Bookkeeping books_;
    std::uint64_t owners_ = 0;       // where the table of owners lies
    std::uint64_t frame_table_ = 0;  // its first frame
    std::uint64_t frame_table_end_ = 0;
    std::optional<Call> dearest_;
    std::uint64_t dearest_cost_ = 0;
    std::uint64_t exercised_ = 0;  // calls since the exercise began
    using Told = std::pair<std::string, std::vector<std::uint64_t>>;
    std::vector<Told> told_;  // since the outermost call began
    std::optional<Untold> untold_;
    bool broken_ = false;
};

}  // namespace lab::frames
