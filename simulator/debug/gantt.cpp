// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/gantt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace sim::debug {

namespace {

// How far before the interval we look for what began there.
constexpr std::uint64_t max_before = 100'000;

// Follows the events in order and turns changes of state into spans.
class Chart {
public:
    Chart(EventView const& events, Gantt& out, std::size_t max_spans)
        : events_(events), out_(out), max_spans_(max_spans) {
        out_.tracks.push_back({0, "interrupts", {}, 0});
    }

    void follow(Event const& e, std::uint64_t number) {
        switch (e.kind) {
            case EventKind::interrupt:
                begin_interrupt(e, number);
                break;
            case EventKind::interrupt_exit:
                end_interrupt(e.virtual_ns);
                break;
            case EventKind::thread_create:
                end(e.a, e.virtual_ns);
                ended_ = 0;
                tracks_.erase(e.a);  // a new thread where perhaps an old one was
                set(e.a, SpanState::ready, e, number);
                break;
            case EventKind::thread_wake:
                wake(e, number);
                if (state(e.a) != SpanState::running) set(e.a, SpanState::ready, e, number);
                break;
            case EventKind::thread_exit:
                end(e.a, e.virtual_ns);
                break;
            case EventKind::thread_switch:
                switch_threads(e, number);
                break;
            default:
                break;
        }
    }

    void finish(std::uint64_t now_ns) {
        for (auto& [thread, open] : open_) close(track_of(thread, open.event), open, now_ns);
        while (!interrupts_.empty()) end_interrupt(now_ns);
        std::erase_if(out_.tracks, [](ThreadTrack const& t) { return t.thread != 0 && t.spans.empty(); });
        for (ThreadTrack& t : out_.tracks)
            std::sort(t.spans.begin(), t.spans.end(),
                      [](Span const& a, Span const& b) { return a.from_ns < b.from_ns; });
    }

private:
    struct Open {
        std::uint64_t from_ns = 0;
        SpanState state = SpanState::ready;
        std::uint64_t event = 0;
    };

    std::size_t track_of(std::uint64_t thread, std::uint64_t event) {
        auto const [at, is_new] = tracks_.try_emplace(thread, out_.tracks.size());
        if (is_new) {
            std::string name = events_.thread_name(thread, event);
            if (name.empty()) name = events_.thread_name(thread);
            if (name.empty()) name = fmt::format("thread {:#x}", thread);
            out_.tracks.push_back({thread, std::move(name), {}, 0});
        }
        return at->second;
    }

    void close(std::size_t track, Open const& open, std::uint64_t to_ns, std::uint64_t vector = 0) {
        std::uint64_t const from = std::max(open.from_ns, out_.from_ns), to = std::min(to_ns, out_.to_ns);
        if (from >= to) return;
        if (open.state == SpanState::running) out_.tracks[track].running_ns += to - from;
        if (spans_ >= max_spans_) {
            out_.cut = true;
            return;
        }
        ++spans_;
        out_.tracks[track].spans.push_back({open.from_ns, to_ns, open.state, vector, open.event});
    }

    std::optional<SpanState> state(std::uint64_t thread) const {
        auto at = open_.find(thread);
        return at == open_.end() ? std::nullopt : std::optional(at->second.state);
    }

    void set(std::uint64_t thread, SpanState to, Event const& e, std::uint64_t number) {
        std::size_t const track = track_of(thread, number);
        auto const [at, is_new] = open_.try_emplace(thread);
        if (!is_new) {
            if (at->second.state == to) return;
            close(track, at->second, e.virtual_ns);
        }
        at->second = {e.virtual_ns, to, number};
    }

    void end(std::uint64_t thread, std::uint64_t at_ns) {
        auto at = open_.find(thread);
        if (at == open_.end()) return;
        close(track_of(thread, at->second.event), at->second, at_ns);
        open_.erase(at);
        ended_ = thread;
    }

    // The probes say who leaves the processor, not why. One that was preempted or
    // yielded is ready; one that blocked is woken before it runs again. So a
    // thread that leaves is "blocked", and if it comes back with no wake between,
    // it was ready all the while.
    void switch_threads(Event const& e, std::uint64_t number) {
        // The first switch tells who had the processor from the start.
        if (running_ == 0)
            if (auto first = open_.find(e.a); first != open_.end() && first->second.state == SpanState::ready)
                first->second.state = SpanState::running;
        if (e.a && e.a != ended_) {
            set(e.a, SpanState::blocked, e, number);
        }
        ended_ = 0;
        if (e.b) {
            auto at = open_.find(e.b);
            if (at != open_.end() && at->second.state == SpanState::blocked)
                at->second.state = SpanState::ready;
            set(e.b, SpanState::running, e, number);
        }
        running_ = e.b;
    }

    void wake(Event const& e, std::uint64_t number) {
        if (e.virtual_ns < out_.from_ns || e.virtual_ns >= out_.to_ns) return;
        if (out_.wakes.size() >= max_spans_) {
            out_.cut = true;
            return;
        }
        out_.wakes.push_back({e.virtual_ns, interrupts_.empty() ? running_ : 0, e.a, number});
    }

    void begin_interrupt(Event const& e, std::uint64_t number) {
        if (interrupts_.size() >= 16) interrupts_.clear();  // exits that no probe told us of
        interrupts_.push_back({{e.virtual_ns, SpanState::interrupt, number}, e.a});
    }
    void end_interrupt(std::uint64_t at_ns) {
        if (interrupts_.empty()) return;
        auto const [open, vector] = interrupts_.back();
        interrupts_.pop_back();
        // Nested ones are part of the outermost: no overlap within a track.
        if (interrupts_.empty()) close(0, open, std::max(at_ns, open.from_ns + 1), vector);
    }

    EventView const& events_;
    Gantt& out_;
    std::size_t max_spans_, spans_ = 0;
    std::map<std::uint64_t, std::size_t> tracks_;
    std::map<std::uint64_t, Open> open_;
    std::vector<std::pair<Open, std::uint64_t>> interrupts_;
    std::uint64_t running_ = 0, ended_ = 0;
};

}  // namespace

char const* name_of(SpanState state) {
    switch (state) {
        case SpanState::running:
            return "running";
        case SpanState::ready:
            return "ready";
        case SpanState::blocked:
            return "blocked";
        case SpanState::interrupt:
            return "interrupt";
    }
    return "";
}

Gantt gantt(EventView const& events, std::uint64_t from_ns, std::uint64_t to_ns, std::uint64_t now_ns,
            std::size_t max_spans) {
    Gantt result;
    result.from_ns = from_ns;
    result.to_ns = std::max(from_ns, to_ns);
    Chart chart(events, result, max_spans);
    std::uint64_t const inside = events.first_at_or_after_ns(from_ns);
    std::uint64_t const begin = std::max(events.all.begin(), inside > max_before ? inside - max_before : 0);
    for (std::uint64_t n = begin; n < events.all.end(); ++n) {
        Event const& e = events.all[n];
        // Past the interval: only what ends a span that began inside matters, and
        // that is cut at the interval's end anyway.
        if (e.virtual_ns >= result.to_ns || result.cut) break;
        chart.follow(e, n);
    }
    chart.finish(std::min(now_ns, result.to_ns));
    return result;
}

}  // namespace sim::debug
