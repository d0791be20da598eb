// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/time_axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace viz::model {

using sim::debug::Event;
using sim::debug::EventGroup;
using sim::debug::EventView;

float TimeAxis::pixel(std::uint64_t ns) const {
    if (window.length() == 0) return x;
    auto along = [&](std::uint64_t from, std::uint64_t to) {
        return to > from
                   ? (static_cast<double>(ns) - static_cast<double>(from)) / static_cast<double>(to - from)
                   : 0.0;
    };
    if (pieces.empty())
        return x + static_cast<float>(along(window.from_ns, window.to_ns) * static_cast<double>(width));
    auto piece = std::ranges::upper_bound(pieces, ns, {}, &Piece::from_ns);
    if (piece != pieces.begin()) --piece;
    double share =
        piece->from_share + along(piece->from_ns, piece->to_ns) * (piece->to_share - piece->from_share);
    return x + static_cast<float>(share * static_cast<double>(width));
}

std::uint64_t TimeAxis::time(float at) const {
    if (width <= 0) return window.from_ns;
    double share = std::clamp(static_cast<double>((at - x) / width), 0.0, 1.0);
    auto between = [&](std::uint64_t from, std::uint64_t to, double part) {
        return from + static_cast<std::uint64_t>(std::llround(part * static_cast<double>(to - from)));
    };
    if (pieces.empty()) return between(window.from_ns, window.to_ns, share);
    auto piece = std::ranges::upper_bound(pieces, share, {}, &Piece::from_share);
    if (piece != pieces.begin()) --piece;
    double length = piece->to_share - piece->from_share;
    return between(piece->from_ns, piece->to_ns,
                   length > 0 ? std::clamp((share - piece->from_share) / length, 0.0, 1.0) : 0);
}

TimeAxis squeezed_axis(TimeWindow window, float x, float width, std::vector<Sleep> const& sleeps) {
    TimeAxis axis{window, x, width, {}};
    if (window.length() == 0) return axis;
    std::vector<Sleep> inside;
    auto first =
        std::ranges::partition_point(sleeps, [&](Sleep const& s) { return s.to_ns <= window.from_ns; });
    for (; first != sleeps.end() && first->from_ns < window.to_ns; ++first)
        inside.push_back({std::max(first->from_ns, window.from_ns), std::min(first->to_ns, window.to_ns)});
    if (inside.empty() || inside.size() > 2000) return axis;
    std::uint64_t asleep = 0;
    for (Sleep const& s : inside) asleep += s.to_ns - s.from_ns;
    auto awake = static_cast<double>(window.length() - asleep);
    // All sleeps together get at most a third of the width.
    double each = std::max(awake, 1.0) * std::min(0.04, 0.5 / static_cast<double>(inside.size()));
    std::erase_if(inside, [&](Sleep const& s) { return static_cast<double>(s.to_ns - s.from_ns) <= each; });
    if (inside.empty()) return axis;

    double total = static_cast<double>(window.length());
    for (Sleep const& s : inside) total -= static_cast<double>(s.to_ns - s.from_ns) - each;
    double share = 0;
    std::uint64_t at = window.from_ns;
    auto add = [&](std::uint64_t to, double shown, bool squeezed) {
        if (to <= at) return;
        axis.pieces.push_back({at, to, share, share + shown / total, squeezed});
        share += shown / total;
        at = to;
    };
    for (Sleep const& s : inside) {
        add(s.from_ns, static_cast<double>(s.from_ns - at), false);
        add(s.to_ns, each, true);
    }
    add(window.to_ns, static_cast<double>(window.to_ns - at), false);
    return axis;
}

std::uint64_t round_step(double least) {
    std::uint64_t step = 1;
    static constexpr unsigned factors[] = {2, 5, 10};
    for (std::uint64_t power = 1; static_cast<double>(step) < least && power < 1'000'000'000'000'000'000;
         power *= 10)
        for (unsigned factor : factors)
            if (static_cast<double>(step) < least) step = power * factor;
    return step;
}

namespace {

std::vector<RulerMark> linear_ruler(TimeAxis const& axis, float spacing) {
    std::vector<RulerMark> out;
    std::uint64_t step = round_step(static_cast<double>(axis.window.length()) /
                                    static_cast<double>(axis.width) * static_cast<double>(spacing));
    // All labels in one unit, so that neighbours compare at a glance.
    std::uint64_t largest = axis.window.to_ns;
    char const* unit = largest >= 1'000'000'000 ? "s"
                       : largest >= 1'000'000   ? "ms"
                       : largest >= 1'000       ? "us"
                                                : "ns";
    double scale = largest >= 1'000'000'000 ? 1e9 : largest >= 1'000'000 ? 1e6 : largest >= 1'000 ? 1e3 : 1;
    int digits = static_cast<double>(step) >= scale
                     ? 0
                     : static_cast<int>(std::ceil(std::log10(scale / static_cast<double>(step)) - 1e-9));
    for (std::uint64_t ns = (axis.window.from_ns + step - 1) / step * step; ns <= axis.window.to_ns;
         ns += step) {
        out.push_back({ns, fmt::format("{:.{}f} {}", static_cast<double>(ns) / scale, digits, unit)});
        if (out.size() > 1000) break;
    }
    return out;
}

}  // namespace

std::vector<RulerMark> ruler(TimeAxis const& axis, float spacing) {
    spacing = std::max(spacing, 1.0f);
    if (axis.window.length() == 0 || axis.width <= 0) return {};
    if (axis.pieces.empty()) return linear_ruler(axis, spacing);
    std::vector<RulerMark> out;
    float labelled = axis.x - spacing;
    auto mark = [&](std::uint64_t ns, std::string label) {
        float at = axis.pixel(ns);
        bool room = at - labelled >= spacing && !label.empty();
        if (room) labelled = at;
        out.push_back({ns, room ? std::move(label) : std::string()});
    };
    // As short as keeps them apart. Times ascend: those that look alike are neighbours.
    bool short_ones = true;
    std::string last;
    for (TimeAxis::Piece const& piece : axis.pieces) {
        if (piece.asleep) continue;
        std::string label = short_time(piece.from_ns);
        short_ones &= label != last;
        last = std::move(label);
    }
    last.clear();
    for (TimeAxis::Piece const& piece : axis.pieces) {
        if (piece.asleep) continue;
        std::string label = short_ones ? short_time(piece.from_ns) : exact_time(piece.from_ns);
        mark(piece.from_ns, label == last ? std::string() : label);
        last = std::move(label);
        double pixels = (piece.to_share - piece.from_share) * static_cast<double>(axis.width);
        auto length = static_cast<double>(piece.to_ns - piece.from_ns);
        if (pixels < static_cast<double>(spacing) * 1.5) continue;
        std::uint64_t step = round_step(length / pixels * static_cast<double>(spacing));
        for (std::uint64_t ns = step; ns < piece.to_ns - piece.from_ns && out.size() < 1000; ns += step)
            mark(piece.from_ns + ns, "+" + short_time(ns));
    }
    return out;
}

namespace {

// The number of events of a group before a virtual time.
std::uint64_t count_before(EventView const& view, sim::debug::NumberLog const& numbers, std::uint64_t ns) {
    return numbers.partition_point([&](std::uint64_t n) { return view.all[n].virtual_ns < ns; });
}

std::uint64_t column_start(TimeAxis const& axis, unsigned columns, unsigned i) {
    return axis.time(axis.x + axis.width * static_cast<float>(i) / static_cast<float>(columns));
}

}  // namespace

std::optional<float> label_beside(float mark, float width, LabelRoom const& room) {
    for (float const x : {mark + room.gap, mark - room.gap - width}) {
        bool const crossed = room.cursor > x - room.gap && room.cursor < x + width + room.gap;
        if (!crossed && x >= room.from && x + width <= room.to) return x;
    }
    return std::nullopt;
}

std::optional<float> label_within(float width, LabelRoom const& room) {
    auto const middle = [&](float from, float to) {
        return to - from < width + 2 * room.gap ? std::nullopt : std::optional((from + to - width) / 2);
    };
    auto const x = middle(room.from, room.to);
    if (!x || room.cursor <= *x - room.gap || room.cursor >= *x + width + room.gap) return x;
    return room.cursor - room.from > room.to - room.cursor ? middle(room.from, room.cursor)
                                                           : middle(room.cursor, room.to);
}

std::vector<std::uint32_t> bin_events(EventView const& view, EventGroup group, TimeAxis const& axis,
                                      unsigned columns) {
    std::vector<std::uint32_t> out(columns);
    auto const& numbers = view.group(group);
    if (columns == 0 || numbers.empty()) return out;
    std::uint64_t before = count_before(view, numbers, axis.window.from_ns);
    for (unsigned i = 0; i < columns; ++i) {
        std::uint64_t end = i + 1 == columns ? axis.window.to_ns + 1 : column_start(axis, columns, i + 1);
        std::uint64_t after = count_before(view, numbers, end);
        out[i] = static_cast<std::uint32_t>(after - before);
        before = after;
    }
    return out;
}

std::vector<RunColumn> bin_running(EventView const& view, TimeAxis const& axis, unsigned columns) {
    std::vector<RunColumn> out(columns);
    auto const& switches = view.group(EventGroup::switches);
    if (columns == 0 || switches.empty()) return out;
    std::uint64_t before = count_before(view, switches, axis.window.from_ns);
    for (unsigned i = 0; i < columns; ++i) {
        std::uint64_t after = count_before(view, switches, column_start(axis, columns, i + 1));
        if (before > switches.begin())
            out[i].thread = view.all[switches[before - 1]].b;
        else
            out[i].thread =
                view.all[switches[switches.begin()]].a;  // the first switch says whom it took over from
        out[i].switches = static_cast<std::uint32_t>(after - before);
        before = after;
    }
    return out;
}

sim::machine::Moment moment_at(EventView const& view, std::uint64_t ns, sim::machine::Moment end,
                               std::uint64_t end_ns) {
    if (ns >= end_ns) return end;
    std::uint64_t next = view.first_at_or_after_ns(ns);
    sim::machine::Moment limit = end;
    std::uint64_t limit_ns = end_ns;
    if (next < view.all.end()) {
        limit = view.all[next].at;
        limit_ns = view.all[next].virtual_ns;
        if (limit_ns == ns) return limit;
    }
    // Counted back from what follows when no sleep lies between; forward from
    // what went before otherwise.
    sim::machine::Moment from{};
    std::uint64_t from_ns = 0;
    if (next > view.all.begin()) {
        from = view.all[next - 1].at;
        from_ns = view.all[next - 1].virtual_ns;
    }
    std::uint64_t retired = from.retired + (ns - std::min(ns, from_ns));
    if (retired == from.retired) return from;
    if (retired >= limit.retired)
        return limit.retired > from.retired ? sim::machine::Moment{limit.retired, 0} : limit;
    return {retired, 0};
}

std::string short_time(std::uint64_t ns) {
    auto show = [](double value, char const* unit) {
        int digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
        return fmt::format("{:.{}f} {}", value, digits, unit);
    };
    auto v = static_cast<double>(ns);
    if (ns < 1'000) return fmt::format("{} ns", ns);
    if (ns < 1'000'000) return show(v / 1e3, "us");
    if (ns < 1'000'000'000) return show(v / 1e6, "ms");
    return show(v / 1e9, "s");
}

std::string grouped(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), 1, ',');
    return digits;
}

std::string exact_time(std::uint64_t ns) {
    auto v = static_cast<double>(ns);
    if (ns < 1'000'000) return fmt::format("{:.3f} us", v / 1e3);
    if (ns < 1'000'000'000) return fmt::format("{:.3f} ms", v / 1e6);
    return fmt::format("{:.6f} s", v / 1e9);
}

TimeWindow zoomed(TimeWindow window, double factor, std::uint64_t around, std::uint64_t end_ns) {
    auto length = static_cast<double>(window.length());
    double next = std::clamp(length * factor, 100.0, std::max(100.0, static_cast<double>(end_ns)));
    double share =
        length > 0 ? std::clamp((static_cast<double>(around) - static_cast<double>(window.from_ns)) / length,
                                0.0, 1.0)
                   : 0.5;
    double from = std::max(0.0, static_cast<double>(around) - share * next);
    from = std::min(from, std::max(0.0, static_cast<double>(end_ns) - next));
    return {static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(from + next)};
}

TimeWindow panned(TimeWindow window, double by_share, std::uint64_t end_ns) {
    auto length = static_cast<double>(window.length());
    double most = std::max(0.0, static_cast<double>(end_ns) - length);
    double from = std::clamp(static_cast<double>(window.from_ns) + by_share * length, 0.0, most);
    return {static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(from + length)};
}

}  // namespace viz::model
