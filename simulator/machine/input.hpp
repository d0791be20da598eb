// SPDX-License-Identifier: GPL-2.0-or-later
//
// The only door from outside into a machine. Whatever arrives (a frame from the
// host's network, a key, a poke by a person) is stamped with the moment at which
// it is delivered and kept in the machine's log. Running again over the same
// moments takes it from the log, and nothing else: the outside is asked only at
// the live edge, the furthest moment ever reached.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "simulator/machine/device.hpp"
#include "simulator/machine/moment.hpp"

namespace sim::machine {

struct Input {
    Moment at;                     // the moment before the delivery, which is itself a happening
    std::uint64_t virtual_ns = 0;  // virtual time at delivery: in HLT it may lie past the time at `at`
    std::string target;            // a device's name, or "memory" for a poke
    InputKind kind = InputKind::console;
    std::vector<std::uint8_t> bytes;

    friend bool operator==(Input const&, Input const&) = default;
};

// What arrived and is not yet stamped.
struct Arrival {
    std::string target;
    InputKind kind = InputKind::console;
    std::vector<std::uint8_t> bytes;
};

// The world outside of a machine while it runs live: the host's network, a
// person at the console, or a test's script. It is asked at slice ends (every
// Machine::slice_instructions, and when the processor halts). It is not part of
// the machine: nothing of it is saved, and replay does without it.
//
// A paced one keeps virtual time from running ahead of the host's: poll() waits
// until the host has caught up, wait() lets the host's time pass. One that runs
// free does neither.
class Outside {
public:
    virtual ~Outside() = default;

    // The machine goes live at this virtual time: at the start, after a pause,
    // after a seek back to the edge. A paced outside ties the clocks here.
    virtual void resume(std::uint64_t now_ns) = 0;
    // Appends what has arrived. Must not block for more than pacing needs.
    virtual void poll(std::uint64_t now_ns, std::vector<Arrival>& arrived) = 0;
    // The processor is halted. Lets time pass until the deadline (none: nothing
    // is scheduled) or until something has arrived, which the next poll() will
    // give; returns the virtual time reached, at most the deadline. May return
    // early with nothing, and must after about 5 ms of the host's time, so that
    // the caller stays responsive. Free-running: the deadline at once; or, with
    // no deadline and nothing to come ever, none.
    virtual std::optional<std::uint64_t> wait(std::uint64_t now_ns,
                                              std::optional<std::uint64_t> deadline_ns) = 0;
    // A device sent something. Called at the live edge only, once for each.
    virtual void output(std::uint64_t now_ns, std::string_view device, OutputKind,
                        std::span<std::uint8_t const>) = 0;
};

}  // namespace sim::machine
