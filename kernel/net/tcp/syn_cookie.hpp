// SPDX-License-Identifier: MIT
//
// Answers to SYNs that are not remembered. When a flood has filled the backlog, our initial
// sequence number is a note to ourselves, signed, that comes back in the peer's ACK. What
// does not fit into it (window scale, SACK, ECN) goes into the low bits of the time stamp, if
// the peer sends them, and is lost otherwise. [rfc4987 §3.6]
//
//    31       27 26   24 23                                 0
//   +-----------+-------+------------------------------------+
//   |  minutes  |  MSS  |  a secret hash of all that counts  |    initial sequence number
//   +-----------+-------+------------------------------------+
//
//    31                                  6    5      4    3 0
//   +-------------------------------------+-----+------+------+
//   |  milliseconds                       | ECN | SACK | scale|   time stamp; scale 15: none
//   +-------------------------------------+-----+------+------+
#pragma once

#include <optional>

#include "kernel/base/time.hpp"
#include "kernel/net/address.hpp"
#include "kernel/net/siphash.hpp"
#include "kernel/net/wire/tcp.hpp"

namespace net::tcp {

class SynCookies {
public:
    using Instant = base::Instant;
    void create(SipKey key) { key_ = key; }

    // Our initial sequence number in the answer to this SYN.
    SeqNum make(Endpoint local, Endpoint remote, wire::TcpHeader const& syn, Instant now);
    // Our time stamp in it: the clock's value, or a little before it.
    static std::uint32_t time_stamp(std::uint32_t clock, wire::TcpHeader const& syn, bool ecn);

    // The SYN whose answer this segment acknowledges, as far as it was noted; nothing if it
    // acknowledges no cookie of the last two minutes.
    std::optional<wire::TcpHeader> check(Endpoint local, Endpoint remote, wire::TcpHeader const& ack,
                                         Instant now) const;

private:
    std::uint32_t signature(Endpoint local, Endpoint remote, SeqNum theirs, std::uint64_t minute,
                            unsigned size) const;

    SipKey key_;
    Instant valid_until_;  // no cookie that was ever made is
};

}  // namespace net::tcp
