// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the sender of one direction thought of the path, over time: congestion window
// and slow start threshold as the guest's kernel tells, bytes in flight and round
// trips as the wire tells. Numbers only; the view turns them into pixels.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "visualizer/model/sequence_plot.hpp"
#include "visualizer/model/tcp_flow.hpp"

namespace viz::model {

struct CongestionPlot {
    using Corner = SequencePlot::Corner;
    // Bytes. Those of the kernel are empty where it is not the sender, or does not tell.
    std::vector<Corner> window, threshold;  // cwnd, ssthresh (once there is one)
    std::vector<Corner> in_flight;          // sent and not acknowledged
    std::vector<Corner> offered;            // what the other side has room for
    std::int64_t most_bytes = 1;
    bool offered_left_out = false;  // so far above the rest that it would press it flat
    std::optional<std::uint64_t> least_offered;

    // From a segment to the acknowledgement of its last byte; none of what was sent twice,
    // for nobody knows which of the two was meant. [rfc6298 §3]
    struct RoundTrip {
        std::uint64_t virtual_ns = 0;  // of the acknowledgement
        std::uint64_t ns = 0;
        std::size_t segment = 0, ack = 0;  // of the flow
    };
    std::vector<RoundTrip> round_trips;
    std::vector<Corner> smoothed, timeout;  // ns, as the kernel tells
    std::int64_t most_ns = 1;
    bool timeout_left_out = false;

    std::vector<std::size_t> again;  // segments that were sent again: where to look for a reason
};

// What falls into the window of time, and what was so at its beginning.
CongestionPlot congestion_plot(TcpFlow const&, bool outward, TimeWindow);

// How high a staircase stands at a time; none: it begins later.
std::optional<std::int64_t> height_at(std::vector<SequencePlot::Corner> const&, std::uint64_t ns);

}  // namespace viz::model
