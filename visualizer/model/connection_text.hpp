// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which connection the view "connection" shows, and its text twin: the path
// through the state diagram, the segments of one direction with what came back, and the
// sender's windows and round trips.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "visualizer/model/congestion_plot.hpp"
#include "visualizer/model/model.hpp"
#include "visualizer/model/view_state.hpp"

namespace viz::model {

// That of the selected packet, event or connection; else the one that was heard of
// last before now; else the first, which has not begun yet. None: there is no TCP
// connection.
std::optional<std::size_t> chosen_flow(Model const&, ViewState const&);
// Whose data is plotted: the side that sent more, or the other one.
bool plotted_direction(TcpFlow const&, ViewState const&);

// "again: first in packet 21, 200 ms before", "has 1449..2897": what is remarkable
// about a segment; empty: nothing.
std::string remark_of(TcpFlow const&, Segment const&, Model const&);

// "1.2 ms from packet 12 to its acknowledgement, packet 14".
std::string round_trip_text(TcpFlow const&, CongestionPlot::RoundTrip const&, Model const&);

std::string connection_text(Model const&, ViewState const&);
std::string connection_json(Model const&, ViewState const&);

}  // namespace viz::model
