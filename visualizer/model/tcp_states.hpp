// SPDX-License-Identifier: GPL-2.0-or-later
//
// TCP's state diagram, [rfc9293 §3.3.2] figure 5: states, transitions with their
// causes, where each stands on a sheet, and the path that one connection took.
// Closing leads down to a second box of CLOSED, as in the RFC.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/machine/moment.hpp"
#include "visualizer/model/geometry.hpp"

namespace viz::model {

enum class TcpState : std::uint8_t {
    closed,
    listen,
    syn_sent,
    syn_received,
    established,
    fin_wait_1,
    fin_wait_2,
    close_wait,
    closing,
    last_ack,
    time_wait,
};
inline constexpr unsigned tcp_state_count = 11;
std::string_view name_of(TcpState);     // "FIN-WAIT-1"
std::string_view meaning_of(TcpState);  // one sentence
// Of any spelling: "FinWait1", "fin_wait_1".
std::optional<TcpState> state_named(std::string_view);

// What in a segment from the other side is the cause.
enum class Heard : std::uint8_t { nothing, syn, syn_ack, ack_of_syn, fin, ack_of_fin };

struct StateEdge {
    TcpState from, to;
    std::string_view cause;        // "rcv SYN", "CLOSE"
    std::string_view action = "";  // "snd SYN,ACK"; may be empty
    Heard heard = Heard::nothing;
    std::uint8_t sends = 0;  // the flag of the segment that an own cause sends; 0: none
};
std::span<StateEdge const> state_edges();
StateEdge const* edge_between(TcpState from, TcpState to);  // null: the RFC draws none
// Of the two boxes of CLOSED, a step from where nothing has begun leads to the upper.
bool leads_to_the_end(TcpState from, TcpState to);

struct StateStep {
    std::uint64_t event = 0;
    std::uint64_t virtual_ns = 0;
    sim::machine::Moment at;
    TcpState from = TcpState::closed, to = TcpState::closed;
    std::optional<std::uint64_t> packet;  // the frame that caused it, or that it sent: an event's number
};
// Was a connection ever in this state (of CLOSED: in this box of it), by the first
// `past` steps of its path?
bool visited(std::span<StateStep const> path, std::size_t past, TcpState, bool end);
// "rcv SYN / snd SYN,ACK"; of a step that the RFC does not draw: "at once".
std::string cause_of(StateStep const&);

// For an image that tells no states: what the guest must have gone through to send
// and answer these segments.
struct TcpFlow;
std::vector<StateStep> path_by_segments(TcpFlow const&);

// Boxes and arrows in pixels.
struct StateDiagram {
    struct Box {
        TcpState state;
        bool end = false;  // the second CLOSED
        Rect rect;
    };
    struct Arrow {
        TcpState from, to;
        Point start, tip;
        std::vector<unsigned> steps;  // of the path, from 1; empty: not taken
    };
    std::vector<Box> boxes;
    std::vector<Arrow> arrows;  // those not taken first
};
// Boxes shrink when there is less room than they want: never below what least_size()
// was asked for, in an area of that size.
StateDiagram state_diagram(Rect area, float box_width, float box_height, std::span<StateStep const> path);
// Where the middle of an arrow's numbers stands: on the arrow, or, where less of it
// would be seen than its head, beside it, on the side that faces out of the diagram.
Point number_place(StateDiagram::Arrow const&, Rect diagram, Point numbers, float head);
// Pixels that the diagram wants, for boxes of this size.
Point wanted_size(float box_width, float box_height);
Point least_size(float box_width, float box_height);

}  // namespace viz::model
