// SPDX-License-Identifier: GPL-2.0-or-later
//
// What may go wrong, as one line of text each: the one grammar of `--fault`, of
// scenarios and of tours. docs/reference/faults.md is its manual.
//
//     stall 3ms at 12ms               flip 0x12345 bit 3 at 123456
//     spurious irq 0x21 at 12ms       lose irq 3 of timer
//     fail allocation 17              tear write 2 1 of disk0
//     late irq 2 of timer 5ms
//     drop tcp syn 1                  delay frame 3 5ms
//
// Parsing trusts nothing. describe() writes a fault so that it parses again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "simulator/links/frame_kind.hpp"
#include "simulator/machine/moment.hpp"

namespace sim::explore {

// When: at a count, at a virtual time, or when the application is ready. None:
// at once, and counting from there.
struct When {
    enum class Kind : std::uint8_t { now, moment, time, ready } kind = Kind::now;
    machine::Moment moment;
    std::uint64_t ns = 0;
    friend bool operator==(When const&, When const&) = default;
};

struct Fault {
    enum class Kind : std::uint8_t {
        stall,            // ns
        spurious,         // number: the vector
        lose,             // the count-th of `number`: a vector, or machine::lost_timer
        late,             // as lose, but it comes `ns` later
        flip_memory,      // bit of the byte at `number`: physical, or virtual from the upper half
        flip_register,    // bit of `number`: as InputKind::set_register counts them
        fail_allocation,  // the count-th
        disk,             // text: the device's own line; device: which disk
        drop,             // frames: the count-th of `frames` in `direction`
        delay,            // ns
        duplicate,
        corrupt,  // bit 0 of the byte `number` from its end
    };
    using Frames = links::FrameKind;
    enum class Direction : std::uint8_t { both, in, out };  // as the guest sees it

    Kind kind = Kind::stall;
    When when;
    std::uint64_t count = 1;
    std::uint64_t number = 0;
    unsigned bit = 0;
    unsigned processor = 0;  // of interrupts and registers
    std::uint64_t ns = 0;
    Frames frames = Frames::any;
    Direction direction = Direction::both;
    std::string device, text;

    bool on_the_link() const { return kind >= Kind::drop; }
    friend bool operator==(Fault const&, Fault const&) = default;
};

struct FaultError {
    std::string message;  // "want a duration such as 3ms"
    std::size_t column = 0;
    std::string line;
    // The message, the line, a caret below the place, and the list of forms.
    std::string explain() const;
};

struct ParsedFault {
    std::optional<Fault> fault;
    FaultError error;  // when there is none
};
constexpr std::size_t longest_fault = 256;
ParsedFault parse_fault(std::string_view line);
std::string describe(Fault const&);
// Does its delivery need an observer of the processor ("at ready")?
bool watches_the_processor(Fault const&);
// All forms, one a line.
std::string_view fault_forms();

}  // namespace sim::explore
