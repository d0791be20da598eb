// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/lives.hpp"

#include <utility>

namespace sim::debug {

Lives::Lives(machine::Machine& machine, Observation& observation, Reach recorded)
    : machine_(machine), observation_(observation), branches_(machine) {
    active_.recorded = recorded;
    see();
}

std::variant<BranchNumber, std::string> Lives::fork(std::string_view name) {
    BranchNumber const left = branches_.active();
    auto made = branches_.fork(name);
    if (std::holds_alternative<std::string>(made)) return made;
    Known& there = parked_[left] = std::exchange(active_, {});
    there.heard = observation_.fork(machine_.moment());
    see();  // another future: the recording's end is not its end
    return made;
}

std::string Lives::switch_to(BranchNumber number) {
    BranchNumber const left = branches_.active();
    if (number == left) return "";
    if (std::string why = branches_.switch_to(number); !why.empty()) return why;
    Known there = std::move(parked_.at(number));
    parked_.erase(number);
    active_.heard = observation_.exchange(std::move(there.heard));
    parked_[left] = std::exchange(active_, std::move(there));
    return "";
}

std::string Lives::drop(BranchNumber number) {
    std::string why = branches_.drop(number);
    if (why.empty()) parked_.erase(number);
    return why;
}

void Lives::see() {
    if (machine_.moment() < active_.seen.at) return;
    active_.seen = {machine_.moment(), machine_.virtual_ns()};
}

void Lives::join(Observation::Past const& before, machine::CheckpointStore checkpoints, machine::Moment until) {
    // A branch that forked before there was heard from its fork on.
    auto const from = [&](BranchNumber number) { return std::min(until, branches_.common(original, number)); };
    machine::Moment const here = from(branches_.active());
    observation_.join(before, here);
    for (auto& [number, known] : parked_) Observation::join(before, *known.heard, from(number));
    checkpoints.split_after(here);
    machine_.checkpoints().join(std::move(checkpoints));
}

Reach Lives::end() const {
    bool const recorded = active_.recorded.at >= active_.seen.at && active_.recorded.virtual_ns;
    return recorded ? active_.recorded : active_.seen;
}

}  // namespace sim::debug
