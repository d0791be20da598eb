// SPDX-License-Identifier: GPL-2.0-or-later
//
// Does a guest spin? The same few instructions with interrupts off, for ever: that
// can be proven, or is believed after a while. Or it computes, and tells nobody.
#pragma once

#include <cstdint>
#include <optional>

#include "simulator/machine/machine.hpp"

namespace sim::explore {

struct SpinBounds {
    // Instructions. A loop that reads memory or devices could still end: so long it
    // changes nothing before it counts as one for ever.
    std::uint64_t repeating = 1'000'000'000;
    // One that changes something all the time: so long it touches no device, with
    // interrupts off. Virtual seconds, since it may mean to be as slow as that.
    std::uint64_t silent = 10'000'000'000;
    // The host may send it something (a port that is forwarded, what is typed): then only
    // what is proven counts.
    bool host = false;
};

// A guest that can never get out of a loop of its own, with interrupts off; of
// several processors all, or they sleep so. Listens to its accesses of devices.
class SpinCheck final : public machine::AccessObserver {
public:
    // From now on, until it is destroyed. The machine must outlive this.
    explicit SpinCheck(machine::Machine&, SpinBounds = {});
    ~SpinCheck() override;
    void on_access(machine::Machine&, machine::Access const&) override;
    void on_clock_read(machine::Machine&) override;

    // Between runs, about every few million instructions. True: it spins for ever.
    // Runs the machine on for a few thousand instructions when it looks so.
    bool spins() { return spins(machine_); }
    // The same where the machine must not be run on: its twin, which stands where it stands.
    bool spins(machine::Machine& twin);
    // In place of spins(), by who knows that something can wake it: what was suspected is void.
    void heard_interrupts();

    // Of the loop that was found.
    std::uint64_t period() const { return period_; }
    bool proven() const { return proven_; }
    unsigned processor() const { return processor_; }  // one that spins
    bool several() const { return several_; }          // others do, too
    // No loop was found, but since then no device was touched.
    std::optional<machine::Moment> silent_since() const { return silent_since_; }
    SpinBounds const& bounds() const { return bounds_; }

    static constexpr std::uint64_t longest_period = 4096;

private:
    bool repeats(machine::Machine&);
    bool silent(std::uint64_t now);
    bool deaf(machine::Machine const&, unsigned cpu) const;

    machine::Machine& machine_;
    SpinBounds bounds_;
    std::optional<machine::Moment> touched_, silent_since_;  // a device, the last time
    std::optional<std::uint64_t> deaf_since_;
    unsigned suspicious_ = 0;  // calls in a row with interrupts off
    std::optional<std::uint64_t> since_;
    std::uint64_t period_ = 0;
    unsigned processor_ = 0;
    bool proven_ = false, several_ = false;
};

}  // namespace sim::explore
