// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/text_heat.hpp"

#include <algorithm>

#include "simulator/debug/text_printers.hpp"

namespace sim::debug {

std::vector<HeatRun> heat_runs(Snapshot const& s, std::uint64_t since_ns) {
    std::vector<HeatRun> runs;
    for (auto const& ram : s.machine->ram)
        for (std::uint64_t frame = ram.start >> 12; frame < (ram.start + ram.length) >> 12; ++frame) {
            auto const* stretch = s.heat->last_change(frame);
            if (!stretch || stretch->to_ns <= since_ns) continue;
            std::string owner = s.kernel.frames ? s.kernel.frames->owner_of(frame) : "";
            if (!runs.empty() && runs.back().first + runs.back().frames == frame &&
                runs.back().stretch.to == stretch->to && runs.back().owner == owner)
                ++runs.back().frames;
            else
                runs.push_back({frame, 1, *stretch, std::move(owner)});
        }
    std::ranges::stable_sort(runs,
                             [](HeatRun const& a, HeatRun const& b) { return a.stretch.to > b.stretch.to; });
    return runs;
}

std::string age_of(PageHeat::Stretch const& stretch, std::uint64_t now_ns) {
    return stretch.to_ns > now_ns ? "" : format_ns(now_ns - stretch.to_ns);
}

namespace printers {

void heat(Out out, Snapshot const& s, TextOptions const& o) {
    if (!s.heat) {
        fmt::format_to(out, "{}", not_asked);
        return;
    }
    auto const runs = heat_runs(s, o.changed_since_ns);
    std::uint64_t changed = 0;
    for (HeatRun const& run : runs) changed += run.frames;
    fmt::format_to(out, "{} of {} pages changed {}, as {} checkpoints tell\n", changed, s.heat->newest.size(),
                   o.changed_since_ns ? "since " + format_ns(o.changed_since_ns) : "since the beginning",
                   s.heat->stretches.size() + 1);
    if (!s.heat->stretches.empty() && s.heat->stretches.back().to_ns > s.virtual_ns)
        fmt::format_to(out, "until {}, which is later than now\n", format_ns(s.heat->stretches.back().to_ns));
    if (runs.empty()) return;
    fmt::format_to(out, "  {:<29} {:>7}  {:>14}    {:<14} {:>12}  {}\n", "pages", "", "changed between",
                   "and", "ago", "owner");
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (i == o.max_rows) {
            fmt::format_to(out, "  ... and {} more\n", runs.size() - i);
            break;
        }
        HeatRun const& r = runs[i];
        std::string const age = age_of(r.stretch, s.virtual_ns);
        fmt::format_to(out, "  {:#014x}..{:#014x} {:>6}  {:>14} .. {:<14} {:>12}  {}\n", r.first << 12,
                       (r.first + r.frames) << 12, r.frames, format_ns(r.stretch.from_ns),
                       format_ns(r.stretch.to_ns), age.empty() ? "later" : age, r.owner);
    }
}

}  // namespace printers

}  // namespace sim::debug
