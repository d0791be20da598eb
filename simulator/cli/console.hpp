// SPDX-License-Identifier: GPL-2.0-or-later
//
// The guest's serial line on stdout, and what the machine reports on stderr, with
// the moment and the instruction.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "simulator/debug/symbols.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::cli {

// So much text in so little time that nobody can mean it: no more is printed.
class Flood {
public:
    static constexpr std::uint64_t bytes = 2 << 20, ns = 1'000'000'000;
    static constexpr char const* text =
        "the guest floods its serial line: 2 MiB within a second; the rest is not shown";

    // So many bytes more, now. True: it was a flood already.
    bool seen(machine::Machine const& machine, std::size_t count) {
        if (at_) return true;
        std::uint64_t const now_ns = machine.virtual_ns();
        if (now_ns - since_ns_ > ns) since_ns_ = now_ns, bytes_ = 0;
        bytes_ += count;
        if (bytes_ > bytes) at_ = machine.moment();
        return false;
    }
    // When it became one.
    std::optional<machine::Moment> at() const { return at_; }

private:
    std::uint64_t since_ns_ = 0, bytes_ = 0;
    std::optional<machine::Moment> at_;
};

// What the machine has to report of its guest, as one line: what, when and, where an
// instruction did it and no event or input, by which. Remembers when that was the first time.
class Reports {
public:
    std::string line(machine::Machine&, std::string_view device, std::string_view text);
    std::optional<machine::Moment> first() const { return first_; }

private:
    std::shared_ptr<debug::Symbols const> symbols_;  // read when they are needed
    std::optional<machine::Moment> first_;
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
    std::optional<machine::Moment> flooded_at() const { return flood_.at(); }
    std::optional<machine::Moment> first_report() const { return reports_.first(); }

private:
    Flood flood_;
    Reports reports_;
};

}  // namespace sim::cli
