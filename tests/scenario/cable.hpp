// SPDX-License-Identifier: MIT
//
// The host at the end of the cable of a machine that runs free: what it answers
// arrives at once.
#pragma once

#include <deque>

#include "simulator/machine/machine.hpp"
#include "tests/scenario/pinging_host.hpp"

namespace scenario {

class Cable final : public sim::machine::Outside {
public:
    explicit Cable(PingingHost& host) : host_(host) {}
    void resume(std::uint64_t) override {}
    void poll(std::uint64_t, std::vector<sim::machine::Arrival>& arrived) override {
        for (auto& frame : queue_)
            arrived.push_back({"net0", sim::machine::InputKind::frame, std::move(frame)});
        queue_.clear();
    }
    std::optional<std::uint64_t> wait(std::uint64_t now, std::optional<std::uint64_t> deadline) override {
        return queue_.empty() ? deadline : now;
    }
    void output(std::uint64_t, std::string_view, sim::machine::OutputKind kind,
                std::span<std::uint8_t const> bytes) override {
        if (kind != sim::machine::OutputKind::frame) return;
        for (auto& frame : host_.on_frame(bytes)) queue_.push_back(std::move(frame));
    }

private:
    PingingHost& host_;
    std::deque<Bytes> queue_;
};

}  // namespace scenario
