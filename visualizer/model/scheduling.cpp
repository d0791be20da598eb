// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/scheduling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "simulator/debug/text.hpp"

namespace viz::model {

using sim::debug::Event;
using sim::debug::EventKind;
using sim::debug::EventView;
using sim::debug::Gantt;
using sim::debug::Span;
using sim::debug::SpanState;

namespace {

// Of a thread when an event happened; else as it was last called.
std::string name_then(EventView const& events, std::uint64_t thread, std::uint64_t event) {
    std::string name = events.thread_name(thread, event);
    if (name.empty()) name = events.thread_name(thread);
    return name.empty() ? fmt::format("{:#x}", thread) : name;
}

}  // namespace

LockWaits lock_waits(EventView const& events, std::uint64_t from_ns, std::uint64_t to_ns,
                     std::uint64_t known_ns, std::size_t most) {
    // How far before the interval we look for what began there, and how far behind it
    // for the end of what began in it.
    constexpr std::uint64_t most_before = 100'000, most_behind = 100'000;
    LockWaits out;
    std::map<std::uint64_t, std::uint64_t> owners;  // of locks
    std::map<std::uint64_t, LockWait> open;         // by thread: it waits for one at a time
    auto close = [&](std::uint64_t thread, std::uint64_t at_ns, LockWait::End end) {
        auto const found = open.find(thread);
        if (found == open.end()) return;
        LockWait wait = std::move(found->second);
        open.erase(found);
        wait.to_ns = std::max(at_ns, wait.from_ns);
        wait.end = end;
        if (wait.to_ns >= from_ns && wait.from_ns < to_ns) out.list.push_back(std::move(wait));
    };
    using enum LockWait::End;
    auto woken = [&](std::uint64_t thread, std::uint64_t at_ns) {
        if (auto const wait = open.find(thread); wait != open.end() && !wait->second.woken_ns)
            wait->second.woken_ns = at_ns;
    };
    std::uint64_t const inside = events.first_at_or_after_ns(from_ns);
    std::uint64_t looked_ns = known_ns, behind = 0;
    for (std::uint64_t n = std::max(events.all.begin(), inside > most_before ? inside - most_before : 0);
         n < events.all.end() && events.all[n].virtual_ns <= known_ns; ++n) {
        Event const& e = events.all[n];
        bool const is_behind = e.virtual_ns >= to_ns;
        if (is_behind && open.empty()) break;
        if (is_behind && behind++ == most_behind) {
            looked_ns = e.virtual_ns;
            break;
        }
        switch (e.kind) {
            case EventKind::lock_wait: {
                close(e.b, e.virtual_ns, gone);
                if (is_behind) break;
                auto const owner = owners.find(e.a);
                LockWait& wait = open[e.b];
                wait.thread = e.b, wait.lock = e.a, wait.event = n, wait.from_ns = e.virtual_ns;
                wait.owner = owner == owners.end() ? 0 : owner->second;
                break;
            }
            case EventKind::lock_acquire:
                if (auto const wait = open.find(e.b); wait != open.end() && wait->second.lock == e.a)
                    close(e.b, e.virtual_ns, got);
                owners[e.a] = e.b;
                break;
            case EventKind::lock_release:
                owners.erase(e.a);
                break;
            case EventKind::thread_create:  // where perhaps an old one was
            case EventKind::thread_exit:
                close(e.a, e.virtual_ns, gone);
                break;
            case EventKind::thread_wake:
                woken(e.a, e.virtual_ns);
                break;
            case EventKind::thread_switch:
                woken(e.b, e.virtual_ns);
                break;
            default:
                break;
        }
    }
    while (!open.empty()) close(open.begin()->first, looked_ns, looked_ns < known_ns ? longer : lasting);
    std::ranges::sort(out.list, {}, &LockWait::event);
    if (out.list.size() > most) {
        out.left_out = out.list.size() - most;
        out.list.erase(out.list.begin(), out.list.begin() + static_cast<std::ptrdiff_t>(out.left_out));
    }
    for (LockWait& wait : out.list) {
        wait.thread_name = name_then(events, wait.thread, wait.event);
        if (wait.owner) wait.owner_name = name_then(events, wait.owner, wait.event);
        wait.lock_name = fmt::format("{:#x}", wait.lock);
    }
    return out;
}

namespace {

// What the kernel's locks say of a wait whose end was not heard. One whose thread was
// not woken yet lasts, or is on its way into the line.
LockWait::End end_now(LockWait const& wait, sim::debug::KernelView const& kernel) {
    using enum LockWait::End;
    if (!wait.woken_ns) return lasting;
    for (sim::debug::Lock const& lock : kernel.locks)
        if (lock.address == wait.lock)
            return lock.owner == wait.thread                           ? got
                   : std::ranges::count(lock.waiters, wait.thread) > 0 ? lasting
                                                                       : gone;
    return gone;  // nobody holds it
}

}  // namespace

LockWaits lock_waits(Model const& model, TimeWindow window, std::uint64_t known_ns) {
    auto const& now = model.now();
    LockWaits out = lock_waits(now.events, window.from_ns, window.to_ns, known_ns);
    if (auto const& locks = now.kernel.locks_health;
        known_ns == now.virtual_ns && locks.declared && locks.problem.empty())
        for (LockWait& wait : out.list) {
            if (wait.end != LockWait::End::lasting) continue;
            wait.end = end_now(wait, now.kernel);
            if (wait.end != LockWait::End::lasting) wait.to_ns = wait.woken_ns;
        }
    // Over before what is looked at began.
    std::erase_if(out.list, [&](LockWait const& wait) { return wait.to_ns < window.from_ns; });
    std::map<std::uint64_t, std::string> names;
    for (LockWait& wait : out.list) {
        auto const [name, fresh] = names.try_emplace(wait.lock);
        if (fresh) name->second = model.with_names(wait.lock_name);
        wait.lock_name = name->second;
    }
    return out;
}

std::string sentence(LockWait const& w, std::string const& length) {
    static constexpr char const* ends[] = {"", "; that it got it was not heard", "; still does",
                                           "; or longer"};
    return fmt::format("{} waits {} for {}{}{}", w.thread_name, length, w.lock_name,
                       w.owner ? ", which " + w.owner_name + " holds" : "",
                       ends[static_cast<std::size_t>(w.end)]);
}

std::vector<Queued> ready_at(Gantt const& chart, std::uint64_t ns) {
    std::vector<Queued> out;
    for (auto const& track : chart.tracks)
        for (Span const& span : track.spans)
            if (span.state == SpanState::ready && span.from_ns <= ns && ns < span.to_ns)
                out.push_back({track.thread, span.from_ns, track.name});
    std::ranges::stable_sort(out, {}, &Queued::since_ns);
    return out;
}

ReadyNow ready_now(Model const& model) {
    auto const& now = model.now();
    ReadyNow out;
    out.in_order = now.kernel.run_queue_health.declared && now.kernel.run_queue_health.problem.empty();
    if (out.in_order)
        for (std::uint64_t thread : now.kernel.run_queue)
            out.list.push_back({thread, now.virtual_ns, model.thread_name(thread)});
    else
        out.list =
            ready_at(sim::debug::gantt(now.events, now.virtual_ns, now.virtual_ns + 1, now.virtual_ns + 1),
                     now.virtual_ns);
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
                    if (part > t.worst_ns)
                        t.worst_ns = part, t.worst_from_ns = std::max(span.from_ns, from_ns);
                    break;
                case SpanState::blocked:
                    t.blocked_ns += part;
                    break;
                case SpanState::interrupt:
                    break;
            }
        }
        if (!there) continue;
        // The address may be another's before and after this life.
        std::uint64_t const born = track.spans.front().from_ns, died = track.spans.back().to_ns;
        for (LockWait const& wait : waits)
            if (wait.thread == track.thread)
                t.lock_ns += within(std::max(wait.from_ns, born), std::min(wait.to_ns, died));
        out.push_back(std::move(t));
    }
    return out;
}

TimeWindow measured(Model const& model, ViewState const& state) {
    auto const marks = both_marks(state);
    return marks ? *marks : model.window(state.window);
}

Scheduling scheduling(Model const& model, TimeWindow window, std::uint64_t known_ns) {
    Scheduling out;
    out.window = window;
    Gantt const chart = sim::debug::gantt(model.now().events, window.from_ns, window.to_ns, known_ns);
    out.cut = chart.cut;
    out.waits = lock_waits(model, window, known_ns);
    out.times = thread_times(chart, out.waits.list, window.from_ns, window.to_ns);
    return out;
}

namespace {

// Up to now, as the rest of the twin.
Scheduling until_now(Model const& model, ViewState const& state) {
    TimeWindow window = measured(model, state);
    std::uint64_t const now = model.now().virtual_ns;
    Scheduling out;
    out.window = window;
    if (window.from_ns >= now && window.from_ns > 0) {
        out.ahead = true;
    } else {
        window.to_ns = std::min(window.to_ns, now);
        out = scheduling(model, window, now);
    }
    out.marked = both_marks(state).has_value();
    return out;
}

}  // namespace

std::string scheduling_text(Model const& model, ViewState const& state) {
    constexpr std::size_t most_waits = 60;
    using sim::debug::format_ns;
    Scheduling const all = until_now(model, state);
    ReadyNow const ready = ready_now(model);
    std::string out = "ready now:";
    for (Queued const& q : ready.list) out += " " + q.name;
    out += ready.list.empty() ? " nobody\n"
           : ready.in_order   ? "  (next first)\n"
                              : "  (who waits longest first)\n";
    if (all.ahead)
        return out + fmt::format("nothing is measured from {} to {}: {} ahead of now\n",
                                 format_ns(all.window.from_ns), format_ns(all.window.to_ns),
                                 all.marked ? "the markers lie" : "what is shown lies");
    out += fmt::format("times from {} to {}{}:\n", format_ns(all.window.from_ns), format_ns(all.window.to_ns),
                       all.marked ? ", between the markers" : "");
    out += fmt::format("  {:<20} {:>5} {:>14} {:>14} {:>14} {:>14} {:>14}\n", "thread", "runs", "running",
                       "ready", "blocked", "for locks", "longest ready");
    for (ThreadTimes const& t : all.times)
        out += fmt::format("  {:<20} {:>5} {:>14} {:>14} {:>14} {:>14} {:>14}{}\n", t.name.substr(0, 20),
                           t.runs, format_ns(t.running_ns), format_ns(t.ready_ns), format_ns(t.blocked_ns),
                           format_ns(t.lock_ns), format_ns(t.worst_ns),
                           t.worst_ns ? fmt::format(" at {}", format_ns(t.worst_from_ns)) : "");
    if (all.cut) out += "  (cut: too many spans; measure a shorter stretch)\n";
    auto const& waits = all.waits.list;
    std::size_t const count = waits.size() + all.waits.left_out;
    out += count == 1 ? "1 wait for a lock\n" : fmt::format("{} waits for locks\n", count);
    std::size_t const first = waits.size() > most_waits ? waits.size() - most_waits : 0;
    if (first + all.waits.left_out) out += fmt::format("  ({} earlier ones)\n", first + all.waits.left_out);
    for (std::size_t i = first; i < waits.size(); ++i)
        out += fmt::format("  {:>14}  {}\n", format_ns(waits[i].from_ns),
                           sentence(waits[i], format_ns(waits[i].to_ns - waits[i].from_ns)));
    if (all.waits.left_out) out += fmt::format("  (the times for locks are of the last {})\n", waits.size());
    return out;
}

nlohmann::ordered_json scheduling_json(Model const& model, ViewState const& state) {
    using Json = nlohmann::ordered_json;
    static constexpr char const* ends[] = {"got", "gone", "lasting", "longer"};
    Scheduling const all = until_now(model, state);
    ReadyNow const ready = ready_now(model);
    Json waits = Json::array(), times = Json::array(), queue = Json::array();
    for (Queued const& q : ready.list) queue.push_back(q.name);
    for (LockWait const& w : all.waits.list)
        waits.push_back({{"thread", w.thread_name},
                         {"lock", w.lock_name},
                         {"owner", w.owner ? Json(w.owner_name) : Json()},
                         {"from_ns", w.from_ns},
                         {"to_ns", w.to_ns},
                         {"end", ends[static_cast<std::size_t>(w.end)]}});
    for (ThreadTimes const& t : all.times)
        times.push_back({{"thread", t.name},
                         {"runs", t.runs},
                         {"running_ns", t.running_ns},
                         {"ready_ns", t.ready_ns},
                         {"blocked_ns", t.blocked_ns},
                         {"lock_ns", t.lock_ns},
                         {"worst_ready_ns", t.worst_ns},
                         {"worst_ready_from_ns", t.worst_ns ? Json(t.worst_from_ns) : Json()}});
    return {{"lock_waits", std::move(waits)},
            {"lock_waits_left_out", all.waits.left_out},
            {"measured",
             {{"from_ns", all.window.from_ns},
              {"to_ns", all.window.to_ns},
              {"between_markers", all.marked},
              {"ahead", all.ahead},
              {"cut", all.cut},
              {"threads", std::move(times)}}},
            {"ready", std::move(queue)},
            {"ready_order", ready.in_order ? "run queue" : "longest wait"}};
}

}  // namespace viz::model
