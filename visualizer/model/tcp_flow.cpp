// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/tcp_flow.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace viz::model {

using sim::debug::Event;
using sim::debug::EventKind;
using sim::debug::EventView;

namespace {

// A number of the wire, counted from the side's SYN: near to what was last seen.
std::int64_t unwrapped(TcpFlow::Direction const& d, std::uint32_t wire) {
    return d.here + static_cast<std::int32_t>(wire - d.wire);
}

bool has(sim::debug::DecodedPacket const& packet, std::uint8_t flag) {
    return (packet.tcp_flags & flag) != 0;
}

// What this side let the other one send when it last acknowledged anything.
std::optional<std::uint64_t> last_window(TcpFlow const& flow, bool outward) {
    for (auto s = flow.segments.rbegin(); s != flow.segments.rend(); ++s)
        if (s->outward == outward && s->confirmed) return s->window;
    return std::nullopt;
}

}  // namespace

std::size_t TcpFlow::until(sim::machine::Moment now) const {
    return static_cast<std::size_t>(
        std::ranges::partition_point(segments, [&](Segment const& s) { return s.at <= now; }) -
        segments.begin());
}

bool TcpFlow::begun(sim::machine::Moment now) const {
    return until(now) > 0 || (!told.empty() && told.front().at <= now);
}

TcpSums TcpFlow::sums(bool outward, std::size_t until) const {
    until = std::min(until, segments.size());
    return until ? segments[until - 1].sums[outward] : TcpSums{};
}

namespace {

// Could this frame from the other side be what the guest heard? `own_fin`: one past
// the guest's FIN.
bool fits(Segment const& s, Heard heard, std::optional<std::int64_t> own_fin) {
    bool const answers = s.has(TcpFlag::ack) && s.confirmed;
    switch (heard) {
        case Heard::nothing:
            return false;
        case Heard::syn:
            return s.has(TcpFlag::syn);
        case Heard::syn_ack:
            return s.has(TcpFlag::syn) && answers;
        case Heard::ack_of_syn:
            return answers && *s.confirmed >= 1;
        case Heard::fin:
            return s.has(TcpFlag::fin);
        case Heard::ack_of_fin:
            return answers && (!own_fin || *s.confirmed >= *own_fin);
    }
    return false;
}

}  // namespace

std::vector<StateStep> TcpFlow::path() const {
    std::vector<StateStep> steps = told.empty() ? path_by_segments(*this) : told;
    std::optional<std::int64_t> own_fin;
    for (Segment const& s : segments)
        if (s.outward && s.has(TcpFlag::fin) && !own_fin) own_fin = s.to;
    // The frame that a step answers, or that it sends. Several frames can come at once
    // before the guest looks at the first: so each is looked for from the one of the
    // step before, which may be the same.
    auto heard = segments.begin(), sent = segments.begin();
    auto find = [&](auto& from, auto end, auto&& is_it) -> std::optional<std::uint64_t> {
        auto const found = std::find_if(from, std::max(from, end), is_it);
        if (found >= end) return std::nullopt;
        from = found;
        return found->event;
    };
    for (StateStep& step : steps) {
        if (step.packet) continue;
        StateEdge const* edge = edge_between(step.from, step.to);
        auto const after =
            std::ranges::partition_point(segments, [&](Segment const& s) { return s.event < step.event; });
        if (!edge) {
            step.packet = find(heard, after, [](Segment const& s) { return s.has(TcpFlag::rst); });
        } else if (edge->heard != Heard::nothing) {
            step.packet = find(heard, after,
                               [&](Segment const& s) { return !s.outward && fits(s, edge->heard, own_fin); });
        } else if (edge->sends) {
            step.packet =
                find(sent, segments.end(), [&](Segment const& s) { return s.outward && s.has(edge->sends); });
        }
    }
    return steps;
}

void TcpFlows::update(EventView const& events) {
    // What the index has forgotten goes when it is as much as what is held.
    std::uint64_t const held = events.group(sim::debug::EventGroup::packets).size();
    if (generation_ != events.generation || looked_ > events.all.end() || taken_ > 2 * held + 65536) {
        *this = {};
        generation_ = events.generation;
    }
    for (looked_ = std::max(looked_, events.all.begin()); looked_ < events.all.end(); ++looked_) {
        Event const& event = events.all[looked_];
        if (event.kind == EventKind::tcp_state) take_state(event, looked_, events);
        if (event.kind == EventKind::tcp_window || event.kind == EventKind::tcp_round_trip)
            take_congestion(event, looked_, events);
        if (event.kind != EventKind::packet_in && event.kind != EventKind::packet_out) continue;
        if (!event.packet) continue;
        auto const packet = sim::debug::decode_packet(*event.packet, event.kind == EventKind::packet_out);
        if (packet.is_tcp && packet.tcp_whole) take(packet, event, looked_);
    }
}

std::optional<std::size_t> TcpFlows::of_event(std::uint64_t event) const {
    auto const found = by_event_.find(event);
    return found == by_event_.end() ? std::nullopt : std::optional(found->second);
}

// A SYN with another first number begins another connection of the same name.
std::size_t TcpFlows::flow_for(sim::debug::DecodedPacket const& frame, bool outward) {
    std::string const& local = outward ? frame.source : frame.destination;
    std::string const& remote = outward ? frame.destination : frame.source;
    std::string const name = local + " with " + remote;
    if (auto const found = newest_.find(name); found != newest_.end()) {
        TcpFlow::Direction const& d = flows_[found->second].of(outward);
        bool const anew = has(frame, TcpFlag::syn) && !has(frame, TcpFlag::ack) && d.known &&
                          unwrapped(d, frame.sequence) != 0;
        if (!anew) return found->second;
    }
    TcpFlow& flow = flows_.emplace_back();
    flow.local = local;
    flow.remote = remote;
    if (auto const early = to_come_.find(name); early != to_come_.end()) {
        flow.told = std::move(early->second);
        to_come_.erase(early);
        for (StateStep const& step : flow.told) by_event_[step.event] = flows_.size() - 1;
    }
    return newest_[name] = flows_.size() - 1;
}

void TcpFlows::take(sim::debug::DecodedPacket const& frame, Event const& event, std::uint64_t number) {
    bool const outward = event.kind == EventKind::packet_out;
    std::size_t const index = flow_for(frame, outward);
    TcpFlow& flow = flows_[index];
    by_event_[number] = index;
    auto& own = flow.direction[outward];
    auto& other = flow.direction[!outward];
    if (!own.known) {
        own.known = true;
        own.wire = frame.sequence;
    }
    if (frame.window_shift) own.shift = frame.window_shift;

    Segment s;
    s.event = number;
    s.virtual_ns = event.virtual_ns;
    s.at = event.at;
    s.outward = outward;
    s.flags = frame.tcp_flags;
    s.length = frame.payload_length;
    s.from = unwrapped(own, frame.sequence);
    s.to = s.from + frame.payload_length + has(frame, TcpFlag::syn) + has(frame, TcpFlag::fin);
    // Scaling holds when both sides offered it, and never in a SYN. [rfc7323 §2.2]
    bool const scaled = own.shift && other.shift && !has(frame, TcpFlag::syn);
    s.window = std::uint64_t{frame.window} << (scaled ? *own.shift : 0);
    if (has(frame, TcpFlag::ack)) {
        if (!other.known) {  // its segments are not held: count from what was acknowledged
            other.known = true;
            other.wire = frame.acknowledgement;
        }
        s.confirmed = unwrapped(other, frame.acknowledgement);
        s.sacks = frame.sacks;
        for (unsigned i = 0; i < frame.sacks; ++i)
            s.sack[i] = {unwrapped(other, frame.sack[i].first), unwrapped(other, frame.sack[i].second)};
        // One with another window is a window update. [rfc5681 §2]
        bool const says_nothing_else = s.from == s.to && !has(frame, TcpFlag::rst) &&
                                       (s.sacks > 0 || s.window == last_window(flow, outward));
        if (says_nothing_else && s.confirmed == other.confirmed && other.highest > *s.confirmed) {
            s.duplicate_ack = true;
        }
        other.confirmed = std::max(other.confirmed, *s.confirmed);
    }
    if (s.to > s.from) {
        own.bytes += s.length;
        // The segment that began nearest at or before this one.
        if (s.from < own.highest) {
            auto before = own.sent.upper_bound(s.from);
            if (before != own.sent.begin()) --before;
            if (before != own.sent.end()) s.again = before->second;
            judge_again(flow, s);
            if (!s.again) own.sent.emplace(s.from, flow.segments.size());
        } else {
            own.sent.emplace(s.from, flow.segments.size());
        }
        own.highest = std::max(own.highest, s.to);
        own.wire = frame.sequence;
        own.here = s.from;
    }
    if (!flow.segments.empty()) s.sums = flow.segments.back().sums;
    s.sums[outward].bytes += s.length;
    s.sums[outward].again += s.again.has_value();
    s.sums[!outward].duplicate_acks += s.duplicate_ack;
    flow.segments.push_back(s);
    ++taken_;
}

// Was it there before, and what became of that?
void TcpFlows::judge_again(TcpFlow& flow, Segment& s) {
    if (!s.again) return;
    Segment& first = flow.segments[*s.again];
    if (first.to <= s.from) {
        // It lies behind that segment, where nothing was seen yet.
        s.again.reset();
        s.fills_hole = !s.outward;
        return;
    }
    if (!s.outward || first.resent || flow.of(true).confirmed >= first.to) return;
    for (std::size_t i = *s.again + 1; i < flow.segments.size(); ++i) {
        Segment const& heard = flow.segments[i];
        for (unsigned b = 0; !heard.outward && b < heard.sacks; ++b)
            if (heard.sack[b].first <= first.from && first.to <= heard.sack[b].second) return;
    }
    first.resent = flow.segments.size();
}

void TcpFlows::take_state(Event const& event, std::uint64_t number, EventView const& events) {
    auto from = state_named(events.state_name(event.b));
    auto const to = state_named(events.state_name(event.c));
    if (!from || !to) return;
    // A connection object is made when a listener hears a SYN: until then it was the
    // listener that waited.
    if (*from == TcpState::closed && *to == TcpState::syn_received) from = TcpState::listen;
    std::string const& name = events.thread_name(event.a, number);
    if (name.empty()) return;
    StateStep const step{number, event.virtual_ns, event.at, *from, *to, {}};
    // One that opens actively has sent nothing yet.
    auto const found = newest_.find(name);
    if (found == newest_.end() || (*from == TcpState::closed && *to == TcpState::syn_sent)) {
        auto& steps = to_come_[name];
        if (steps.size() < 64) steps.push_back(step);
        return;
    }
    flows_[found->second].told.push_back(step);
    by_event_[number] = found->second;
}

// It tells when it has heard an acknowledgement: of a connection that is known.
void TcpFlows::take_congestion(Event const& event, std::uint64_t number, EventView const& events) {
    auto const found = newest_.find(events.thread_name(event.a, number));
    if (found == newest_.end()) return;
    TcpFlow& flow = flows_[found->second];
    auto const bytes = [](std::uint64_t n) {
        return static_cast<std::uint32_t>(std::min<std::uint64_t>(n, UINT32_MAX));
    };
    if (event.kind == EventKind::tcp_window)
        flow.windows.push_back({event.virtual_ns, event.at, bytes(event.b), bytes(event.c)});
    else
        flow.round_trips.push_back({event.virtual_ns, event.at, event.b, event.c});
    ++taken_;
}

}  // namespace viz::model
