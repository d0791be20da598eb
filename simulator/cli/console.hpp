// SPDX-License-Identifier: GPL-2.0-or-later
//
// The guest's serial line on stdout, and what the machine reports on stderr.
#pragma once

#include "simulator/machine/machine.hpp"

namespace sim::cli {

// So much text in so little time that nobody can mean it: no more is printed.
class Flood {
public:
    static constexpr std::uint64_t bytes = 2 << 20, ns = 1'000'000'000;
    static constexpr char const* text =
        "the guest floods its serial line: 2 MiB within a second; the rest is not shown";

    // So many bytes more, at this virtual time. True: it was a flood already.
    bool seen(std::uint64_t now_ns, std::size_t count) {
        if (flooded_) return true;
        if (now_ns - since_ns_ > ns) since_ns_ = now_ns, bytes_ = 0;
        bytes_ += count;
        flooded_ = bytes_ > bytes;
        return false;
    }
    bool flooded() const { return flooded_; }

private:
    std::uint64_t since_ns_ = 0, bytes_ = 0;
    bool flooded_ = false;
};

class Console final : public machine::MachineObserver {
public:
    // Must outlive every run of the machine.
    explicit Console(machine::Machine& machine) { machine.add_observer(*this); }

    void on_output(machine::Machine&, machine::Device const&, machine::OutputKind,
                   std::span<std::uint8_t const>) override;
    void on_report(machine::Machine&, std::string_view device, std::string_view text) override;
    // Call between runs: a person wants to see the prompt.
    void flush();
    bool flooded() const { return flood_.flooded(); }

private:
    Flood flood_;
};

}  // namespace sim::cli
