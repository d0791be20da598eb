// SPDX-License-Identifier: GPL-2.0-or-later
//
// A link with properties between one machine and its outside: frames are lost,
// late, doubled, changed, both ways, in virtual time. What reaches the machine
// is in its log, so a replay needs none of this.
#pragma once

#include <map>

#include "simulator/links/frame_fates.hpp"
#include "simulator/links/lane.hpp"
#include "simulator/machine/input.hpp"

namespace sim::links {

class LinkOutside final : public machine::Outside {
public:
    // The outside is not owned. The seed decides every frame's fate.
    LinkOutside(machine::Outside& outside, LinkProperties const&, std::uint64_t seed);

    void resume(std::uint64_t now_ns) override { outside_.resume(now_ns); }
    void poll(std::uint64_t now_ns, std::vector<machine::Arrival>& arrived) override;
    std::optional<std::uint64_t> wait(std::uint64_t now_ns,
                                      std::optional<std::uint64_t> deadline_ns) override;
    void output(std::uint64_t now_ns, std::string_view device, machine::OutputKind,
                std::span<std::uint8_t const>) override;

    // From now on it says there what becomes of each frame.
    void tell(FrameFates* fates) { fates_ = fates; }

    Lane const& in() const { return in_; }
    Lane const& out() const { return out_; }

private:
    struct Held {
        std::string device;
        Frame frame;
        std::string fate;  // on the way in, if somebody asks
    };
    using Queue = std::multimap<std::uint64_t, Held>;  // by time of arrival
    void hold(Queue&, Lane&, std::uint64_t now_ns, std::string_view device, std::span<std::uint8_t const>);
    std::string tell_of(bool is_in, std::uint64_t now_ns, std::span<std::uint8_t const> frame,
                        std::span<Lane::Arrival const> arrivals);

    machine::Outside& outside_;
    Lane in_, out_;
    Queue coming_, going_;
    FrameFates* fates_ = nullptr;
};

}  // namespace sim::links
