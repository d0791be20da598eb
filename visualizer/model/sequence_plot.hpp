// SPDX-License-Identifier: GPL-2.0-or-later
//
// The time-sequence plot of one direction of a connection: when which numbers were
// sent, acknowledged, allowed and reported as islands. After the plots of tcptrace.
// Times and sequence numbers only; the view turns them into pixels.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "visualizer/model/tcp_flow.hpp"
#include "visualizer/model/view_state.hpp"

namespace viz::model {

struct SequencePlot {
    // control: a SYN or FIN, at its own number beside what else its segment carries.
    enum class Kind : std::uint8_t { data, again, control, selective };
    struct Bar {
        std::uint64_t virtual_ns = 0;
        std::int64_t from = 0, to = 0;
        Kind kind = Kind::data;
        std::size_t segment = 0;  // of the flow
    };
    struct Corner {  // of a staircase: from here on it is so high
        std::uint64_t virtual_ns = 0;
        std::int64_t number = 0;
    };
    std::vector<Bar> bars;                    // ascending in time
    std::vector<Corner> confirmed;            // what the other side has acknowledged
    std::vector<Corner> allowed;              // how far its window lets the sender go
    std::vector<std::size_t> duplicate_acks;  // segments
    std::int64_t least = 0, most = 1;         // of what is shown
    // The window's edge lies so far above the data that it would press it flat: it is
    // not shown. `room` is the least that it left; none: nothing was heard of it yet.
    bool edge_left_out = false;
    std::optional<std::uint64_t> room;
};

// What falls into the window of time, and what was so at its beginning. For `room` only
// the first `until` segments count.
SequencePlot sequence_plot(TcpFlow const&, bool outward, TimeWindow, std::size_t until = SIZE_MAX);

// The window that shows a whole connection: from its first segment to its last. Room around
// it is the view's, in pixels: of a squeezed axis a little time can be much.
TimeWindow life_of(TcpFlow const&);

// Round numbers between two, about `wanted` of them: at least three where there are
// so many numbers.
std::vector<std::int64_t> number_marks(std::int64_t least, std::int64_t most, unsigned wanted);

}  // namespace viz::model
