// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/access_heat.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "visualizer/model/frame_heat.hpp"
#include "visualizer/model/time_axis.hpp"

namespace viz::model {

using sim::debug::Accesses;
using sim::debug::AccessRequest;
using sim::debug::PageAccesses;

std::uint8_t heat_of(std::uint64_t count, std::uint64_t most) {
    if (count == 0) return 0;
    if (most <= 1 || count >= most) return 255;
    double const share = std::log(static_cast<double>(count)) / std::log(static_cast<double>(most));
    return static_cast<std::uint8_t>(std::lround(1 + 254 * share));
}

std::vector<HeatMark> heat_marks(std::uint64_t most) {
    std::vector<HeatMark> out;
    if (most < 1) return out;
    double const whole = std::log(static_cast<double>(std::max<std::uint64_t>(most, 2)));
    for (std::uint64_t count = 1; count <= most; count *= 10) {
        out.push_back({count, static_cast<float>(std::log(static_cast<double>(count)) / whole)});
        if (count > most / 10) break;
    }
    return out;
}

AccessHeat access_heat(Accesses const& accesses, OwnerGrid const& grid, Touch touch) {
    AccessHeat out;
    out.cells.resize(grid.owner.size());
    auto const times = [&](PageAccesses const& p) { return touch == Touch::written ? p.written() : p.reads; };
    for (PageAccesses const& p : accesses.pages) {
        out.most = std::max(out.most, times(p));
        out.frames += times(p) > 0;
    }
    for (PageAccesses const& p : accesses.pages) {
        if (p.page < grid.first_frame || p.page - grid.first_frame >= grid.frames) continue;
        auto& cell = out.cells[(p.page - grid.first_frame) / grid.frames_per_cell];
        cell = std::max(cell, heat_of(times(p), out.most));
    }
    return out;
}

std::string counted(std::uint64_t number) {
    std::string text = fmt::format("{}", number);
    for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
    return text;
}

namespace {

std::string times(std::uint64_t n) { return n == 1 ? "once" : counted(n) + " times"; }

std::string most_by(PageAccesses::By const& by, std::uint64_t of) {
    if (!by.times) return "";
    return by.times == of ? ", by " + by.function : fmt::format(", {} of them by {}", counted(by.times), by.function);
}

}  // namespace

std::vector<std::string> access_lines(Accesses const& accesses, std::uint64_t first, std::uint64_t frames) {
    PageAccesses sum;
    std::uint64_t touched = 0;
    for (PageAccesses const& p : accesses.pages) {
        if (p.page < first || p.page - first >= frames) continue;
        ++touched;
        sum.reads += p.reads, sum.writes += p.writes, sum.walker += p.walker, sum.device += p.device;
        if (p.most_reads.times > sum.most_reads.times) sum.most_reads = p.most_reads;
        if (p.most_writes.times > sum.most_writes.times) sum.most_writes = p.most_writes;
    }
    std::vector<std::string> out;
    if (touched == 0) {
        out.push_back(frames > 1 ? "none of these frames was read or written" : "neither read nor written");
        return out;
    }
    if (frames > 1) out.push_back(fmt::format("{} of {} frames were touched; together", touched, frames));
    if (sum.writes) out.push_back("written " + times(sum.writes) + most_by(sum.most_writes, sum.writes));
    if (sum.reads) out.push_back("read " + times(sum.reads) + most_by(sum.most_reads, sum.reads));
    if (sum.device) out.push_back("written " + times(sum.device) + " by devices");
    if (sum.walker) out.push_back("marked " + times(sum.walker) + " by the page walker");
    return out;
}

std::string access_stretch(Accesses const& a) {
    if (a.to <= a.from) return "of no instruction";
    std::uint64_t const n = a.to.retired - a.from.retired;
    return fmt::format("of {} instruction{} until {}{}", counted(n), n == 1 ? "" : "s", exact_time(a.to_ns),
                       a.cancelled ? ", where it was given up" : "");
}

AccessRequest chosen_stretch(ViewState const& state, sim::debug::Snapshot const& now) {
    auto const moment = [&](std::uint64_t ns) {
        return moment_at(now.events, ns, std::max(now.end, now.moment), std::max(now.end_ns, now.virtual_ns));
    };
    AccessRequest out;
    HeatWindow const window = heat_window(state);
    if (state.mark_a_ns || state.mark_b_ns) out.from = moment(window.since_ns);
    if (window.until_ns) out.to = moment(*window.until_ns);
    return out;
}

std::optional<AccessRequest> access_request(ViewState const& state, sim::debug::Snapshot const& now) {
    if (state.map_colouring != MapColouring::writes && state.map_colouring != MapColouring::reads) return std::nullopt;
    return chosen_stretch(state, now);
}

}  // namespace viz::model
