// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/scheduling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "simulator/debug/text.hpp"

namespace viz::model {

using sim::debug::Event;
using sim::debug::EventKind;
using sim::debug::EventView;
using sim::debug::Gantt;
using sim::debug::Span;
using sim::debug::SpanState;

std::vector<LockWait> lock_waits(EventView const& events, std::uint64_t from_ns, std::uint64_t to_ns,
                                 std::uint64_t now_ns, std::size_t most) {
    // How far before the interval we look for what began there.
    constexpr std::uint64_t most_before = 100'000;
    std::vector<LockWait> out;
    std::map<std::uint64_t, std::uint64_t> owners;  // of locks
    std::map<std::uint64_t, LockWait> open;         // by thread: it waits for one at a time
    auto close = [&](std::uint64_t thread, std::uint64_t at_ns, bool got) {
        auto const found = open.find(thread);
        if (found == open.end()) return;
        LockWait wait = found->second;
        open.erase(found);
        wait.to_ns = std::max(at_ns, wait.from_ns);
        wait.got = got;
        if (wait.to_ns >= from_ns && wait.from_ns < to_ns && out.size() < most) out.push_back(wait);
    };
    std::uint64_t const inside = events.first_at_or_after_ns(from_ns);
    for (std::uint64_t n = std::max(events.all.begin(), inside > most_before ? inside - most_before : 0);
         n < events.all.end() && events.all[n].virtual_ns < to_ns; ++n) {
        Event const& e = events.all[n];
        switch (e.kind) {
            case EventKind::lock_wait: {
                close(e.b, e.virtual_ns, false);
                auto const owner = owners.find(e.a);
                open[e.b] = {e.b, e.a, owner == owners.end() ? 0 : owner->second, e.virtual_ns, 0, n, false};
                break;
            }
            case EventKind::lock_acquire:
                if (auto const wait = open.find(e.b); wait != open.end() && wait->second.lock == e.a)
                    close(e.b, e.virtual_ns, true);
                owners[e.a] = e.b;
                break;
            case EventKind::lock_release:
                owners.erase(e.a);
                break;
            case EventKind::thread_exit:
                close(e.a, e.virtual_ns, false);
                break;
            default:
                break;
        }
    }
    while (!open.empty()) close(open.begin()->first, std::min(now_ns, to_ns), false);
    std::ranges::sort(out, {}, &LockWait::event);
    return out;
}

std::vector<Queued> ready_at(Gantt const& chart, std::uint64_t ns) {
    std::vector<Queued> out;
    for (auto const& track : chart.tracks)
        for (Span const& span : track.spans)
            if (span.state == SpanState::ready && span.from_ns <= ns && ns < span.to_ns)
                out.push_back({track.thread, span.from_ns});
    std::ranges::stable_sort(out, {}, &Queued::since_ns);
    return out;
}

std::vector<ThreadTimes> thread_times(Gantt const& chart, std::vector<LockWait> const& waits,
                                      std::uint64_t from_ns, std::uint64_t to_ns) {
    std::vector<ThreadTimes> out;
    auto within = [&](std::uint64_t a, std::uint64_t b) {
        a = std::max(a, from_ns), b = std::min(b, to_ns);
        return b > a ? b - a : 0;
    };
    for (auto const& track : chart.tracks) {
        if (track.thread == 0) continue;
        ThreadTimes t;
        t.thread = track.thread;
        t.name = track.name;
        bool there = false;
        for (Span const& span : track.spans) {
            std::uint64_t const part = within(span.from_ns, span.to_ns);
            if (!part) continue;
            there = true;
            switch (span.state) {
                case SpanState::running:
                    t.running_ns += part;
                    if (span.from_ns >= from_ns) ++t.runs;
                    break;
                case SpanState::ready:
                    t.ready_ns += part;
                    if (span.to_ns - span.from_ns > t.worst_ns)
                        t.worst_ns = span.to_ns - span.from_ns, t.worst_from_ns = span.from_ns;
                    break;
                case SpanState::blocked:
                    t.blocked_ns += part;
                    break;
                case SpanState::interrupt:
                    break;
            }
        }
        for (LockWait const& wait : waits)
            if (wait.thread == track.thread) t.lock_ns += within(wait.from_ns, wait.to_ns);
        if (there) out.push_back(std::move(t));
    }
    return out;
}

TimeWindow measured(Model const& model, ViewState const& state) {
    if (state.mark_a_ns && state.mark_b_ns && *state.mark_a_ns != *state.mark_b_ns)
        return {std::min(*state.mark_a_ns, *state.mark_b_ns), std::max(*state.mark_a_ns, *state.mark_b_ns)};
    return model.window(state.window);
}

std::string lock_name(Model const& model, std::uint64_t lock) {
    return model.with_names(fmt::format("{:#x}", lock));
}

std::string scheduling_text(Model const& model, ViewState const& state) {
    constexpr std::size_t most_waits = 60;
    auto const& now = model.now();
    TimeWindow const window = measured(model, state);
    // Up to now, as the rest of the twin.
    std::uint64_t const to = std::min(window.to_ns, now.virtual_ns);
    Gantt const chart = sim::debug::gantt(now.events, window.from_ns, to, now.virtual_ns);
    auto const waits = lock_waits(now.events, window.from_ns, to, now.virtual_ns);
    std::string out = "ready now:";
    if (!now.kernel.run_queue.empty()) {
        for (std::uint64_t thread : now.kernel.run_queue) out += " " + model.thread_name(thread);
        out += "  (next first)\n";
    } else {
        auto const queue = ready_at(chart, to ? to - 1 : 0);
        for (Queued const& q : queue) out += " " + model.thread_name(q.thread);
        out += queue.empty() ? " nobody\n" : "  (who waits longest first)\n";
    }
    bool const marked = state.mark_a_ns && state.mark_b_ns && *state.mark_a_ns != *state.mark_b_ns;
    out += fmt::format("times from {} to {}{}:\n", sim::debug::format_ns(window.from_ns),
                       sim::debug::format_ns(to), marked ? ", between the markers" : "");
    out += fmt::format("  {:<20} {:>5} {:>14} {:>14} {:>14} {:>14} {:>14}\n", "thread", "runs", "running",
                       "ready", "blocked", "for locks", "longest ready");
    for (ThreadTimes const& t : thread_times(chart, waits, window.from_ns, to))
        out += fmt::format("  {:<20} {:>5} {:>14} {:>14} {:>14} {:>14} {:>14}{}\n", t.name.substr(0, 20),
                           t.runs, sim::debug::format_ns(t.running_ns), sim::debug::format_ns(t.ready_ns),
                           sim::debug::format_ns(t.blocked_ns), sim::debug::format_ns(t.lock_ns),
                           sim::debug::format_ns(t.worst_ns),
                           t.worst_ns ? fmt::format(" at {}", sim::debug::format_ns(t.worst_from_ns)) : "");
    out += fmt::format("{} waits for locks\n", waits.size());
    for (std::size_t i = 0; i < waits.size() && i < most_waits; ++i) {
        LockWait const& w = waits[i];
        out += fmt::format(
            "  {:>14}  {} waits {} for {}{}{}\n", sim::debug::format_ns(w.from_ns),
            model.thread_name(w.thread), sim::debug::format_ns(w.to_ns - w.from_ns), lock_name(model, w.lock),
            w.owner ? ", which " + model.thread_name(w.owner) + " holds" : "", w.got ? "" : "; still does");
    }
    return out;
}

}  // namespace viz::model
