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
    double offset = static_cast<double>(ns) - static_cast<double>(window.from_ns);
    return x + static_cast<float>(offset / static_cast<double>(window.length()) * static_cast<double>(width));
}

std::uint64_t TimeAxis::time(float at) const {
    if (width <= 0) return window.from_ns;
    double share = std::clamp(static_cast<double>((at - x) / width), 0.0, 1.0);
    return window.from_ns +
           static_cast<std::uint64_t>(std::llround(share * static_cast<double>(window.length())));
}

std::vector<RulerMark> ruler(TimeAxis const& axis, float spacing) {
    std::vector<RulerMark> out;
    if (axis.window.length() == 0 || axis.width <= 0) return out;
    double least = axis.per_pixel() * static_cast<double>(std::max(spacing, 1.0f));
    std::uint64_t step = 1;
    static constexpr unsigned factors[] = {2, 5, 10};
    for (std::uint64_t power = 1; static_cast<double>(step) < least && power < 1'000'000'000'000'000'000;
         power *= 10)
        for (unsigned factor : factors)
            if (static_cast<double>(step) < least) step = power * factor;
    // All labels in the unit of the step, so that neighbours compare at a glance.
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

namespace {

// The number of events of a group before a virtual time.
std::uint64_t count_before(EventView const& view, sim::debug::NumberLog const& numbers, std::uint64_t ns) {
    return numbers.partition_point([&](std::uint64_t n) { return view.all[n].virtual_ns < ns; });
}

std::uint64_t column_start(TimeWindow window, unsigned columns, unsigned i) {
    // In floating point: the product of two large numbers may not fit 64 bits.
    return window.from_ns + static_cast<std::uint64_t>(static_cast<double>(window.length()) * i / columns);
}

}  // namespace

std::vector<std::uint32_t> bin_events(EventView const& view, EventGroup group, TimeWindow window,
                                      unsigned columns) {
    std::vector<std::uint32_t> out(columns);
    auto const& numbers = view.group(group);
    if (columns == 0 || numbers.empty()) return out;
    std::uint64_t before = count_before(view, numbers, window.from_ns);
    for (unsigned i = 0; i < columns; ++i) {
        std::uint64_t end = i + 1 == columns ? window.to_ns + 1 : column_start(window, columns, i + 1);
        std::uint64_t after = count_before(view, numbers, end);
        out[i] = static_cast<std::uint32_t>(after - before);
        before = after;
    }
    return out;
}

std::vector<RunColumn> bin_running(EventView const& view, TimeWindow window, unsigned columns) {
    std::vector<RunColumn> out(columns);
    auto const& switches = view.group(EventGroup::switches);
    if (columns == 0 || switches.empty()) return out;
    std::uint64_t before = count_before(view, switches, window.from_ns);
    for (unsigned i = 0; i < columns; ++i) {
        std::uint64_t after = count_before(view, switches, column_start(window, columns, i + 1));
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
