// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/retry/reenactment.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/input_text.hpp"

namespace sim::debug::retry {

using machine::Arrival;
using machine::InputKind;
using machine::OutputKind;

namespace {

std::string ends_of(std::uint16_t guest_port, std::uint32_t remote, std::uint16_t remote_port) {
    return fmt::format("{} {}", guest_port, address_text(remote, remote_port));
}

char const* ordinal(std::uint64_t n) {
    if (n % 100 / 10 == 1) return "th";
    return n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th";
}

}  // namespace

Reenactment::Reenactment(Script script, bool other_image)
    : script_(std::move(script)),
      other_image_(other_image),
      given_(script_.inputs.size()),
      live_(script_.connections.size()) {
    for (std::size_t i = 0; i < script_.inputs.size(); ++i) queues_[script_.inputs[i].queue].push_back(i);
}

void Reenactment::note(std::string text) {
    if (notes_.size() < most_notes) notes_.push_back(std::move(text));
}

std::string Reenactment::name_of(ScriptedInput const& s) const {
    if (s.connection)
        return fmt::format("the recorded peer's {}{} segment on connection {} ({})", s.segment,
                           ordinal(s.segment), *s.connection + 1, script_.connections[*s.connection].text());
    return fmt::format("the recorded input {} ({})", &s - script_.inputs.data() + 1, input_text(s.input));
}

std::uint64_t Reenactment::rest_ns() const {
    std::uint64_t const last = script_.inputs.empty() ? 0 : script_.inputs.back().input.virtual_ns;
    return script_.end_ns > last ? script_.end_ns - last : 0;
}

// ---- When ----

// When its cue came and the recorded pause is over; none: the cue has not come.
std::optional<std::uint64_t> Reenactment::due(std::size_t input) const {
    ScriptedInput const& s = script_.inputs[input];
    auto const channel = outputs_.find(s.cue.channel);
    std::optional<std::uint64_t> cue;
    if (s.cue.nth == 0)
        cue = 0;
    else if (channel != outputs_.end())
        cue = channel->second.time_of(s.cue.nth);
    if (cue) return *cue + s.cue.delay_ns;
    // Only the oldest one does without its cue: the others may get theirs by it.
    if (input != first_left_) return std::nullopt;
    std::uint64_t const before = input == 0 ? 0 : script_.inputs[input - 1].input.virtual_ns;
    return std::max(last_delivery_ns_, last_output_ns_) + (s.input.virtual_ns - before) + patience_ns;
}

// The next input of each queue, in the recorded order.
std::vector<std::size_t> Reenactment::heads() const {
    std::vector<std::size_t> found;
    for (auto const& [name, queue] : queues_) {
        auto const next = next_.find(name);
        std::size_t const at = next == next_.end() ? 0 : next->second;
        if (at < queue.size()) found.push_back(queue[at]);
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::optional<std::uint64_t> Reenactment::next_due() const {
    std::optional<std::uint64_t> first;
    for (std::size_t const input : heads())
        if (auto const when = due(input)) first = std::min(first.value_or(UINT64_MAX), *when);
    return first;
}

void Reenactment::poll(std::uint64_t now, std::vector<Arrival>& arrived) {
    for (bool more = true; more;) {
        more = false;
        for (std::size_t const input : heads()) {
            auto const when = due(input);
            if (!when || *when > now) continue;
            arrived.push_back(adapted(input));
            given_[input] = true;
            ++next_[script_.inputs[input].queue];
            while (first_left_ < given_.size() && given_[first_left_]) ++first_left_;
            ++delivered_;
            last_delivery_ns_ = now;
            more = true;
            break;
        }
    }
}

std::optional<std::uint64_t> Reenactment::wait(std::uint64_t now, std::optional<std::uint64_t> deadline) {
    auto const when = next_due();
    if (!when) return deadline;
    std::uint64_t const then = std::max(*when, now);
    return deadline ? std::min(then, *deadline) : then;
}

// ---- What the guest sends ----

std::optional<std::size_t> Reenactment::connection_of(FrameFields const& f) {
    std::string const ends = ends_of(f.guest_port, f.remote, f.remote_port);
    bool const opens = f.has(FrameFields::syn) && !f.has(FrameFields::ack);
    auto const known = by_ends_.find(ends);
    if (known != by_ends_.end() && (!opens || live_[known->second].stream.initial == f.sequence))
        return known->second;
    if (!opens) return std::nullopt;
    // The guest begins one: the next that the recorded guest began with this peer.
    for (std::size_t i = 0; i < live_.size(); ++i) {
        Connection const& c = script_.connections[i];
        if (!c.by_guest || live_[i].guest_port || c.remote != f.remote || c.remote_port != f.remote_port)
            continue;
        live_[i].guest_port = f.guest_port;
        return by_ends_[ends] = i;
    }
    note(fmt::format("the guest opens a connection to {} that the recorded one did not: nobody answers",
                     address_text(f.remote, f.remote_port)));
    return std::nullopt;
}

void Reenactment::output(std::uint64_t now, std::string_view device, OutputKind kind,
                         std::span<std::uint8_t const> bytes) {
    bool const is_frame = kind == OutputKind::frame;
    outputs_[device_channel(device)].add(is_frame ? 1 : bytes.size(), now);
    last_output_ns_ = now;
    if (!is_frame) return;
    FrameFields const f = read_frame(bytes, true);
    std::optional<std::size_t> connection;
    if (f.protocol == Protocol::tcp) connection = connection_of(f);
    std::string const channel = channel_of(f, connection);
    outputs_[channel].add(1, now);
    if (auto const place = identifier_of(f))
        datagrams_[channel].push_back({big_endian(bytes, f.payload + place->at, place->size), f.guest_port});
    if (!connection) return;
    Live& live = live_[*connection];
    live.stream.sent(f);
    if (f.has(FrameFields::rst) && !live.told_reset && !finished()) {
        live.told_reset = true;
        note(fmt::format("the guest resets connection {} ({})", *connection + 1,
                         script_.connections[*connection].text()));
    }
}

// ---- What it gets ----

Arrival Reenactment::adapted(std::size_t input) {
    ScriptedInput const& s = script_.inputs[input];
    auto const channel = outputs_.find(s.cue.channel);
    std::uint64_t const sent = channel == outputs_.end() ? 0 : channel->second.total();
    if (s.cue.nth > sent)
        note(fmt::format(
            "{} came though the guest had sent {} instead of {} on its {}: it was not waited for longer",
            name_of(s), sent, s.cue.nth, s.cue.channel));
    Arrival arrival{s.input.target, s.input.kind, s.input.bytes};
    if (s.input.kind == InputKind::frame && s.frame.protocol == Protocol::tcp && s.connection)
        adapt_segment(s, arrival.bytes);
    if (s.input.kind == InputKind::frame && s.frame.protocol == Protocol::udp)
        adapt_datagram(s, arrival.bytes);
    if (s.input.kind == InputKind::poke && other_image_)
        note(
            fmt::format("{} writes to the same physical address; another image may keep something else there",
                        name_of(s)));
    return arrival;
}

void Reenactment::adapt_segment(ScriptedInput const& s, std::vector<std::uint8_t>& bytes) {
    Connection const& was = script_.connections[*s.connection];
    Live& live = live_[*s.connection];
    if (!was.by_guest) {
        live.guest_port = was.guest_port;
        by_ends_[ends_of(was.guest_port, was.remote, was.remote_port)] = *s.connection;
    }
    if (live.guest_port && *live.guest_port != was.guest_port)
        replace(bytes, s.frame, 2, 2, *live.guest_port);
    if (!s.frame.has(FrameFields::ack) || !was.stream.initial) return;
    if (!live.stream.initial) {
        if (!live.told_silent)
            note(fmt::format("{} acknowledges a SYN that the guest has not sent", name_of(s)));
        live.told_silent = true;
        return;
    }
    // What it acknowledges: all that there was, or the end of a certain segment, is
    // that of this guest's; anything else is the same place in the stream.
    std::uint32_t position = s.acknowledged;
    if (s.acknowledged_all)
        position = live.stream.end();
    else if (s.end && *s.end < live.stream.ends.size())
        position = live.stream.ends[*s.end];
    if (position > live.stream.end() && position < 0x8000'0000)
        note(fmt::format("{} acknowledges bytes never sent: {} of {}", name_of(s), position,
                         live.stream.end()));
    else if (position != s.acknowledged && !live.told_stretched) {
        live.told_stretched = true;
        note(fmt::format("{} acknowledged {} bytes; here the guest had sent {}, and it acknowledges these",
                         name_of(s), s.acknowledged, position));
    }
    replace(bytes, s.frame, 8, 4, *live.stream.initial + position);
    // Selective acknowledgements move with the sequence numbers. [rfc2018 §3]
    std::uint32_t const shift = *live.stream.initial - *was.stream.initial;
    for (std::size_t at = s.frame.transport + 20; at + 1 < s.frame.payload;) {
        std::uint8_t const kind = bytes[at];
        if (kind == 0) break;
        std::size_t const length = kind == 1 ? 1 : bytes[at + 1];
        if (length == 0 || at + length > s.frame.payload) break;
        if (kind == 5)
            for (std::size_t edge = at + 2; edge + 4 <= at + length; edge += 4)
                replace(bytes, s.frame, edge - s.frame.transport, 4, big_endian(bytes, edge, 4) + shift);
        at += length;
    }
}

// An answer goes to the port that asked, with the identifier of the question.
void Reenactment::adapt_datagram(ScriptedInput const& s, std::vector<std::uint8_t>& bytes) {
    if (!s.answers) return;
    std::string const channel = channel_of(s.frame, std::nullopt);
    auto const asked = datagrams_.find(channel);
    auto const place = identifier_of(s.frame);
    if (asked == datagrams_.end() || *s.answers >= asked->second.size() || !place)
        return note(fmt::format("{} answers a question that the guest has not asked", name_of(s)));
    Script::Datagram const& question = asked->second[*s.answers];
    if (question.guest_port != s.frame.guest_port) replace(bytes, s.frame, 2, 2, question.guest_port);
    replace(bytes, s.frame, s.frame.payload - s.frame.transport + place->at, place->size,
            question.identifier);
}

}  // namespace sim::debug::retry
