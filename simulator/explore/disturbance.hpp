// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a world that is otherwise left alone may suffer, one at a time: a frame
// that is lost, late or doubled, an interrupt that is late, lost, or comes when
// nobody asked, a thread that is preempted. Each is an input of the world's log,
// so a future is a recording.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/links/network.hpp"

namespace sim::explore {

// What happened in a world and could be disturbed.
struct Happening {
    enum class Kind : std::uint8_t {
        interrupt,  // a processor took one
        step,       // a thread stood where another could take its place
        frame,      // was sent
    } kind = Kind::frame;
    std::uint64_t at_ns = 0;
    // The how-many-eth, from the warm time: frame of the world, request of this
    // vector at this processor, step of the machine.
    std::uint64_t number = 1;
    std::string machine;  // not of a frame
    unsigned processor = 0;
    std::uint8_t vector = 0;

    friend bool operator==(Happening const&, Happening const&) = default;
};

struct Disturbance {
    enum class Kind : std::uint8_t {
        delay,
        drop,
        duplicate,
        late,
        lose,
        spurious,
        preempt
    } kind = Kind::drop;
    Happening of;             // what it disturbs, as it was seen to happen
    std::uint64_t ns = 0;     // how late; how long a preemption takes the processor away
    std::uint64_t at_ns = 0;  // of a spurious interrupt: when it comes

    friend bool operator==(Disturbance const&, Disturbance const&) = default;
};
// "frame 7 is lost", "interrupt 0x30 of server, number 2, comes 10ms late".
std::string describe(Disturbance const&);

// The inputs of the disturbances of a future that begins at the warm time, in order.
std::vector<links::WorldInput> inputs_of(std::vector<Disturbance> const&, std::uint64_t warm_ns);

// Of the inputs of a machine's life those that disturbances gave it, in order. The
// faults of the topology itself are in the world's log, too; those have moments.
std::vector<machine::Input> disturbances_in(std::vector<machine::Input> const& life, links::WorldLog const&,
                                            std::string const& machine);

// How many of each may come together, and how large they are.
struct DisturbanceBounds {
    unsigned frames = 0, interrupts = 0, preemptions = 0;
    std::uint64_t frame_delay_ns = 0, late_ns = 0, stall_ns = 0;

    unsigned all() const { return frames + interrupts + preemptions; }
};
// What may come besides, to a future of these disturbances in which this happened
// (in order): of what came after all that is disturbed already, so that no two of
// them are tried in both orders.
std::vector<Disturbance> choices_after(std::vector<Disturbance> const&, std::vector<Happening> const&,
                                       DisturbanceBounds const&, std::uint64_t warm_ns);

}  // namespace sim::explore
