// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/frame_kind.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace sim::links {
namespace {

constexpr std::array names = {"frame",   "arp",        "ip",      "icmp",    "udp",     "tcp",
                              "tcp syn", "tcp synack", "tcp ack", "tcp fin", "tcp rst", "tcp data"};
static_assert(names.size() == static_cast<std::size_t>(last_frame_kind) + 1);

constexpr std::size_t ethernet_header = 14, smallest_ip_header = 20, smallest_tcp_header = 20;
constexpr unsigned type_ipv4 = 0x0800, type_arp = 0x0806;
constexpr unsigned protocol_icmp = 1, protocol_tcp = 6, protocol_udp = 17;

unsigned be16(std::span<std::uint8_t const> bytes, std::size_t at) { return bytes[at] << 8 | bytes[at + 1]; }

bool is_tcp_kind(std::span<std::uint8_t const> segment, FrameKind kind) {
    if (segment.size() < smallest_tcp_header) return false;
    constexpr unsigned fin = 1, syn = 2, rst = 4, ack = 16;
    unsigned const flags = segment[13];
    bool const has_data = segment.size() > (segment[12] >> 4) * 4u;
    switch (kind) {
        case FrameKind::tcp:
            return true;
        case FrameKind::syn:
            return (flags & syn) && !(flags & ack);
        case FrameKind::synack:
            return (flags & syn) && (flags & ack);
        case FrameKind::ack:
            return (flags & ack) && !(flags & (syn | fin | rst)) && !has_data;
        case FrameKind::fin:
            return flags & fin;
        case FrameKind::rst:
            return flags & rst;
        case FrameKind::data:
            return has_data;
        default:
            return false;
    }
}

}  // namespace

bool is_kind(std::span<std::uint8_t const> frame, FrameKind kind) {
    if (kind == FrameKind::any) return true;
    if (frame.size() < ethernet_header) return false;
    unsigned const type = be16(frame, 12);
    if (kind == FrameKind::arp) return type == type_arp;
    if (type != type_ipv4) return false;
    auto const packet = frame.subspan(ethernet_header);
    if (packet.size() < smallest_ip_header || packet[0] >> 4 != 4) return false;
    if (kind == FrameKind::ip) return true;
    // Padding of a short frame is no payload: the packet's own length counts.
    std::size_t const header = (packet[0] & 15) * 4u;
    std::size_t const length = std::min<std::size_t>(be16(packet, 2), packet.size());
    bool const later_fragment = be16(packet, 6) & 0x1FFF;
    if (header < smallest_ip_header || length < header || later_fragment) return false;
    unsigned const protocol = packet[9];
    if (kind == FrameKind::icmp) return protocol == protocol_icmp;
    if (kind == FrameKind::udp) return protocol == protocol_udp;
    return protocol == protocol_tcp && is_tcp_kind(packet.subspan(header, length - header), kind);
}

char const* name_of(FrameKind kind) { return names[static_cast<std::size_t>(kind)]; }

std::optional<FrameKind> frame_kind_named(std::string_view words) {
    if (words == "packet") return FrameKind::any;
    auto const known = std::find(names.begin(), names.end(), words);
    if (known == names.end()) return std::nullopt;
    return static_cast<FrameKind>(known - names.begin());
}

bool is_tcp_word(std::string_view word) {
    return !word.empty() && frame_kind_named("tcp " + std::string(word)).has_value();
}

}  // namespace sim::links
