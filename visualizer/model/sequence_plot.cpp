// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/sequence_plot.hpp"

#include <algorithm>

#include "visualizer/model/time_axis.hpp"

namespace viz::model {

TimeWindow life_of(TcpFlow const& flow) {
    return {flow.begin_ns(), std::max(flow.end_ns(), flow.begin_ns() + 1000)};
}

SequencePlot sequence_plot(TcpFlow const& flow, bool outward, TimeWindow window, std::size_t until) {
    SequencePlot out;
    std::optional<std::int64_t> low, high;
    auto reach = [&](std::int64_t number) {
        low = std::min(low.value_or(number), number);
        high = std::max(high.value_or(number), number);
    };
    std::optional<std::int64_t> confirmed, allowed;
    std::optional<std::uint64_t> least_room;
    std::int64_t sent = 0;
    auto const& all = flow.segments;
    auto const corner = [&](std::vector<SequencePlot::Corner>& stairs, std::uint64_t ns,
                            std::int64_t number) {
        if (stairs.empty() || stairs.back().number != number) stairs.push_back({ns, number});
    };
    for (std::size_t i = 0; i < all.size() && all[i].virtual_ns <= window.to_ns; ++i) {
        Segment const& s = all[i];
        bool const inside = s.virtual_ns >= window.from_ns;
        if (inside && out.confirmed.empty() && confirmed) {
            corner(out.confirmed, window.from_ns, *confirmed);
            corner(out.allowed, window.from_ns, *allowed);
        }
        if (s.outward == outward) {
            sent = std::max(sent, s.to);
            if (!inside || s.to == s.from) continue;
            using enum SequencePlot::Kind;
            if (s.again || s.length)
                out.bars.push_back({s.virtual_ns, s.from, s.to, s.again ? again : data, i});
            // A SYN takes the first number of its segment, a FIN the last.
            if (s.has(TcpFlag::syn)) out.bars.push_back({s.virtual_ns, s.from, s.from + 1, control, i});
            if (s.has(TcpFlag::fin)) out.bars.push_back({s.virtual_ns, s.to - 1, s.to, control, i});
            reach(s.from), reach(s.to);
            continue;
        }
        if (!s.confirmed) continue;
        confirmed = std::max(confirmed.value_or(*s.confirmed), *s.confirmed);
        allowed = *confirmed + static_cast<std::int64_t>(s.window);
        if (!inside) continue;
        corner(out.confirmed, s.virtual_ns, *confirmed);
        corner(out.allowed, s.virtual_ns, *allowed);
        reach(*confirmed);
        for (unsigned b = 0; b < s.sacks; ++b)
            if (s.sack[b].second > s.sack[b].first) {
                out.bars.push_back(
                    {s.virtual_ns, s.sack[b].first, s.sack[b].second, SequencePlot::Kind::selective, i});
                reach(s.sack[b].first), reach(s.sack[b].second);
            }
        if (s.duplicate_ack) out.duplicate_acks.push_back(i);
        if (i >= until) continue;
        std::int64_t const room = std::max<std::int64_t>(0, *allowed - sent);
        least_room = std::min(least_room.value_or(UINT64_MAX), static_cast<std::uint64_t>(room));
    }
    out.least = low.value_or(0);
    out.most = std::max(high.value_or(1), out.least + 1);
    // The window belongs to the picture as long as the data keeps a third of it.
    std::int64_t edge = out.most;
    for (auto const& c : out.allowed) edge = std::max(edge, c.number);
    if (edge - out.least <= 3 * (out.most - out.least)) {
        out.most = edge;
    } else if (!out.allowed.empty()) {
        out.allowed.clear();
        out.edge_left_out = true;
        out.room = least_room;
    }
    return out;
}

std::vector<std::int64_t> number_marks(std::int64_t least, std::int64_t most, unsigned wanted) {
    std::vector<std::int64_t> out;
    if (most <= least || wanted == 0) return out;
    auto const length = static_cast<double>(most - least);
    constexpr unsigned enough = 3;
    for (double intervals = wanted; out.size() < enough; intervals *= 1.5) {
        out.clear();
        auto const by = static_cast<std::int64_t>(round_step(length / intervals));
        std::int64_t at = least - (least % by + by) % by;
        if (at < least) at += by;
        for (; at <= most && out.size() <= static_cast<std::size_t>(intervals) + 1; at += by)
            out.push_back(at);
        if (by == 1) break;
    }
    return out;
}

}  // namespace viz::model
