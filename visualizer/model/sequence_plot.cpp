// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/sequence_plot.hpp"

#include <algorithm>
#include <cmath>

namespace viz::model {

TimeWindow life_of(TcpFlow const& flow) {
    std::uint64_t const from = flow.begin_ns(), to = std::max(flow.end_ns(), from + 1000);
    // Little: before and behind a connection long sleeps are not squeezed.
    std::uint64_t const room = std::min<std::uint64_t>((to - from) / 40 + 1, 50'000);
    return {from > room ? from - room : 0, to + room};
}

SequencePlot sequence_plot(TcpFlow const& flow, bool outward, TimeWindow window) {
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
            out.bars.push_back({s.virtual_ns, s.from, s.to, s.again ? again : s.length ? data : control, i});
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
        out.room = least_room.value_or(0);
    }
    return out;
}

std::vector<std::int64_t> number_marks(std::int64_t least, std::int64_t most, unsigned most_marks) {
    std::vector<std::int64_t> out;
    if (most <= least || most_marks == 0) return out;
    double const wanted = static_cast<double>(most - least) / most_marks;
    double step = 1;
    for (double power = 1; step < wanted && power < 1e18; power *= 10)
        for (double factor : {2.0, 5.0, 10.0})
            if (step < wanted) step = power * factor;
    auto const by = static_cast<std::int64_t>(step);
    std::int64_t at = least - (least % by + by) % by;
    if (at < least) at += by;
    for (; at <= most && out.size() <= most_marks; at += by) out.push_back(at);
    return out;
}

ConnectionPlaces place_connection(Rect area, float scale) {
    ConnectionPlaces out;
    out.box_width = std::round(106 * scale), out.box_height = std::round(22 * scale);
    float const gap = std::round(14 * scale), list = std::round(330 * scale);
    Point const wanted = wanted_size(out.box_width, out.box_height);
    bool const wide = area.width >= wanted.x + gap + 420 * scale;
    if (!wide) {
        // One above the other; the list needs a column of its own.
        float const above = std::round(area.height * 0.5f);
        bool const beside = area.width >= wanted.x * 0.85f + gap + list;
        float const width = beside ? std::min(wanted.x, area.width - gap - list) : area.width;
        out.diagram = {area.x, area.y, std::min(width, wanted.x), std::min(above - gap, wanted.y)};
        if (beside) out.path = {area.x + width + gap, area.y, area.width - width - gap, above - gap};
        out.plot = {area.x, area.y + above, area.width, area.height - above};
        return out;
    }
    bool const below = area.height >= wanted.y * 0.9f + 170 * scale;
    bool const columns = !below && area.width >= wanted.x + list + 2 * gap + 520 * scale;
    float const height =
        below ? std::min(wanted.y, area.height - 170 * scale) : std::min(area.height, wanted.y * 1.2f);
    out.diagram = {area.x, area.y, wanted.x, height};
    if (below) out.path = {area.x, area.y + height + gap, wanted.x, area.height - height - gap};
    float x = area.x + wanted.x + gap;
    if (columns) {
        out.path = {x, area.y, list, area.height};
        x += list + gap;
    }
    out.plot = {x, area.y, area.right() - x, area.height};
    return out;
}

}  // namespace viz::model
