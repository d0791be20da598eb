// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/tcp_flow.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace viz::model {

using sim::debug::Event;
using sim::debug::EventKind;
using sim::debug::EventView;

namespace {

// Big-endian reads; the caller has checked the length.
std::uint16_t be16(std::span<std::uint8_t const> b, std::size_t at) {
    return static_cast<std::uint16_t>(b[at] << 8 | b[at + 1]);
}
std::uint32_t be32(std::span<std::uint8_t const> b, std::size_t at) {
    return std::uint32_t{be16(b, at)} << 16 | be16(b, at + 2);
}

std::string address4(std::span<std::uint8_t const> b) {
    return fmt::format("{}.{}.{}.{}", b[0], b[1], b[2], b[3]);
}
std::string address6(std::span<std::uint8_t const> b) {
    std::string out = "[";
    for (std::size_t i = 0; i < 16; i += 2) out += fmt::format("{}{:x}", i ? ":" : "", be16(b, i));
    return out + "]";
}

void read_options(std::span<std::uint8_t const> options, TcpFrame& out) {
    for (std::size_t at = 0; at < options.size();) {
        std::uint8_t const kind = options[at];
        if (kind == 0) return;
        if (kind == 1) {
            ++at;
            continue;
        }
        if (at + 1 >= options.size()) return;
        std::size_t const length = options[at + 1];
        if (length < 2 || at + length > options.size()) return;
        if (kind == 3 && length == 3 && out.has(TcpFrame::syn))
            out.window_shift = std::min<std::uint8_t>(options[at + 2], 14);
        if (kind == 5)
            for (std::size_t block = 2; block + 8 <= length && out.sacks < out.sack.size(); block += 8)
                out.sack[out.sacks++] = {be32(options, at + block), be32(options, at + block + 4)};
        at += length;
    }
}

// A number of the wire, counted from the side's SYN: near to what was last seen.
std::int64_t unwrapped(TcpFlow::Direction const& d, std::uint32_t wire) {
    return d.here + static_cast<std::int32_t>(wire - d.wire);
}

// What this side let the other one send when it last acknowledged anything.
std::optional<std::uint64_t> last_window(TcpFlow const& flow, bool outward) {
    for (auto s = flow.segments.rbegin(); s != flow.segments.rend(); ++s)
        if (s->outward == outward && s->confirmed) return s->window;
    return std::nullopt;
}

}  // namespace

std::optional<TcpFrame> read_tcp(std::span<std::uint8_t const> frame) {
    if (frame.size() < 14) return std::nullopt;
    std::uint16_t const type = be16(frame, 12);
    auto ip = frame.subspan(14);
    std::span<std::uint8_t const> tcp;
    TcpFrame out;
    if (type == 0x0800) {
        if (ip.size() < 20 || ip[0] >> 4 != 4 || ip[9] != 6) return std::nullopt;
        std::size_t const header = (ip[0] & 15U) * 4, total = be16(ip, 2);
        bool const fragment = (be16(ip, 6) & 0x3FFF) != 0;
        if (header < 20 || total < header || ip.size() < header || fragment) return std::nullopt;
        out.source = address4(ip.subspan(12));
        out.destination = address4(ip.subspan(16));
        tcp = ip.subspan(header, std::min(total, ip.size()) - header);
    } else if (type == 0x86DD) {
        if (ip.size() < 40 || ip[0] >> 4 != 6 || ip[6] != 6) return std::nullopt;
        out.source = address6(ip.subspan(8, 16));
        out.destination = address6(ip.subspan(24, 16));
        tcp = ip.subspan(40, std::min<std::size_t>(be16(ip, 4), ip.size() - 40));
    } else {
        return std::nullopt;
    }
    if (tcp.size() < 20) return std::nullopt;
    std::size_t const header = (tcp[12] >> 4) * std::size_t{4};
    if (header < 20 || header > tcp.size()) return std::nullopt;
    out.source += fmt::format(":{}", be16(tcp, 0));
    out.destination += fmt::format(":{}", be16(tcp, 2));
    out.sequence = be32(tcp, 4);
    out.acknowledgement = be32(tcp, 8);
    out.flags = tcp[13];
    out.window = be16(tcp, 14);
    out.length = static_cast<std::uint32_t>(tcp.size() - header);
    read_options(tcp.subspan(20, header - 20), out);
    return out;
}

std::vector<StateStep> TcpFlow::path() const {
    std::vector<StateStep> steps = told.empty() ? path_by_segments(*this) : told;
    // The frame that a step answers, or that it sends.
    for (StateStep& step : steps) {
        if (step.packet) continue;
        StateEdge const* edge = edge_between(step.from, step.to);
        bool const heard = !edge || edge->heard;
        auto const after =
            std::ranges::partition_point(segments, [&](Segment const& s) { return s.event < step.event; });
        if (heard) {
            for (auto s = after; s != segments.begin();)
                if (!(--s)->outward) {
                    step.packet = s->event;
                    break;
                }
        } else if (edge->sends) {
            for (auto s = after; s != segments.end() && !step.packet; ++s)
                if (s->outward && s->has(edge->sends)) step.packet = s->event;
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
        if (event.kind != EventKind::packet_in && event.kind != EventKind::packet_out) continue;
        if (!event.packet) continue;
        if (auto const frame = read_tcp(*event.packet)) take(*frame, event, looked_);
    }
}

std::optional<std::size_t> TcpFlows::of_event(std::uint64_t event) const {
    auto const found = by_event_.find(event);
    return found == by_event_.end() ? std::nullopt : std::optional(found->second);
}

// A SYN with another first number begins another connection of the same name.
std::size_t TcpFlows::flow_for(TcpFrame const& frame, bool outward) {
    std::string const& local = outward ? frame.source : frame.destination;
    std::string const& remote = outward ? frame.destination : frame.source;
    std::string const name = local + " with " + remote;
    if (auto const found = newest_.find(name); found != newest_.end()) {
        TcpFlow::Direction const& d = flows_[found->second].of(outward);
        bool const anew = frame.has(TcpFrame::syn) && !frame.has(TcpFrame::ack) && d.known &&
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

void TcpFlows::take(TcpFrame const& frame, Event const& event, std::uint64_t number) {
    bool const outward = event.kind == EventKind::packet_out;
    std::size_t const index = flow_for(frame, outward);
    TcpFlow& flow = flows_[index];
    by_event_[number] = index;
    auto& own = flow.direction[outward];
    auto& other = flow.direction[!outward];
    if (!own.known) {
        own.known = true;
        own.wire = frame.sequence;
        own.from_syn = frame.has(TcpFrame::syn);
    }
    if (frame.window_shift) own.shift = frame.window_shift;

    Segment s;
    s.event = number;
    s.virtual_ns = event.virtual_ns;
    s.at = event.at;
    s.outward = outward;
    s.flags = frame.flags;
    s.length = frame.length;
    s.from = unwrapped(own, frame.sequence);
    s.to = s.from + frame.length + frame.has(TcpFrame::syn) + frame.has(TcpFrame::fin);
    // Scaling holds when both sides offered it, and never in a SYN. [rfc7323 §2.2]
    bool const scaled = own.shift && other.shift && !frame.has(TcpFrame::syn);
    s.window = std::uint64_t{frame.window} << (scaled ? *own.shift : 0);
    if (frame.has(TcpFrame::ack)) {
        if (!other.known) {  // its segments are not held: count from what was acknowledged
            other.known = true;
            other.wire = frame.acknowledgement;
        }
        s.confirmed = unwrapped(other, frame.acknowledgement);
        s.sacks = frame.sacks;
        for (unsigned i = 0; i < frame.sacks; ++i)
            s.sack[i] = {unwrapped(other, frame.sack[i].first), unwrapped(other, frame.sack[i].second)};
        // One with another window is a window update. [rfc5681 §2]
        bool const says_nothing_else = s.from == s.to && !frame.has(TcpFrame::rst) &&
                                       (s.sacks > 0 || s.window == last_window(flow, outward));
        if (says_nothing_else && s.confirmed == other.confirmed && other.highest > *s.confirmed) {
            s.duplicate_ack = true;
            ++other.duplicate_acks;
        }
        other.confirmed = std::max(other.confirmed, *s.confirmed);
    }
    if (s.to > s.from) {
        own.bytes += s.length;
        // The segment that began nearest at or before this one, if it reached into it.
        if (s.from < own.highest) {
            auto before = own.sent.upper_bound(s.from);
            if (before != own.sent.begin()) --before;
            if (before != own.sent.end()) s.again = before->second;
            ++own.again;
        } else {
            own.sent.emplace(s.from, flow.segments.size());
        }
        own.highest = std::max(own.highest, s.to);
        own.wire = frame.sequence;
        own.here = s.from;
    }
    flow.segments.push_back(s);
    ++taken_;
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

}  // namespace viz::model
