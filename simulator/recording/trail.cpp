// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/trail.hpp"

#include <algorithm>

#include "simulator/machine/hash.hpp"

namespace sim::recording {

using machine::Machine;
using machine::Moment;

void RollingHash::roll(Machine& machine) {
    auto const mix = [&](std::uint64_t value) { state_ = machine::scramble(state_ ^ value); };
    Moment const at = machine.moment();
    mix(at.retired);
    mix(at.sub);
    mix(machine.virtual_ns());
    for (unsigned i = 0; i < machine.processors(); ++i) {
        engine::CpuState const state = machine.cpu(i).state();
        mix(machine.cpu(i).retired());
        for (std::uint64_t const value : state.gpr) mix(value);
        for (std::uint64_t const value : {state.rip, state.rflags, state.cr0, state.cr2, state.cr3})
            mix(value);
    }
}

void TrailKeeper::on_input(Machine& machine, machine::Input const& input) {
    auto const& all = machine.log().inputs();
    auto const found =
        std::partition_point(all.begin(), all.end(), [&](auto const& i) { return i.at < input.at; });
    add(machine, input.at, true, static_cast<std::uint64_t>(found - all.begin()));
}

void TrailKeeper::mark(Machine& machine) { add(machine, machine.moment(), false, 0); }

void TrailKeeper::forget_after(Moment at) {
    for (; !points_.empty() && points_.back().at > at; ++cuts_) {
        points_.pop_back();
        states_.pop_back();
    }
}

void TrailKeeper::add(Machine& machine, Moment at, bool before_input, std::uint64_t input) {
    if (!machine.live()) return;  // the past, run again
    // Beyond the edge of what is known lies another future, forgotten now.
    forget_after(at);
    // One point a moment; an input may follow a mark.
    if (!points_.empty() && points_.back().at == at && (points_.back().before_input || !before_input)) return;
    RollingHash state = states_.empty() ? RollingHash{} : states_.back();
    state.roll(machine);
    states_.push_back(state);
    points_.push_back({at, machine.virtual_ns(), before_input, input, state.value()});
}

void TrailChecker::on_input(Machine& machine, machine::Input const&) { compare(machine, true); }

std::optional<Moment> TrailChecker::next_mark() const {
    for (std::size_t i = next_; i < points_.size(); ++i)
        if (!points_[i].before_input) return points_[i].at;
    return std::nullopt;
}

void TrailChecker::mark(Machine& machine) { compare(machine, false); }

void TrailChecker::compare(Machine& machine, bool before_input) {
    if (next_ >= points_.size() || different_) return;
    // A trail may begin late, and end early when its writer died.
    if (points_[next_].at > machine.moment()) return;
    TrailPoint const& point = points_[next_++];
    hash_.roll(machine);
    if (point.before_input == before_input && point.at == machine.moment() && point.hash == hash_.value())
        equal_ = point.at;
    else
        different_ = machine.moment();
}

}  // namespace sim::recording
