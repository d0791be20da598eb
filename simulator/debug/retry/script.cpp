// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/retry/script.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sim::debug::retry {

using machine::InputKind;
using machine::Machine;
using machine::OutputKind;

std::optional<std::uint64_t> Outputs::time_of(std::uint64_t nth) const {
    if (nth == 0) return 0;
    auto const found =
        std::partition_point(times_.begin(), times_.end(), [&](Point const& p) { return p.total < nth; });
    return found == times_.end() ? std::nullopt : std::optional(found->ns);
}

void Stream::sent(FrameFields const& f) {
    if (f.has(FrameFields::syn) && initial != f.sequence) {
        initial = f.sequence;
        ends.clear();
    }
    if (!initial || f.sequence_length() == 0) return;
    std::uint32_t const end = f.sequence - *initial + f.sequence_length();
    // Farther than all before: the positions of one stream never wrap here.
    if (ends.empty() || (end > ends.back() && end < 0x8000'0000)) ends.push_back(end);
}

std::string device_channel(std::string_view device) { return fmt::format("device {}", device); }

std::string channel_of(FrameFields const& f, std::optional<std::size_t> connection) {
    switch (f.protocol) {
        case Protocol::tcp:
            return connection ? fmt::format("connection {}", *connection) : "other tcp";
        case Protocol::udp:
            return fmt::format("udp {}", address_text(f.remote_port == 67 ? 0 : f.remote, f.remote_port));
        case Protocol::arp:
            return "arp";
        case Protocol::icmp:
            return "icmp";
        case Protocol::other:
            break;
    }
    return "other frames";
}

std::optional<IdentifierPlace> identifier_of(FrameFields const& f) {
    if (f.protocol != Protocol::udp) return std::nullopt;
    if (f.remote_port == 67 && f.payload_length >= 8) return IdentifierPlace{4, 4};  // [rfc2131 §2]
    if (f.remote_port == 53 && f.payload_length >= 2) return IdentifierPlace{0, 2};  // [rfc1035 §4.1.1]
    return std::nullopt;
}

ScriptMaker::ScriptMaker(Machine& machine) : machine_(machine) { machine_.add_observer(*this); }
ScriptMaker::~ScriptMaker() { machine_.remove_observer(*this); }

Script ScriptMaker::take(std::uint64_t end_ns) {
    script_.end_ns = end_ns;
    return std::move(script_);
}

// A SYN with another sequence number is another connection of the same two ends.
std::optional<std::size_t> ScriptMaker::connection_of(FrameFields const& f, bool from_guest) {
    if (f.protocol != Protocol::tcp) return std::nullopt;
    std::string const ends = fmt::format("{} {}", f.guest_port, address_text(f.remote, f.remote_port));
    auto const known = live_connections_.find(ends);
    bool const opens = f.has(FrameFields::syn) && !f.has(FrameFields::ack);
    if (known != live_connections_.end()) {
        auto const first =
            from_guest ? script_.connections[known->second].stream.initial : remote_initial_[known->second];
        if (!opens || first == f.sequence) return known->second;
    } else if (!opens) {
        return std::nullopt;
    }
    script_.connections.push_back({f.remote, f.remote_port, f.guest_port, from_guest, {}});
    remote_initial_.emplace_back();
    segments_.push_back(0);
    if (!from_guest) remote_initial_.back() = f.sequence;
    return live_connections_[ends] = script_.connections.size() - 1;
}

void ScriptMaker::on_output(Machine& machine, machine::Device const& device, OutputKind kind,
                            std::span<std::uint8_t const> bytes) {
    std::uint64_t const now = machine.virtual_ns();
    bool const is_frame = kind == OutputKind::frame;
    outputs_[device_channel(device.name())].add(is_frame ? 1 : bytes.size(), now);
    if (!is_frame) return;
    FrameFields const f = read_frame(bytes, true);
    auto const connection = connection_of(f, true);
    std::string const channel = channel_of(f, connection);
    outputs_[channel].add(1, now);
    if (connection) script_.connections[*connection].stream.sent(f);
    if (auto const place = identifier_of(f))
        script_.datagrams[channel].push_back(
            {big_endian(bytes, f.payload + place->at, place->size), f.guest_port});
}

void ScriptMaker::take_segment(ScriptedInput& s, FrameFields const& f) {
    s.segment = ++segments_[*s.connection];
    Stream const& stream = script_.connections[*s.connection].stream;
    if (!f.has(FrameFields::ack) || !stream.initial) return;
    s.acknowledged = f.acknowledgement - *stream.initial;
    s.acknowledged_all = s.acknowledged == stream.end();
    auto const end = std::find(stream.ends.begin(), stream.ends.end(), s.acknowledged);
    if (end != stream.ends.end()) s.end = static_cast<std::size_t>(end - stream.ends.begin());
}

void ScriptMaker::on_input(Machine&, machine::Input const& input) {
    ScriptedInput s;
    s.input = input;
    std::string channel, device = device_channel(input.target);
    if (input.kind == InputKind::frame) {
        s.frame = read_frame(input.bytes, false);
        s.connection = connection_of(s.frame, false);
        channel = channel_of(s.frame, s.connection);
        if (s.connection) take_segment(s, s.frame);
        if (auto const place = identifier_of(s.frame)) {
            std::uint32_t const id = big_endian(input.bytes, s.frame.payload + place->at, place->size);
            auto const& asked = script_.datagrams[channel];
            auto const found = std::find_if(asked.rbegin(), asked.rend(),
                                            [&](Script::Datagram const& d) { return d.identifier == id; });
            if (found != asked.rend()) s.answers = static_cast<std::size_t>(found.base() - asked.begin()) - 1;
        }
    } else if (input.kind == InputKind::console) {
        channel = device;
    } else {
        channel = device =
            "the clock";  // a person's doing, or a fault: nothing that the guest sent is its cue
    }
    s.queue = channel;
    // Who speaks first on a channel has waited for the device, at best.
    s.cue.channel = outputs_[channel].total() > 0 ? channel : device;
    s.cue.nth = outputs_[s.cue.channel].total();
    s.cue.delay_ns = input.virtual_ns - outputs_[s.cue.channel].time_of(s.cue.nth).value_or(0);
    script_.inputs.push_back(std::move(s));
}

}  // namespace sim::debug::retry
