// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/frame_heat.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "visualizer/model/time_axis.hpp"

namespace viz::model {

HeatWindow heat_window(ViewState const& state) {
    if (auto const marks = both_marks(state)) return {marks->from_ns, marks->to_ns};
    if (state.mark_a_ns) return {*state.mark_a_ns, {}};
    if (state.mark_b_ns) return {*state.mark_b_ns, {}};
    return {};
}

std::uint8_t heat_at(FrameHeat const& heat, std::uint64_t ns) {
    std::uint64_t const span = heat.end_ns - std::min(heat.oldest_ns, heat.end_ns);
    std::uint64_t const age = heat.end_ns - std::min(ns, heat.end_ns);
    if (span == 0) return 255;
    // Six decades below the whole span; what is newer is as hot as can be.
    constexpr double decades = 6;
    double const share = std::log10(std::max(1e-6, static_cast<double>(age) / static_cast<double>(span)));
    return static_cast<std::uint8_t>(std::lround(255 - 254 * std::clamp(1 + share / decades, 0.0, 1.0)));
}

FrameHeat frame_heat(sim::debug::PageHeat const& pages, OwnerGrid const& grid, HeatWindow window,
                     std::uint64_t now_ns) {
    FrameHeat out;
    out.end_ns = window.until_ns.value_or(now_ns);
    out.oldest_ns = window.since_ns;
    if (!pages.stretches.empty()) {
        out.end_ns = std::min(out.end_ns, pages.stretches.back().to_ns);
        out.oldest_ns = std::max(out.oldest_ns, pages.stretches.front().from_ns);
    }
    out.cells.resize(grid.owner.size());
    for (std::uint64_t i = 0; i < grid.frames; ++i) {
        auto const* stretch = pages.last_change(grid.first_frame + i);
        if (!stretch || stretch->to_ns <= window.since_ns) continue;
        ++out.changed;
        auto& cell = out.cells[i / grid.frames_per_cell];
        cell = std::max(cell, heat_at(out, stretch->to_ns));
    }
    return out;
}

Colour heat_colour(Theme const& theme, std::uint8_t heat) {
    if (heat == 0) return mix(theme.pane, theme.idle, 0.75f);
    auto const& [cold, middle, hot] = theme.heat;
    float const share = static_cast<float>(heat) / 255.0f;
    return share < 0.5f ? mix(cold, middle, share * 2) : mix(middle, hot, share * 2 - 1);
}

std::string heat_text(sim::debug::PageHeat const& pages, std::uint64_t frame, std::uint64_t now_ns) {
    auto const* stretch = pages.last_change(frame);
    if (!stretch) return "not changed since the beginning";
    std::string text =
        fmt::format("changed between {} and {}", exact_time(stretch->from_ns), exact_time(stretch->to_ns));
    if (stretch->to_ns < now_ns) text += fmt::format(", {} ago", short_time(now_ns - stretch->to_ns));
    return text;
}

}  // namespace viz::model
