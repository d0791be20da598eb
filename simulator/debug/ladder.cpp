// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/ladder.hpp"

#include <algorithm>

namespace sim::debug {

using machine::CheckpointPtr;
using machine::Moment;

namespace {

// The next count after `now` at which a rung is worth its cost, on the way to `goal`.
std::uint64_t next_rung(std::uint64_t now, std::uint64_t goal) {
    std::uint64_t const left = goal - now;
    std::uint64_t spacing = left > 200'000 ? 100'000 : left > 20'000 ? 10'000 : 1'000;
    std::uint64_t next = (now / spacing + 1) * spacing;
    // Into the finer part, not over it.
    if (spacing == 100'000 && next + 200'000 > goal)
        next = std::max(now + 1, goal - std::min<std::uint64_t>(goal, 200'000));
    if (spacing == 10'000 && next + 20'000 > goal)
        next = std::max(now + 1, goal - std::min<std::uint64_t>(goal, 20'000));
    return next;
}

std::uint64_t distance(Moment a, Moment b) {
    return a.retired > b.retired ? a.retired - b.retired : b.retired - a.retired;
}

}  // namespace

void Ladder::climb(Moment moment) {
    CheckpointPtr from = machine_.checkpoints().at_or_before(moment);
    if (auto after = rungs_.upper_bound(moment); after != rungs_.begin()) {
        CheckpointPtr const& rung = std::prev(after)->second;
        if (!from || rung->at > from->at) from = rung;
    }
    if (from && (moment < machine_.moment() || from->at > machine_.moment())) machine_.restore(*from);
}

machine::RunResult Ladder::go(Moment moment) {
    climb(moment);
    for (;;) {
        Moment const now = machine_.moment();
        if (now >= moment) return {};
        Moment target = moment;
        if (moment.retired > now.retired) {
            std::uint64_t const next = next_rung(now.retired, moment.retired);
            if (next < moment.retired) target = {next, 0};
        }
        machine::RunResult const r = machine_.run({.moment = target});
        if (r.stop != machine::RunStop::reached) return r;
        Moment const reached = machine_.moment();
        if (reached == now || (reached < target && target == moment)) return r;  // there is no such moment
        if (target != moment) leave_rung(moment);
    }
}

void Ladder::leave_rung(Moment goal) {
    Moment const at = machine_.moment();
    if (rungs_.contains(at) || machine_.checkpoints().has(at)) return;
    rungs_.emplace(at, machine_.checkpoint());
    while (rungs_.size() > most) {
        auto const last = std::prev(rungs_.end());
        rungs_.erase(distance(rungs_.begin()->first, goal) >= distance(last->first, goal) ? rungs_.begin()
                                                                                          : last);
    }
}

void Ladder::forget_after(Moment moment) { rungs_.erase(rungs_.upper_bound(moment), rungs_.end()); }

}  // namespace sim::debug
