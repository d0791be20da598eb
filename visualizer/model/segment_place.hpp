// SPDX-License-Identifier: GPL-2.0-or-later
//
// A frame of TCP named by what it is, not by its number: "segment:SYN",
// "segment:out+again", "segment:in+dup:3", "segment:out+seq=17377". Counts of packets
// move when TCP learns something new; the first segment that was lost stays that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "visualizer/model/tcp_flow.hpp"

namespace viz::model {

// With its colon.
inline constexpr std::string_view segment_word = "segment:";

// What a segment is asked for: every word of it must hold.
//
//     in, out              who sent it: the other side, the guest
//     syn, fin, rst        with this flag
//     ack                  nothing but an acknowledgement
//     data                 with payload
//     again                it carries what was sent before
//     lost                 the guest had to send it again
//     dup                  says what the one before it said
//     sack                 tells of what lies behind a hole
//     last                 of a direction's stream, so far as is known: the highest byte
//     seq=N, ack=N         holds the stream's byte N; acknowledges all before byte N (the SYN is byte 0)
//     connection=N         of the n-th connection, from 1
struct SegmentWords {
    std::string text;  // "out+again"
    std::uint64_t number = 1;
};
// Behind the colon. One line that says what is wrong.
std::variant<SegmentWords, std::string> parse_segment(std::string_view);

// The event of the nth segment of all connections for which the words hold; else why not.
std::variant<std::uint64_t, std::string> find_segment(SegmentWords const&, TcpFlows const&);
// "segment:out+syn" for that event, by words that another build would keep; none: it is no TCP.
std::optional<std::string> segment_text(std::uint64_t event, TcpFlows const&);

}  // namespace viz::model
