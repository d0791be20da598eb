// SPDX-License-Identifier: GPL-2.0-or-later
//
// Faults of frames on the way between a machine and its outside: the n-th of a
// kind is dropped, delayed, doubled or changed. Stands before the outside, so
// what reaches the machine (and its log) is what was delivered, and a replay
// needs none of this. A delayed frame waits in virtual time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "simulator/explore/fault.hpp"
#include "simulator/links/frame_fates.hpp"
#include "simulator/machine/input.hpp"

namespace sim::explore {

class FrameFaults final : public machine::Outside {
public:
    // Neither is owned. Faults that are not of frames are ignored.
    FrameFaults(machine::Outside& outside, std::vector<Fault> const&, std::function<void(std::string)> told);

    // From now on it says there what becomes of each frame; the outside, if it tells, too.
    void tell(links::FrameFates* fates) { fates_ = fates; }

    void resume(std::uint64_t now_ns) override { outside_.resume(now_ns); }
    void poll(std::uint64_t now_ns, std::vector<machine::Arrival>& arrived) override;
    std::optional<std::uint64_t> wait(std::uint64_t now_ns,
                                      std::optional<std::uint64_t> deadline_ns) override;
    void output(std::uint64_t now_ns, std::string_view device, machine::OutputKind,
                std::span<std::uint8_t const>) override;

private:
    struct Held {
        std::uint64_t due_ns;
        machine::Arrival arrival;
        std::string fate;
    };
    struct Fate {
        bool dropped = false, doubled = false;
        std::uint64_t delay_ns = 0;
        std::string text;
    };
    Fate fate_of(std::vector<std::uint8_t>& frame, Fault::Direction);

    machine::Outside& outside_;
    std::vector<Fault> faults_;
    std::vector<std::uint64_t> seen_;  // frames that matched, for each fault
    std::vector<Held> in_, out_;       // in order of arrival
    std::function<void(std::string)> told_;
    links::FrameFates* fates_ = nullptr;
};

}  // namespace sim::explore
