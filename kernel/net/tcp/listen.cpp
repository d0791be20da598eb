// SPDX-License-Identifier: MIT
//
// Segments that belong to no connection: CLOSED and LISTEN. [rfc9293 §3.10.7.1, §3.10.7.2]
// And the door: which connection a segment belongs to.
#include "kernel/net/tcp/sockets.hpp"
#include "kernel/net/wire/checksum.hpp"

namespace net::tcp {

using base::Instant;
using Flag = wire::TcpFlags;

void Sockets::on_segment(Arrival const& ip, Bytes bytes, Instant now) {
    now_ = now;
    ++statistics_.segments_in;
    wire::TcpHeader header;
    auto const parsed =
        wire::TcpHeader::parse_into(header, bytes, ip.source, ip.destination, ip.verify_checksum);
    if (!parsed) return statistics_.count(parsed.error());
    Bytes const data = bytes.subspan(header.header_length);
    Endpoint const local{ip.destination, header.destination};
    Endpoint const remote{ip.source, header.source};

    Entry* entry = find(local, remote);
    Listener* listener = nullptr;
    if (entry == nullptr) {
        listener = listener_for(local);
        if (listener != nullptr) entry = answered_cookie(*listener, header, local, remote, now);
        if (entry != nullptr) listener = nullptr;
    } else if (entry->connection.gives_way_to(header) && entry->connection.is_orphan()) {
        listener = listener_for(local);
    }
    if (entry != nullptr && listener == nullptr) {
        entry->connection.on_segment(header, data, now, ecn_field(ip.traffic_class));
        settle(*entry);
        return;
    }
    if (listener == nullptr) return in_closed(header, data.size(), local, remote);
    std::uint64_t const secret = secret_of(local, remote);
    SeqNum initial = initial_sequence(secret, now);
    if (entry != nullptr) {
        initial = beyond(*entry, initial);
        free_entry(*entry);
    }
    in_listen(*listener, header, local, remote, initial, static_cast<std::uint32_t>(secret >> 32), now);
}

// ---- §3.10.7.1: CLOSED ----

void Sockets::in_closed(wire::TcpHeader const& segment, std::size_t data_length, Endpoint local,
                        Endpoint remote) {
    statistics_.count(Drop::TcpNoConnection);
    if (segment.has(Flag::Rst)) return;
    if (segment.has(Flag::Ack)) return send_reset(local, remote, segment.acknowledgement, false, SeqNum());
    auto const length = static_cast<std::uint32_t>(data_length + (segment.has(Flag::Syn) ? 1 : 0) +
                                                   (segment.has(Flag::Fin) ? 1 : 0));
    send_reset(local, remote, SeqNum(0), true, segment.sequence + length);
}

// ---- §3.10.7.2: LISTEN ----

void Sockets::in_listen(Listener& listener, wire::TcpHeader const& segment, Endpoint local, Endpoint remote,
                        SeqNum initial, std::uint32_t clock, Instant now) {
    // First: a reset cannot be meant for us. Second: neither can an ACK.
    if (segment.has(Flag::Rst)) return statistics_.count(Drop::TcpBadReset);
    if (segment.has(Flag::Ack)) {
        // Of a cookie, and there was no room: its data comes again.
        if (cookies_.check(local, remote, segment, now)) return statistics_.count(Drop::TcpBacklogFull);
        statistics_.count(Drop::TcpNoConnection);
        return send_reset(local, remote, segment.acknowledgement, false, SeqNum());
    }
    // Third: a SYN. One that is also a FIN comes from no honest peer. Its data,
    // if any, is not kept: it comes again when the connection is established.
    if (!segment.has(Flag::Syn) || segment.has(Flag::Fin)) return statistics_.count(Drop::TcpNoConnection);
    // A flood fills the backlog with connections that nobody completes: others get in all the same.
    if (listener.pending >= listener.backlog) {
        if (listener.half_open.empty()) return statistics_.count(Drop::TcpBacklogFull);
        return send_cookie(segment, local, remote, clock, now);
    }
    Entry* entry = open_half(listener, segment, local, remote, initial, clock, now);
    if (entry != nullptr) settle(*entry);
}

Entry* Sockets::open_half(Listener& listener, wire::TcpHeader const& syn, Endpoint local, Endpoint remote,
                          SeqNum initial, std::uint32_t clock, Instant now) {
    Entry* entry = make_entry(local, remote);
    if (entry == nullptr) {
        statistics_.count(Drop::TcpTableFull);
        return nullptr;
    }
    entry->listener = static_cast<std::uint16_t>(&listener - listeners_.begin());
    listener.half_open.push_back(*entry);
    ++listener.pending;
    entry->connection.configure(listener.settings, now);  // our answer has its window
    entry->connection.open_passive(syn, initial, clock, now);
    return entry;
}

Sockets::Listener* Sockets::listener_for(Endpoint local) const {
    for (Listener& listener : listeners_) {
        bool const any = listener.local.address.is_unspecified();
        if (listener.used && listener.local.port == local.port &&
            (any ? includes(listener.versions, local.address) : listener.local.address == local.address))
            return &listener;
    }
    return nullptr;
}

void Sockets::send_reset(Endpoint local, Endpoint remote, SeqNum sequence, bool has_ack,
                         SeqNum acknowledgement) {
    wire::TcpHeader header;
    header.sequence = sequence;
    header.acknowledgement = acknowledgement;
    header.flags = has_ack ? Flag::Rst | Flag::Ack : Flag::Rst;
    if (send_alone(local, remote, header)) ++statistics_.resets_out;
}

// A segment of no connection, without data.
bool Sockets::send_alone(Endpoint local, Endpoint remote, wire::TcpHeader& header) {
    Packet* packet = packets_.make(header.emitted_size());
    if (packet == nullptr) return false;
    packet->source = local.address;
    packet->destination = remote.address;
    packet->protocol = wire::IpProtocol::Tcp;
    header.source = local.port;
    header.destination = remote.port;
    header.emit(packet->data());
    wire::Checksum checksum;
    checksum.add_pseudo_header(packet->source, packet->destination,
                               static_cast<std::uint8_t>(packet->protocol), packet->length);
    checksum.add(packet->bytes());
    wire::store_be16(packet->data() + 16, checksum.value());
    packets_.push(packet);
    return true;
}

// A clock that ticks every four microseconds (MUST-8), plus a secret function
// of the two ends (SHLD-1, MUST-9): numbers of one pair of ends only grow,
// those of another tell nothing about them. [rfc6528 §3]
SeqNum Sockets::initial_sequence(std::uint64_t secret, Instant now) const {
    auto const clock = static_cast<std::uint64_t>(now.since_boot().as_nanoseconds()) / 4'000;
    return SeqNum(static_cast<std::uint32_t>(secret + clock));
}

// The low half is for sequence numbers, the high one for time stamps.
std::uint64_t Sockets::secret_of(Endpoint local, Endpoint remote) const {
    return SipHash(sequence_key_)
        .add(local.address.high())
        .add(local.address.low())
        .add(remote.address.high())
        .add(remote.address.low())
        .add(std::uint64_t{local.port.value()} << 16 | remote.port.value())
        .finish();
}

}  // namespace net::tcp
