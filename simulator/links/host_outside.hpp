// SPDX-License-Identifier: GPL-2.0-or-later
//
// The outside of a live machine that is joined to the host by a link: frames go
// both ways, and the machine is paced. Its virtual time never runs ahead of the
// host's; when it fell behind (the guest had much to do) it catches up as soon
// as the guest halts. None of this exists in a replay.
#pragma once

#include <chrono>
#include <memory>

#include "simulator/links/link.hpp"
#include "simulator/machine/input.hpp"

namespace sim::links {

class HostOutside final : public machine::Outside {
public:
    // Frames from the link go to the device of this name.
    explicit HostOutside(std::unique_ptr<Link> link, std::string card = "net0");

    void resume(std::uint64_t now_ns) override;
    void poll(std::uint64_t now_ns, std::vector<machine::Arrival>& arrived) override;
    std::optional<std::uint64_t> wait(std::uint64_t now_ns,
                                      std::optional<std::uint64_t> deadline_ns) override;
    void output(std::uint64_t now_ns, std::string_view device, machine::OutputKind,
                std::span<std::uint8_t const>) override;

    // The guest is gone: gives the other end a moment to take what was sent.
    void drain(std::chrono::milliseconds at_most);

    Link& link() { return *link_; }

private:
    // The virtual time that the host's clock stands for.
    std::uint64_t host_ns() const;

    std::unique_ptr<Link> link_;
    std::string card_;
    std::chrono::steady_clock::time_point anchor_;
    std::uint64_t anchor_ns_ = 0;
};

}  // namespace sim::links
