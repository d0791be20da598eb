// SPDX-License-Identifier: MIT
//
// What a connection hears of the path to its peer: routers that could not deliver a segment,
// or not one so large, and neighbours that do not answer.
#include "kernel/net/tcp/sockets.hpp"

namespace net::tcp {

using base::Duration;
using base::Instant;

// Anybody can send an ICMP error; one about data that is not on its way is a
// forgery, or late. [rfc5927 §4.1]
bool Connection::quotes_data_in_flight(SeqNum quoted) const {
    std::int64_t const position = sender_.position_of(quoted);
    return position >= static_cast<std::int64_t>(sender_.una()) &&
           position < static_cast<std::int64_t>(sender_.max());
}

// A soft error is remembered, in case we give up (MUST-56, SHLD-25). A hard one
// ends an attempt to connect; an established connection carries on, since so
// much harm could be done by a forged packet (SHLD-26; RFC 5927 §5.2).
void Connection::on_unreachable(SeqNum quoted, bool hard, Error error) {
    if (state_ == State::Closed || !quotes_data_in_flight(quoted))
        return shared_.statistics.count(Drop::IcmpBadQuote);
    soft_error_ = error;
    if (hard && state_ == State::SynSent) return fail(error);
    report(error);
}

bool Connection::on_too_big(SeqNum quoted, std::uint16_t mtu, Instant now) {
    // Less is an attack on our efficiency; every link of IPv6 carries this much. [rfc8201 §4]
    std::uint16_t const smallest_mtu = v6_ ? 1280 : 552;
    if (!is_synchronised(state_) || !quotes_data_in_flight(quoted)) {
        shared_.statistics.count(Drop::IcmpBadQuote);
        return false;
    }
    if (mtu < smallest_mtu) mtu = smallest_mtu;
    limit_packets(mtu, now);
    return true;
}

void Connection::limit_packets(std::uint16_t mtu, Instant now) {
    std::uint16_t mss = largest_segment(mss_of(mtu));
    if (mss >= sender_.segment_size()) {
        if (now < narrow_until_) return;
        // Tries again how much the path carries. If it is less, somebody will say so.
        if (mss > full_segment_) mss = full_segment_;
    }
    sender_.change_segment_size(mss);
    narrow_until_ = mss < full_segment_ ? now + Duration::seconds(600) : Instant::never();
}

// Opening fails; an established connection behaves as if what it wanted to send
// had been lost, and tries again later.
void Connection::on_no_route(Error error, Instant now) {
    reset_.pending = false;
    if (state_ == State::Closed) return;
    soft_error_ = error;
    if (state_ == State::SynSent) return fail(error);
    OutgoingSegment lost;
    while (next_segment(lost, now)) {
    }
}

// ---- ICMP errors, by the quoted header (MUST-54) ----

void Sockets::on_icmp_error(Endpoint local, Endpoint remote, SeqNum quoted, bool hard, Error error) {
    Entry* entry = find(local, remote);
    if (entry == nullptr) return statistics_.count(Drop::IcmpBadQuote);
    entry->connection.on_unreachable(quoted, hard, error);
    settle(*entry);
}

bool Sockets::on_too_big(Endpoint local, Endpoint remote, SeqNum quoted, std::uint16_t mtu, Instant now) {
    Entry* entry = find(local, remote);
    if (entry == nullptr) {
        statistics_.count(Drop::IcmpBadQuote);
        return false;
    }
    bool const is_believed = entry->connection.on_too_big(quoted, mtu, now);
    settle(*entry);
    return is_believed;
}

}  // namespace net::tcp
