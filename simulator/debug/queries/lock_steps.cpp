// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/queries/lock_steps.hpp"

#include <fmt/format.h>

namespace sim::debug::queries {

using Kind = LockHistory::Step::Kind;

bool LockSteps::tell(Event const& e, ThreadName const& then) {
    std::optional<Kind> kind;
    if (e.kind == EventKind::lock_wait) kind = Kind::waits;
    if (e.kind == EventKind::lock_acquire) kind = Kind::acquires;
    if (e.kind == EventKind::lock_release) kind = Kind::releases;
    if (!kind || e.a != lock_) return true;
    std::string name = then(e.b);
    LockHistory::Step const step{*kind, name.empty() ? fmt::format("{:#x}", e.b) : name, e.at, e.virtual_ns};
    if (last_ && e.at > *last_) {
        // Taken after the last time, it was another lock. Who waits does not take it.
        if (*kind != Kind::waits) later_.clear();
        if (*kind == Kind::releases || (*kind == Kind::waits && !later_.empty()))
            later_.push_back({step, e.b});
        return true;
    }
    for (Later const& one : later_) add(one.step, one.thread);
    later_.clear();
    add(step, e.b);
    return steps_.size() < most_steps || !taken_;
}

void LockSteps::add(LockHistory::Step step, std::uint64_t thread) {
    if (step.kind == Kind::acquires && !taken_) taken_ = step.at;
    if (step.kind != Kind::waits && !holder_) holder_ = step.kind == Kind::acquires ? thread : 0;
    if (steps_.size() < most_steps) steps_.push_back(std::move(step));
}

}  // namespace sim::debug::queries
