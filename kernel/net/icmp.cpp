// SPDX-License-Identifier: MIT
//
// ICMP: answers to ping, and errors in both directions. [rfc792] [rfc1122 §3.2.2]
#include <cstring>

#include "kernel/net/interface.hpp"
#include "kernel/net/wire/tcp.hpp"

namespace net {
namespace {

using base::Duration;
using base::Instant;
using wire::IcmpHeader;

// Enough for a person to see what is wrong, too little to be used against others.
constexpr unsigned errors_per_second = 10;
// How much of the packet an error quotes: headers and some of the data. The
// whole message stays below what every host accepts. [rfc1812 §4.3.2.3]
constexpr std::size_t largest_quote = 576 - wire::Ipv4Header::size - IcmpHeader::size;

}  // namespace

void Interface::on_icmp(wire::Ipv4Header const& ip, Bytes payload, Instant now) {
    if (!own_.is_configured()) return statistics_.count(Drop::Ipv4OtherDestination);
    auto parsed = IcmpHeader::parse(payload);
    if (!parsed) return statistics_.count(parsed.error());
    IcmpHeader const& header = parsed.value();
    if (!is_ours(ip.destination)) return statistics_.count(Drop::IcmpToGroup);  // no amplifier for "smurfs"
    switch (header.type) {
        case IcmpHeader::Type::EchoRequest:
            return answer_echo(ip, header, payload);
        case IcmpHeader::Type::Unreachable:
        case IcmpHeader::Type::TimeExceeded:
        case IcmpHeader::Type::ParameterProblem:
            return on_icmp_error(header, payload.subspan(IcmpHeader::size), now);
        // Source quench is obsolete, and ignored silently (MUST-55) [rfc6633].
        // Redirects would let anybody on the link move our gateway.
        default:
            return statistics_.count(Drop::IcmpUnknownType);
    }
}

void Interface::answer_echo(wire::Ipv4Header const& ip, IcmpHeader const& request, Bytes payload) {
    // [lab:10-answer-echo]
    Packet* packet = packets_.make(payload.size());
    if (packet == nullptr) return;
    packet->source = ip.destination;
    packet->destination = ip.source;
    packet->protocol = wire::IpProtocol::Icmp;
    std::memcpy(packet->data(), payload.data(), payload.size());
    IcmpHeader reply;
    reply.type = IcmpHeader::Type::EchoReply;
    reply.rest = request.rest;
    reply.emit(packet->bytes());
    packets_.push(packet);
    // [/lab:10-answer-echo]
}

// What became of something that we sent.
void Interface::on_icmp_error(IcmpHeader const& header, Bytes quote, Instant now) {
    auto parsed = wire::QuotedPacket::parse(quote);
    if (!parsed) return statistics_.count(parsed.error());
    wire::QuotedPacket const& quoted = parsed.value();
    bool const tcp = quoted.protocol == wire::IpProtocol::Tcp;
    if (!is_ours(quoted.source) || (!tcp && quoted.protocol != wire::IpProtocol::Udp))
        return statistics_.count(Drop::IcmpBadQuote);

    Endpoint const local{quoted.source, Port(wire::load_be16(&quoted.payload[0]))};
    Endpoint const remote{quoted.destination, Port(wire::load_be16(&quoted.payload[2]))};
    tcp::SeqNum const sequence(wire::load_be32(&quoted.payload[4]));
    bool const unreachable = header.type == IcmpHeader::Type::Unreachable;
    bool const too_big = unreachable && header.code == IcmpHeader::FragmentationNeeded;
    if (too_big && tcp)
        return (void)tcp_.on_too_big(local, remote, sequence, static_cast<std::uint16_t>(header.rest), now);
    bool const hard = unreachable && (header.code == IcmpHeader::ProtocolUnreachable ||
                                      header.code == IcmpHeader::PortUnreachable);
    Error const error = hard ? Error::ConnectionRefused
                        : unreachable && header.code == IcmpHeader::NetworkUnreachable
                            ? Error::NetworkUnreachable
                            : Error::HostUnreachable;
    if (tcp) return tcp_.on_icmp_error(local, remote, sequence, hard, error);
    // Datagrams of ours may be fragmented on their way: nobody should say this.
    if (too_big) return statistics_.count(Drop::IcmpBadQuote);
    udp_.on_icmp_error(local.port, remote, error);
}

void Interface::send_icmp_error(wire::Ipv4Header const& about, Bytes quote, IcmpHeader::Type type,
                                std::uint8_t code, Instant now) {
    // Never about an error, a broadcast, a later fragment, or to nobody in
    // particular: such errors multiply. [rfc1122 §3.2.2]
    if (!is_ours(about.destination) || about.fragment_offset != 0) return;
    if (about.protocol == wire::IpProtocol::Icmp && quote.size() > about.header_length) {
        IcmpHeader quoted;
        quoted.type = static_cast<IcmpHeader::Type>(quote[about.header_length]);
        if (quoted.is_error()) return;
    }
    if (!may_send_error(now)) return;
    if (quote.size() > largest_quote) quote = quote.first(largest_quote);
    Packet* packet = packets_.make(IcmpHeader::size + quote.size());
    if (packet == nullptr) return;
    packet->source = own_.address;
    packet->destination = about.source;
    packet->protocol = wire::IpProtocol::Icmp;
    std::memcpy(packet->data() + IcmpHeader::size, quote.data(), quote.size());
    IcmpHeader header;
    header.type = type;
    header.code = code;
    header.emit(packet->bytes());
    packets_.push(packet);
}

// Of both versions together. [rfc4443 §2.4(f)]
bool Interface::may_send_error(Instant now) {
    if (now >= icmp_refill_) {
        icmp_refill_ = now + Duration::seconds(1);
        icmp_allowance_ = errors_per_second;
    }
    if (icmp_allowance_ == 0) {
        statistics_.count(Drop::IcmpRateLimited);
        return false;
    }
    --icmp_allowance_;
    return true;
}

// Of datagrams whose missing pieces did not come in time. [rfc1122 §3.3.2]
void Interface::tell_of_lost_pieces(Instant now) {
    while (auto expired = reassembly_.expire(now)) {
        std::uint8_t quote[wire::Ipv4Header::size + sizeof expired->start];
        expired->header.emit(quote);
        std::memcpy(quote + wire::Ipv4Header::size, expired->start, sizeof expired->start);
        send_icmp_error(expired->header, quote, wire::IcmpHeader::Type::TimeExceeded, 1, now);
    }
}

}  // namespace net
