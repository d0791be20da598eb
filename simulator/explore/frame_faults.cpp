// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/frame_faults.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sim::explore {
namespace {

constexpr std::size_t ethernet_header = 14, smallest_ip_header = 20, smallest_tcp_header = 20;

unsigned be16(std::span<std::uint8_t const> bytes, std::size_t at) { return bytes[at] << 8 | bytes[at + 1]; }

bool matches_tcp(Fault::Frames frames, std::span<std::uint8_t const> segment) {
    if (segment.size() < smallest_tcp_header) return false;
    constexpr unsigned fin = 1, syn = 2, rst = 4, ack = 16;
    unsigned const flags = segment[13];
    std::size_t const header = (segment[12] >> 4) * 4u;
    switch (frames) {
        case Fault::Frames::tcp:
            return true;
        case Fault::Frames::syn:
            return (flags & syn) && !(flags & ack);
        case Fault::Frames::ack:
            return flags & ack;
        case Fault::Frames::fin:
            return flags & fin;
        case Fault::Frames::rst:
            return flags & rst;
        case Fault::Frames::data:
            return segment.size() > header;
        default:
            return false;
    }
}

}  // namespace

bool matches(Fault::Frames frames, std::span<std::uint8_t const> frame) {
    if (frames == Fault::Frames::any) return true;
    if (frame.size() < ethernet_header) return false;
    unsigned const type = be16(frame, 12);
    if (frames == Fault::Frames::arp) return type == 0x0806;
    if (type != 0x0800) return false;
    auto const packet = frame.subspan(ethernet_header);
    if (packet.size() < smallest_ip_header || packet[0] >> 4 != 4) return false;
    if (frames == Fault::Frames::ip) return true;
    std::size_t const header = (packet[0] & 15) * 4u;
    std::size_t const length = std::min<std::size_t>(be16(packet, 2), packet.size());
    if (header < smallest_ip_header || length < header || be16(packet, 6) & 0x1FFF) return false;
    unsigned const protocol = packet[9];
    if (frames == Fault::Frames::icmp) return protocol == 1;
    if (frames == Fault::Frames::udp) return protocol == 17;
    return protocol == 6 && matches_tcp(frames, packet.subspan(header, length - header));
}

FrameFaults::FrameFaults(machine::Outside& outside, std::vector<Fault> const& faults,
                         std::function<void(std::string)> told)
    : outside_(outside), told_(std::move(told)) {
    for (Fault const& fault : faults)
        if (fault.on_the_link()) faults_.push_back(fault);
    seen_.resize(faults_.size());
}

FrameFaults::Fate FrameFaults::fate_of(std::vector<std::uint8_t>& frame, Fault::Direction direction) {
    Fate fate;
    for (std::size_t i = 0; i < faults_.size(); ++i) {
        Fault const& fault = faults_[i];
        if (fault.direction != Fault::Direction::both && fault.direction != direction) continue;
        if (!matches(fault.frames, frame) || ++seen_[i] != fault.count) continue;
        told_("fault: " + describe(fault));
        if (fault.kind == Fault::Kind::drop) fate.dropped = true;
        if (fault.kind == Fault::Kind::duplicate) fate.doubled = true;
        if (fault.kind == Fault::Kind::delay) fate.delay_ns = std::max(fate.delay_ns, fault.ns);
        if (fault.kind == Fault::Kind::corrupt && fault.number < frame.size())
            frame[frame.size() - 1 - fault.number] ^= 1;
    }
    return fate;
}

void FrameFaults::poll(std::uint64_t now_ns, std::vector<machine::Arrival>& arrived) {
    for (std::size_t i = 0; i < out_.size();) {
        if (out_[i].due_ns > now_ns) {
            ++i;
            continue;
        }
        outside_.output(now_ns, out_[i].arrival.target, machine::OutputKind::frame, out_[i].arrival.bytes);
        out_.erase(out_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    std::vector<machine::Arrival> fresh;
    outside_.poll(now_ns, fresh);
    for (machine::Arrival& arrival : fresh) {
        if (arrival.kind != machine::InputKind::frame) {
            arrived.push_back(std::move(arrival));
            continue;
        }
        Fate const fate = fate_of(arrival.bytes, Fault::Direction::in);
        if (fate.dropped) continue;
        for (int copies = fate.doubled ? 2 : 1; copies > 0; --copies) {
            if (fate.delay_ns)
                in_.push_back({now_ns + fate.delay_ns, arrival});
            else
                arrived.push_back(arrival);
        }
    }
    for (std::size_t i = 0; i < in_.size();) {
        if (in_[i].due_ns > now_ns) {
            ++i;
            continue;
        }
        arrived.push_back(std::move(in_[i].arrival));
        in_.erase(in_.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

std::optional<std::uint64_t> FrameFaults::wait(std::uint64_t now_ns,
                                               std::optional<std::uint64_t> deadline_ns) {
    for (auto const* const held : {&in_, &out_})
        for (Held const& one : *held) deadline_ns = std::min(deadline_ns.value_or(UINT64_MAX), one.due_ns);
    return outside_.wait(now_ns, deadline_ns);
}

void FrameFaults::output(std::uint64_t now_ns, std::string_view device, machine::OutputKind kind,
                         std::span<std::uint8_t const> bytes) {
    if (kind != machine::OutputKind::frame) return outside_.output(now_ns, device, kind, bytes);
    std::vector<std::uint8_t> frame(bytes.begin(), bytes.end());
    Fate const fate = fate_of(frame, Fault::Direction::out);
    if (fate.dropped) return;
    for (int copies = fate.doubled ? 2 : 1; copies > 0; --copies) {
        if (fate.delay_ns)
            out_.push_back({now_ns + fate.delay_ns, {std::string(device), machine::InputKind::frame, frame}});
        else
            outside_.output(now_ns, device, kind, frame);
    }
}

}  // namespace sim::explore
