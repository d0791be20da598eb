// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/branches.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sim::debug {

using machine::InputLog;
using machine::Moment;

Branches::Branches(machine::Machine& machine) : machine_(machine), budget_(machine.checkpoints().budget()) {
    branches_[original].name = "original";
}

bool Branches::would_fork() const {
    return machine_.moment() < machine_.log().edge() || machine_.replay_only();
}

bool Branches::taken(std::string_view name) const {
    return std::any_of(branches_.begin(), branches_.end(),
                       [&](auto const& b) { return b.second.name == name; });
}

// The active branch's life into its own keeping, but for what it shares with
// another one until `common`.
void Branches::park(Moment common) {
    Branch& branch = branches_.at(active_);
    branch.log = machine_.log();
    branch.left_at = machine_.moment();
    branch.replay_only = machine_.replay_only();
    branch.checkpoints = machine_.checkpoints().split_after(common);
}

std::variant<BranchNumber, std::string> Branches::fork(std::string_view name) {
    if (machine_.ended()) return "the guest has ended: go back first";
    if (branches_.size() >= most)
        return fmt::format("{} branches are kept already: drop one first", branches_.size());
    if (name.size() > longest_name) return fmt::format("a name has at most {} letters", longest_name);
    if (taken(name)) return fmt::format("there is a branch called {} already", name);

    Moment const now = machine_.moment();
    park(now);
    BranchNumber const number = ++last_;
    Branch& made = branches_[number];
    made.name = name;
    for (unsigned n = number; made.name.empty(); ++n)
        if (auto const candidate = fmt::format("fork {}", n); !taken(candidate)) made.name = candidate;
    // Before the place where the active branch left its parent it is that one's life.
    made.parent = active_;
    while (*made.parent != original && branches_.at(*made.parent).forked_at >= now)
        made.parent = branches_.at(*made.parent).parent;
    made.forked_at = now;

    auto const& inputs = machine_.log().inputs();
    auto const end = std::find_if(inputs.begin(), inputs.end(), [&](auto const& i) { return i.at >= now; });
    machine_.set_log(InputLog({inputs.begin(), end}, now));
    machine_.set_replay_only(false);
    active_ = number;
    balance();
    return number;
}

std::string Branches::switch_to(BranchNumber number) {
    if (!has(number)) return fmt::format("there is no branch {}", number);
    if (number == active_) return "";
    Moment const shared = common(active_, number);
    park(shared);
    Branch& branch = branches_.at(number);
    auto const from = machine_.checkpoints().at_or_before(std::min(shared, branch.left_at));
    machine_.restore(*from);
    machine_.set_log(std::move(branch.log));
    machine_.set_replay_only(branch.replay_only);
    machine_.checkpoints().join(std::move(branch.checkpoints));
    branch.checkpoints = machine::CheckpointStore(0);
    active_ = number;
    balance();
    return "";
}

Moment Branches::left_at(BranchNumber number) const {
    if (number == active_) return machine_.moment();
    auto const found = branches_.find(number);
    return found == branches_.end() ? Moment{} : found->second.left_at;
}

void Branches::leave_at(BranchNumber number, Moment moment) {
    if (auto const found = branches_.find(number); number != active_ && found != branches_.end())
        found->second.left_at = moment;
}

std::string Branches::drop(BranchNumber number) {
    if (!has(number)) return fmt::format("there is no branch {}", number);
    if (number == original) return "the original cannot be dropped";
    if (number == active_) return "this branch is being looked at: switch to another one first";
    Branch const gone = std::move(branches_.at(number));
    branches_.erase(number);
    for (auto& [other, branch] : branches_)
        if (branch.parent == number) {
            branch.parent = gone.parent;
            branch.forked_at = std::min(branch.forked_at, gone.forked_at);
        }
    balance();
    return "";
}

std::string Branches::rename(BranchNumber number, std::string_view name) {
    if (!has(number)) return fmt::format("there is no branch {}", number);
    if (name.empty() || name.size() > longest_name)
        return fmt::format("a name has 1 to {} letters", longest_name);
    if (branches_.at(number).name == name) return "";
    if (taken(name)) return fmt::format("there is a branch called {} already", name);
    branches_.at(number).name = name;
    return "";
}

std::vector<BranchInfo> Branches::list() const {
    std::vector<BranchInfo> all;
    for (auto const& [number, branch] : branches_) {
        bool const active = number == active_;
        InputLog const& log = active ? machine_.log() : branch.log;
        all.push_back({number, branch.name, branch.parent, branch.forked_at,
                       active ? std::max(log.edge(), machine_.moment()) : log.edge(), log.inputs().size(),
                       active});
    }
    return all;
}

std::optional<BranchNumber> Branches::find(std::string_view text) const {
    for (auto const& [number, branch] : branches_)
        if (branch.name == text) return number;
    for (auto const& [number, branch] : branches_)
        if (fmt::format("{}", number) == text) return number;
    return std::nullopt;
}

Moment Branches::common(BranchNumber one, BranchNumber other) const {
    // Up from the newer one: a branch's number is higher than its parent's.
    Moment until = Moment::never();
    while (one != other) {
        Branch const& newer = branches_.at(std::max(one, other));
        until = std::min(until, newer.forked_at);
        (one > other ? one : other) = *newer.parent;
    }
    return until;
}

std::uint64_t Branches::parked_bytes() const {
    std::uint64_t bytes = 0;
    for (auto const& [number, branch] : branches_)
        if (number != active_) bytes += branch.checkpoints.bytes();
    return bytes;
}

// Each parked branch gets an equal share of half the budget; the active one has
// what they leave.
void Branches::balance() {
    std::uint64_t const share = branches_.size() > 1 ? budget_ / 2 / (branches_.size() - 1) : 0;
    for (auto& [number, branch] : branches_) {
        if (number == active_) continue;
        branch.checkpoints.set_budget(share);
        if (branch.checkpoints.bytes() > share) branch.checkpoints = machine::CheckpointStore(0);
    }
    machine_.checkpoints().set_budget(budget_ - parked_bytes());
}

}  // namespace sim::debug
