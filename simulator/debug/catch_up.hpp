// SPDX-License-Identifier: GPL-2.0-or-later
//
// A session that began in the middle of a life does not know what was before. This
// lives it from its beginning up to there, on a machine of its own and a slice at a
// time, while nobody moves the other one. At the end it tells whether it came to the
// very state at which the session began.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "simulator/debug/kernel_reader.hpp"
#include "simulator/debug/observation.hpp"
#include "simulator/debug/probes.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::debug {

class CatchUp {
public:
    using Maker = std::function<std::unique_ptr<machine::Machine>()>;
    // The machine is made by the first slice. `kernel` must outlive this.
    CatchUp(Maker, std::vector<Probe>, KernelReader const* kernel, std::size_t max_events,
            machine::CheckpointPtr until, unsigned slice_ms);

    // Goes on for a slice. True: it is over.
    bool slice();
    double share() const;
    machine::Moment until() const { return until_->at; }

    // When it is over. Empty: this is the life that the session is in.
    std::string const& trouble() const { return trouble_; }
    bool lived() const { return observation_ != nullptr; }  // some of it, at least
    std::shared_ptr<Observation::Past> take_heard();
    machine::CheckpointStore take_checkpoints();

private:
    void begin();
    void compare();

    Maker maker_;
    std::vector<Probe> probes_;
    KernelReader const* kernel_;
    std::size_t max_events_;
    machine::CheckpointPtr until_;
    std::chrono::milliseconds slice_time_;
    std::uint64_t piece_ = 100'000;  // instructions; adapts to the host's speed
    std::unique_ptr<machine::Machine> machine_;
    std::unique_ptr<Observation> observation_;
    std::string trouble_;
};

}  // namespace sim::debug
