// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a world that is otherwise left alone may suffer, one at a time: a frame
// that is lost, late or doubled, an interrupt that is late, lost, or comes when
// nobody asked. Each is an input of the world's log, so a future is a recording.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/links/network.hpp"

namespace sim::explore {

struct Disturbance {
    enum class Kind : std::uint8_t { delay, drop, duplicate, late, lose, spurious } kind = Kind::drop;
    std::uint64_t at_ns = 0;  // of the world: when what it disturbs was seen to happen
    std::uint64_t number =
        1;  // the how-many-eth frame of the world, or request of the vector, from the warm time
    std::uint64_t ns = 0;     // how late
    std::string machine;      // of an interrupt
    std::uint8_t vector = 0;  //   its vector

    bool of_a_frame() const { return kind <= Kind::duplicate; }
    friend bool operator==(Disturbance const&, Disturbance const&) = default;
};
// "frame 7 is lost", "interrupt 0x30 of server, number 2, comes 10ms late".
std::string describe(Disturbance const&);

// The inputs of the disturbances of a future that begins at the warm time, in order.
std::vector<links::WorldInput> inputs_of(std::vector<Disturbance> const&, std::uint64_t warm_ns);

}  // namespace sim::explore
