// SPDX-License-Identifier: MIT
//
// Who knocks while the backlog is full is answered by a cookie, and nothing is kept: a flood of
// SYNs keeps nobody out. [rfc4987 §3.6]
#include "kernel/net/tcp/sockets.hpp"

namespace net::tcp {

using base::Instant;
using Flag = wire::TcpFlags;

// The answer that a connection would have sent, and nothing is kept.
void Sockets::send_cookie(wire::TcpHeader const& syn, Endpoint local, Endpoint remote, std::uint32_t clock,
                          Instant now) {
    TcpOffers const& ours = shared_.offers;
    wire::TcpHeader answer;
    answer.sequence = cookies_.make(local, remote, syn, now);
    answer.acknowledgement = syn.sequence + 1;
    answer.flags = Flag::Syn | Flag::Ack;
    std::uint32_t const room = shared_.receive_blocks.block_size();
    answer.window = static_cast<std::uint16_t>(room < 0xffff ? room : 0xffff);
    answer.mss = shared_.our_mss(remote.address);
    if (ours.timestamps && syn.timestamps) {
        bool const ecn = ours.ecn != TcpOffers::Ecn::Never && Ecn::asks(syn);
        if (ecn) answer.flags |= Flag::Ece;
        std::uint32_t const ticks = Timestamps::clock(now, clock);
        answer.timestamps = {SynCookies::time_stamp(ticks, syn, ecn), syn.timestamps->value};
        answer.sack_permitted = ours.sack && syn.sack_permitted;
        if (ours.window_scale && syn.window_scale) answer.window_scale = shared_.window_shift;
    }
    if (send_alone(local, remote, answer)) ++statistics_.cookies_sent;
}

// The connection that begins with this ACK; null: it answers no cookie, or there is no room.
// Somebody who answers one exists: the oldest of those of whom nobody knows makes room.
Entry* Sockets::answered_cookie(Listener& listener, wire::TcpHeader const& segment, Endpoint local,
                                Endpoint remote, Instant now) {
    if ((segment.flags & (Flag::Ack | Flag::Syn | Flag::Rst)) != Flag::Ack) return nullptr;
    auto const syn = cookies_.check(local, remote, segment, now);
    if (!syn) return nullptr;
    if (listener.pending >= listener.backlog) {
        Entry* const oldest = listener.half_open.front();
        if (oldest == nullptr) return nullptr;
        statistics_.count(Drop::TcpBacklogFull);
        free_entry(*oldest);
    }
    auto const clock = static_cast<std::uint32_t>(secret_of(local, remote) >> 32);
    Entry* entry = open_half(listener, *syn, local, remote, segment.acknowledgement - 1, clock, now);
    if (entry == nullptr) return nullptr;
    ++statistics_.cookies_accepted;
    entry->connection.assume_answered();
    return entry;
}

}  // namespace net::tcp
