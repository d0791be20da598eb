// SPDX-License-Identifier: GPL-2.0-or-later
//
// Faults of links as lines of text: what shall happen to which frame.
//
//     drop tcp syn 1                   the first TCP segment with SYN
//     drop frame 7                     the seventh frame of any kind
//     delay ip 3 5ms                   the third IPv4 packet comes 5 ms later
//     duplicate udp 2   corrupt icmp 1
//     corrupt tcp data 2 byte 5        the lowest bit of its sixth byte from the end
//     drop tcp data 4 from client      counted among what client sends
//     drop arp 2 to server             or what is sent straight to server
//     partition a b from 10ms to 20ms  nothing between a and b for that time
//
// Frames are counted as they are sent, over the whole network, each line by
// itself. The grammar is ACTION KIND N [TIME] [byte B] [from NAME] [to NAME]; the
// kinds are frame_kind.hpp's. `from` and `to` are the two ends of a link.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/links/frame_kind.hpp"
#include "simulator/machine/state.hpp"

namespace sim::links {

struct FaultLine {
    enum class Action : std::uint8_t { drop, delay, duplicate, corrupt, partition } action = Action::drop;
    FrameKind kind = FrameKind::any;
    std::uint64_t number = 1;          // which of those that match, from 1
    std::uint64_t delay_ns = 0;        // of delay
    std::uint64_t byte = 0;            // of corrupt: which, from the frame's end
    std::string from, to;              // only what this one sends, or is sent; empty: anybody
    std::string between_a, between_b;  // of partition
    std::uint64_t begin_ns = 0, end_ns = 0;

    friend bool operator==(FaultLine const&, FaultLine const&) = default;
};

// Throws std::runtime_error: one line with the fault, what is wrong and an example.
FaultLine parse_fault_line(std::string_view text);
std::string to_string(FaultLine const&);

// What the lines do to one frame.
struct FaultEffect {
    bool drop = false, duplicate = false;
    std::uint64_t delay_ns = 0;
    std::vector<std::uint64_t> corrupt{};  // bytes from its end whose lowest bit changes
};

// The lines of one network, and how far each has counted.
class FaultLines {
public:
    void add(FaultLine line) { lines_.push_back({std::move(line), 0}); }
    std::size_t size() const { return lines_.size(); }
    // Call once for each frame that is sent, in the order of sending.
    FaultEffect on_frame(std::uint64_t now_ns, std::string_view from, std::string_view to,
                         std::span<std::uint8_t const> frame);

    // The lines themselves are state, too: some come when the world has begun.
    void save(machine::StateWriter&) const;
    void load(machine::StateReader&);

private:
    struct Counted {
        FaultLine line;
        std::uint64_t matched;
    };
    std::vector<Counted> lines_;
};

}  // namespace sim::links
