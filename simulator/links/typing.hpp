// SPDX-License-Identifier: GPL-2.0-or-later
//
// A person at the guest's serial line: what comes from a descriptor (a terminal,
// a pipe) is typed there. It goes before another outside, which does all else
// and sets the pace.
//
// A pipe has its text ready before the guest has set up its serial chip, which
// throws away what has come until then. So nobody types before the guest has
// printed something, or a second of its time has passed.
#pragma once

#include <string>

#include "simulator/links/link.hpp"
#include "simulator/machine/input.hpp"

namespace sim::links {

class Typing final : public machine::Outside {
public:
    static constexpr std::uint64_t longest_silence_ns = 1'000'000'000;

    // Neither is owned. Reads the descriptor only when it has something.
    Typing(machine::Outside& outside, int descriptor, std::string port = "uart0")
        : outside_(outside), descriptor_(descriptor), port_(std::move(port)) {}

    void resume(std::uint64_t now_ns) override { outside_.resume(now_ns); }
    void poll(std::uint64_t now_ns, std::vector<machine::Arrival>& arrived) override;
    std::optional<std::uint64_t> wait(std::uint64_t now_ns,
                                      std::optional<std::uint64_t> deadline_ns) override {
        return outside_.wait(now_ns, deadline_ns);
    }
    void output(std::uint64_t now_ns, std::string_view device, machine::OutputKind kind,
                std::span<std::uint8_t const> bytes) override {
        if (kind == machine::OutputKind::console) guest_spoke_ = true;
        outside_.output(now_ns, device, kind, bytes);
    }

private:
    machine::Outside& outside_;
    int descriptor_;  // -1 after its end
    std::string port_;
    bool guest_spoke_ = false;
};

// A cable with nobody at the other end: for a machine that has a person, and no
// network. A wait ends early when the descriptor has something; once that has come to
// its end, waits sleep as long as they may.
class NoLink final : public Link {
public:
    explicit NoLink(int descriptor) : descriptor_(descriptor) {}
    void send(std::span<std::uint8_t const>) override {}
    std::optional<Frame> receive() override { return std::nullopt; }
    bool wait(std::chrono::nanoseconds at_most) override;
    void wake() override {}  // its waits are short

private:
    int descriptor_;
    bool ended_ = false;
};

}  // namespace sim::links
