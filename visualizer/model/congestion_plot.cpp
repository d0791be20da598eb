// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/congestion_plot.hpp"

#include <algorithm>
#include <deque>

namespace viz::model {

using Corner = SequencePlot::Corner;

namespace {

// A staircase of which only the part inside the window is kept.
class Stairs {
public:
    Stairs(std::vector<Corner>& corners, TimeWindow window) : corners_(corners), window_(window) {}
    void to(std::uint64_t ns, std::int64_t number) {
        if (ns > window_.to_ns) return;
        ns = std::max(ns, window_.from_ns);
        if (!corners_.empty() && corners_.back().virtual_ns == ns)
            corners_.back().number = number;  // what was so before the window, or in the same moment
        else if (corners_.empty() || corners_.back().number != number)
            corners_.push_back({ns, number});
    }

private:
    std::vector<Corner>& corners_;
    TimeWindow window_;
};

std::int64_t highest(std::vector<Corner> const& stairs) {
    std::int64_t most = 0;
    for (Corner const& c : stairs) most = std::max(most, c.number);
    return most;
}

// Drops a staircase that would press the others flat.
bool left_out(std::vector<Corner>& stairs, std::int64_t& most) {
    std::int64_t const top = highest(stairs);
    if (top <= 3 * most) {
        most = std::max(most, top);
        return false;
    }
    stairs.clear();
    return true;
}

void walk_segments(TcpFlow const& flow, bool outward, TimeWindow window, CongestionPlot& out) {
    struct Open {  // sent, not acknowledged
        std::int64_t from = 0, to = 0;
        std::uint64_t ns = 0;
        std::size_t segment = 0;
        bool once = true;
    };
    std::deque<Open> open;
    Stairs in_flight(out.in_flight, window), offered(out.offered, window);
    std::int64_t sent = 0, confirmed = 0;
    auto const inside = [&](Segment const& s) {
        return s.virtual_ns >= window.from_ns && s.virtual_ns <= window.to_ns;
    };
    for (std::size_t i = 0; i < flow.segments.size(); ++i) {
        Segment const& s = flow.segments[i];
        if (s.outward == outward) {
            if (s.to == s.from) continue;
            if (s.again) {
                if (inside(s)) out.again.push_back(i);
                for (Open& o : open)
                    if (o.from < s.to && s.from < o.to) o.once = false;
            }
            if (s.to > sent) open.push_back({s.from, s.to, s.virtual_ns, i, !s.again});
            sent = std::max(sent, s.to);
        } else if (s.confirmed) {
            std::optional<Open> last;
            while (!open.empty() && open.front().to <= *s.confirmed) last = open.front(), open.pop_front();
            // One that acknowledges only a part of the newest says little about any.
            if (last && last->once && last->to == *s.confirmed && inside(s))
                out.round_trips.push_back({s.virtual_ns, s.virtual_ns - last->ns, last->segment, i});
            confirmed = std::max(confirmed, *s.confirmed);
            offered.to(s.virtual_ns, static_cast<std::int64_t>(s.window));
            if (inside(s)) out.least_offered = std::min(out.least_offered.value_or(UINT64_MAX), s.window);
        }
        in_flight.to(s.virtual_ns, std::max<std::int64_t>(0, sent - confirmed));
    }
}

}  // namespace

CongestionPlot congestion_plot(TcpFlow const& flow, bool outward, TimeWindow window) {
    CongestionPlot out;
    walk_segments(flow, outward, window, out);
    if (outward) {  // the guest sends: its kernel tells
        Stairs cwnd(out.window, window), threshold(out.threshold, window), smoothed(out.smoothed, window),
            timeout(out.timeout, window);
        for (auto const& told : flow.windows) {
            cwnd.to(told.virtual_ns, told.window);
            if (told.threshold < UINT32_MAX) threshold.to(told.virtual_ns, told.threshold);
        }
        for (auto const& told : flow.round_trips) {
            smoothed.to(told.virtual_ns, static_cast<std::int64_t>(told.smoothed_ns));
            timeout.to(told.virtual_ns, static_cast<std::int64_t>(told.timeout_ns));
        }
    } else {  // what is between data and our answer to it is no round trip
        out.round_trips.clear();
    }
    out.most_bytes = std::max<std::int64_t>({1, highest(out.window), highest(out.in_flight)});
    left_out(out.threshold, out.most_bytes);
    out.offered_left_out = left_out(out.offered, out.most_bytes);
    for (auto const& trip : out.round_trips)
        out.most_ns = std::max(out.most_ns, static_cast<std::int64_t>(trip.ns));
    out.most_ns = std::max(out.most_ns, highest(out.smoothed));
    out.timeout_left_out = left_out(out.timeout, out.most_ns);
    return out;
}

std::optional<std::int64_t> height_at(std::vector<Corner> const& stairs, std::uint64_t ns) {
    auto const after =
        std::ranges::partition_point(stairs, [&](Corner const& c) { return c.virtual_ns <= ns; });
    if (after == stairs.begin()) return std::nullopt;
    return std::prev(after)->number;
}

}  // namespace viz::model
