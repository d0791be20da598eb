// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/catch_up.hpp"

#include <algorithm>
#include <chrono>
#include <exception>

namespace sim::debug {

using Clock = std::chrono::steady_clock;
using machine::Moment;
using machine::RunStop;

CatchUp::CatchUp(Maker maker, std::vector<Probe> probes, KernelReader const* kernel, std::size_t max_events,
                 machine::CheckpointPtr until, unsigned slice_ms)
    : maker_(std::move(maker)),
      probes_(std::move(probes)),
      kernel_(kernel),
      max_events_(max_events),
      until_(std::move(until)),
      slice_time_(slice_ms) {}

void CatchUp::begin() {
    machine_ = maker_();
    // Two stores are there for a while.
    machine_->checkpoints().set_budget(machine_->checkpoints().budget() / 2);
    observation_ = std::make_unique<Observation>(*machine_, std::move(probes_), kernel_, max_events_);
}

bool CatchUp::slice() {
    if (!trouble_.empty()) return true;
    try {
        if (!machine_) begin();
    } catch (std::exception const& error) {  // there is no memory for a second one
        trouble_ = error.what();
        return true;
    }
    auto const end = Clock::now() + slice_time_;
    while (machine_->moment() < until_->at) {
        Moment const now = machine_->moment();
        auto const begin = Clock::now();
        if (begin >= end) return false;
        auto const result = machine_->run({.moment = std::min(until_->at, Moment{now.retired + piece_, 0}),
                                           .happenings = 1000});
        auto const took = Clock::now() - begin;
        if (took > slice_time_ / 2 && piece_ > 10'000) piece_ /= 2;
        if (took < slice_time_ / 8 && piece_ < 4'000'000) piece_ *= 2;
        bool const goes_on = result.stop == RunStop::reached || result.stop == RunStop::interrupted ||
                             result.stop == RunStop::observer;
        if (!goes_on || (machine_->moment() == now && result.stop == RunStop::reached)) break;
    }
    compare();
    return true;
}

void CatchUp::compare() {
    if (machine_->moment() != until_->at || machine_->hash() != machine::hash_of(*until_))
        trouble_ = "the state that was kept is not one that this life leads to";
}

double CatchUp::share() const {
    if (!machine_ || until_->at.retired == 0) return 0;
    return std::min(1.0, static_cast<double>(machine_->moment().retired) /
                             static_cast<double>(until_->at.retired));
}

std::shared_ptr<Observation::Past> CatchUp::take_heard() {
    return observation_->exchange(std::make_shared<Observation::Past>());
}

machine::CheckpointStore CatchUp::take_checkpoints() {
    return std::exchange(machine_->checkpoints(), machine::CheckpointStore(0));
}

}  // namespace sim::debug
