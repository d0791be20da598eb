// SPDX-License-Identifier: GPL-2.0-or-later
//
// The trail: a rolling hash of the registers, taken before every input and at
// marks in between. Four bytes a point, so that a replay that leaves the
// recorded life is seen within one input of where it did, long before the next
// hash of the whole machine. Rolling: once different, different for good.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "simulator/machine/machine.hpp"

namespace sim::recording {

struct TrailPoint {
    machine::Moment at;
    std::uint64_t virtual_ns = 0;
    bool before_input = false;  // else a mark: a moment between runs
    std::uint64_t input = 0;    // which of the log's inputs
    std::uint32_t hash = 0;

    friend bool operator==(TrailPoint const&, TrailPoint const&) = default;
};

// The hash so far; rolls over the processors' registers and the clock.
class RollingHash {
public:
    void roll(machine::Machine&);
    std::uint32_t value() const { return static_cast<std::uint32_t>(state_ >> 32); }

private:
    std::uint64_t state_ = 0;
};

// Follows a machine and keeps the points. A stretch run again adds none.
class TrailKeeper final : public machine::MachineObserver {
public:
    void on_input(machine::Machine&, machine::Input const&) override;
    void on_log(machine::Machine& machine) override { forget_after(machine.moment()); }
    // Between runs, at the live edge.
    void mark(machine::Machine&);
    std::vector<TrailPoint> const& points() const { return points_; }
    // Grows when another future has replaced points.
    std::uint64_t cuts() const { return cuts_; }

private:
    void forget_after(machine::Moment);
    void add(machine::Machine&, machine::Moment, bool before_input, std::uint64_t input);

    std::vector<TrailPoint> points_;
    std::vector<RollingHash> states_;  // after each point
    std::uint64_t cuts_ = 0;
};

// Follows a replay from moment 0 and compares.
class TrailChecker final : public machine::MachineObserver {
public:
    explicit TrailChecker(std::vector<TrailPoint> const& points) : points_(points) {}

    void on_input(machine::Machine&, machine::Input const&) override;
    // The next mark to run to; none are left: nullopt.
    std::optional<machine::Moment> next_mark() const;
    // The machine stands at that mark.
    void mark(machine::Machine&);

    // The first point that is not as recorded, and the last one that is.
    std::optional<machine::Moment> different() const { return different_; }
    machine::Moment equal() const { return equal_; }

private:
    void compare(machine::Machine&, bool before_input);

    std::vector<TrailPoint> const& points_;
    std::size_t next_ = 0;
    RollingHash hash_;
    machine::Moment equal_;
    std::optional<machine::Moment> different_;
};

}  // namespace sim::recording
