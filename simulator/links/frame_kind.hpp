// SPDX-License-Identifier: GPL-2.0-or-later
//
// What kind of frame it is, for faults that name one. As people write it:
//
//     frame (or packet)   any            arp
//     ip                  IPv4           icmp, udp, tcp: whole, or the first fragment
//     tcp syn             SYN, no ACK    tcp synack   SYN and ACK
//     tcp ack             ACK alone: no data, SYN, FIN or RST
//     tcp fin, tcp rst    the flag       tcp data     with payload
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sim::links {

enum class FrameKind : std::uint8_t { any, arp, ip, icmp, udp, tcp, syn, synack, ack, fin, rst, data };
constexpr FrameKind last_frame_kind = FrameKind::data;

// Any bytes are accepted; no length in them is believed. [rfc894] [rfc791] [rfc9293 §3.1]
bool is_kind(std::span<std::uint8_t const> frame, FrameKind);

// "frame", "tcp syn".
char const* name_of(FrameKind);
// The same read back; `packet` is a frame, too.
std::optional<FrameKind> frame_kind_named(std::string_view words);
// Does this word belong to the kind, after `tcp`?
bool is_tcp_word(std::string_view word);

}  // namespace sim::links
