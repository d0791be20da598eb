// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/stop_commands.hpp"

#include <fmt/format.h>

namespace sim::debug {
namespace {

void refuse(CommandOutcome& outcome, std::string why) {
    outcome.done = false;
    outcome.text = std::move(why);
}

void no_stop(CommandOutcome& outcome, StopNumber number) {
    refuse(outcome, fmt::format("there is no stop {}", number));
}

}  // namespace

std::string no_processor(std::optional<unsigned> number, unsigned processors) {
    if (!number || *number < processors) return "";
    return fmt::format("there are only {} processors, from 0 on", processors);
}

void carry_out(SetBreakpoint const& b, Stops& stops, Symbols const& symbols, CommandOutcome& outcome) {
    stops.set_breakpoint(b.address, b.enabled);
    outcome.text =
        fmt::format("{} at {}", b.enabled ? "breakpoint" : "no breakpoint", symbols.describe(b.address));
}

void carry_out(AddStop const& a, Stops& stops, unsigned processors, CommandOutcome& outcome) {
    if (std::string why = no_processor(a.stop.processor, processors); !why.empty())
        return refuse(outcome, std::move(why));
    auto const made = stops.add(a.stop);
    if (auto const* why = std::get_if<std::string>(&made)) return refuse(outcome, *why);
    outcome.text = stops.find(std::get<StopNumber>(made))->describe();
}

void carry_out(RemoveStop const& r, Stops& stops, CommandOutcome& outcome) {
    if (!stops.remove(r.number)) no_stop(outcome, r.number);
}

void carry_out(EnableStop const& e, Stops& stops, CommandOutcome& outcome) {
    if (!stops.enable(e.number, e.enabled)) no_stop(outcome, e.number);
}

void show_stops(Snapshot& s, Stops const& stops, Symbols const& symbols) {
    s.stops.clear();
    s.breakpoints.clear();
    for (StopPoint const& stop : stops.all()) {
        s.stops.push_back({stop.number, stop.spec.kind, stop.enabled, stop.describe()});
        for (std::uint64_t const address : stop.addresses)
            if (stop.enabled) s.breakpoints.push_back({address, symbols.describe(address)});
    }
}

}  // namespace sim::debug
