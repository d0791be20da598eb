// SPDX-License-Identifier: GPL-2.0-or-later
//
// One life lived in one manner, again and again and always alike: which moments
// are looked at, where state is put back and what is watched is chosen from the
// seed, stretch by stretch, and not by what happened before.
#pragma once

#include <memory>
#include <vector>

#include "simulator/recording/doctor.hpp"

namespace sim::recording {

// What all manners of one examination share.
struct Plan {
    MakeMachine make;
    std::uint64_t seed = 1;
    std::function<bool()> cancelled;
    std::vector<machine::Moment> samples;  // ascending, from moment 0 to the end
    // Worth watching: where the processors were at the samples, and their stacks.
    std::vector<engine::VirtAddr> code;
    std::vector<engine::Cpu::MemoryRange> data;
};

class MannerLife final : public Life {
public:
    MannerLife(Plan const&, Manner);
    ~MannerLife() override;
    // Begins at a sample with this state, not at moment 0. For long lives.
    void begin_at(std::size_t sample, machine::CheckpointPtr);

    // Begins again each time: what is seen at a moment never depends on what was
    // looked at before.
    machine::Machine& at(machine::Moment) override;
    // Goes on from where it is: for the samples, one after the other.
    machine::Machine& advance(machine::Moment);
    // What the hooks have been shown so far: watching nothing proves nothing.
    std::uint64_t shown() const;

private:
    class Watcher;
    struct Stop {
        machine::Moment at;
        unsigned what = 0;
        std::uint64_t choice = 0;
    };

    void restart();
    void use(std::unique_ptr<machine::Machine>);
    void begin_stretch();
    void put_back(Stop const&);
    void run(machine::Moment);
    void arm();
    void disarm();

    Plan const& plan_;
    Manner manner_;
    std::size_t first_sample_ = 0;
    machine::CheckpointPtr first_state_;

    std::unique_ptr<machine::Machine> machine_;
    std::unique_ptr<Watcher> watcher_;
    std::size_t stretch_ = 0;  // from samples[stretch_] to the next
    bool begun_ = false;       // that stretch's stops are chosen
    std::vector<Stop> stops_;
    std::size_t next_stop_ = 0;
    std::vector<machine::CheckpointPtr> kept_;  // in this stretch
};

}  // namespace sim::recording
