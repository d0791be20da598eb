// SPDX-License-Identifier: GPL-2.0-or-later
//
// TCP as the wire tells it: the frames of a recording sorted by connection, each
// segment with its place in the stream. Over IPv4, as decode_packet() reads it; what
// the kernel knows of the connection adds only the states that its probes tell.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "simulator/debug/event_index.hpp"
#include "simulator/debug/packet_decode.hpp"
#include "visualizer/model/tcp_states.hpp"

namespace viz::model {

struct TcpFlag {
    static constexpr std::uint8_t fin = 1, syn = 2, rst = 4, ack = 16;
};

// What one side had sent by a segment, and what the other one said of it.
struct TcpSums {
    std::uint64_t bytes = 0;           // payload, each byte once or more
    std::uint64_t again = 0;           // segments that came again
    std::uint64_t duplicate_acks = 0;  // of it, by the other side
    bool operator==(TcpSums const&) const = default;
};

// Sequence numbers here do not wrap: they count from each side's SYN, which is 0
// (or, where the SYN is not held, from the first segment).
struct Segment {
    std::uint64_t event = 0;  // of the packet: its identity
    std::uint64_t virtual_ns = 0;
    sim::machine::Moment at;
    bool outward = false;  // sent by the guest
    std::uint8_t flags = 0;
    std::int64_t from = 0, to = 0;          // what it occupies: payload, SYN and FIN
    std::uint32_t length = 0;               // payload alone
    std::optional<std::int64_t> confirmed;  // acknowledgement, in the other side's numbers
    std::uint64_t window = 0;               // bytes, scaled
    std::array<std::pair<std::int64_t, std::int64_t>, 4> sack{};
    unsigned sacks = 0;
    std::optional<std::uint64_t> again;  // it carries what was sent before: index of that segment
    // The guest sent it again before it was acknowledged: index of that segment. It was lost
    // on the way, or what was said of it; or the guest did not wait long enough.
    std::optional<std::uint64_t> resent;
    bool fills_hole = false;      // to the guest, behind what was sent after it: the first was lost
    bool duplicate_ack = false;   // says what the one before said [rfc5681 §2]
    std::array<TcpSums, 2> sums;  // with this one: [0] of what came inward, [1] outward

    bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

struct TcpFlow {
    std::string local, remote;  // the guest's side first
    std::vector<Segment> segments;
    struct Direction {
        bool known = false;      // one of its segments was seen
        std::uint32_t wire = 0;  // a number on the wire ...
        std::int64_t here = 0;   // ... and as it is counted here
        std::optional<std::uint8_t> shift;
        std::int64_t highest = 0;                    // one past the last that was sent
        std::int64_t confirmed = -1;                 // the newest acknowledgement of it
        std::uint64_t bytes = 0;                     // payload, each byte once or more
        std::map<std::int64_t, std::uint64_t> sent;  // where a segment began: its index
    };
    std::array<Direction, 2> direction;  // [0] inward, [1] outward
    std::vector<StateStep> told;         // by the kernel's probes; may be empty
    // The guest's own congestion control, as its kernel tells; may be empty.
    struct Windows {
        std::uint64_t virtual_ns = 0;
        sim::machine::Moment at;
        std::uint32_t window = 0, threshold = 0;  // bytes; UINT32_MAX: no threshold yet
    };
    struct RoundTrips {
        std::uint64_t virtual_ns = 0;
        sim::machine::Moment at;
        std::uint64_t smoothed_ns = 0, timeout_ns = 0;
    };
    std::vector<Windows> windows;
    std::vector<RoundTrips> round_trips;

    Direction const& of(bool outward) const { return direction[outward]; }
    // The direction with more data: the one to be plotted first.
    bool mostly_outward() const { return of(true).bytes >= of(false).bytes; }
    std::uint64_t begin_ns() const { return segments.empty() ? 0 : segments.front().virtual_ns; }
    std::uint64_t end_ns() const { return segments.empty() ? 0 : segments.back().virtual_ns; }
    // The path through the state diagram: as the kernel told it, else as its
    // segments let us think.
    std::vector<StateStep> path() const;
    bool path_is_told() const { return !told.empty(); }
    std::string name() const { return local + " with " + remote; }

    // How many of the segments had happened at a moment.
    std::size_t until(sim::machine::Moment) const;
    // Had anything been heard of it then, from the wire or from the kernel?
    bool begun(sim::machine::Moment) const;
    TcpSums sums(bool outward, std::size_t until) const;
};

// All connections of a recording, in the order of their first segments. Grows with
// the events: what was looked at is not looked at again.
class TcpFlows {
public:
    void update(sim::debug::EventView const&);
    std::vector<TcpFlow> const& all() const { return flows_; }
    // Which one a packet (its event) or the kernel's report of a state belongs to.
    std::optional<std::size_t> of_event(std::uint64_t event) const;

private:
    void take(sim::debug::DecodedPacket const&, sim::debug::Event const&, std::uint64_t number);
    void judge_again(TcpFlow&, Segment&);
    void take_state(sim::debug::Event const&, std::uint64_t number, sim::debug::EventView const&);
    void take_congestion(sim::debug::Event const&, std::uint64_t number, sim::debug::EventView const&);
    std::size_t flow_for(sim::debug::DecodedPacket const&, bool outward);

    std::vector<TcpFlow> flows_;
    std::map<std::string, std::size_t> newest_;              // by name
    std::map<std::string, std::vector<StateStep>> to_come_;  // of a flow that has sent nothing yet
    std::map<std::uint64_t, std::size_t> by_event_;
    std::uint64_t looked_ = 0, generation_ = 0, taken_ = 0;  // taken_: segments, forgotten ones too
};

}  // namespace viz::model
