// SPDX-License-Identifier: MIT
//
// ICMPv6: answers to ping, and errors in both directions. Neighbour Discovery goes on to
// nd::Host. [rfc4443]
#include <cstring>

#include "kernel/net/interface.hpp"

namespace net {
namespace {

using base::Instant;
using wire::Icmp6Header;
using wire::Ipv6Header;
using wire::NextHeader;

// As much of the packet as fits into what every link carries. [rfc4443 §2.4(c)]
constexpr std::size_t largest_quote6 = Ipv6Header::smallest_mtu - Ipv6Header::size - Icmp6Header::size;

}  // namespace

void Interface::on_icmp6(Ipv6Arrival const& in, Instant now) {
    auto parsed = Icmp6Header::parse(in.payload, in.ip.source, in.ip.destination, in.verify_checksum);
    if (!parsed) return statistics_.count(parsed.error());
    Icmp6Header const& header = parsed.value();
    if (nd::Host::is_concerned(header)) {
        bool const was_cut = in.chain.had_fragment_header;
        return six_->host.on_message({in.ip, header, in.payload, in.chain.router_alert, was_cut}, now);
    }
    bool const to_group = in.ip.destination.is_multicast();
    if (in.ip.source.is_unspecified()) return statistics_.count(Drop::Ipv6BadSource);
    if (!to_group && !six_->host.is_ours(in.ip.destination))
        return statistics_.count(Drop::Ipv6OtherDestination);
    switch (header.type) {
        case Icmp6Header::Type::EchoRequest:
            return answer_echo(in, header, now);
        case Icmp6Header::Type::Unreachable:
        case Icmp6Header::Type::PacketTooBig:
        case Icmp6Header::Type::TimeExceeded:
        case Icmp6Header::Type::ParameterProblem:
            return on_icmp6_error(header, in.payload.subspan(Icmp6Header::size), now);
        default:
            return statistics_.count(Drop::IcmpUnknownType);
    }
}

// A question to everybody on the link is answered by each, as often as errors may be sent.
// [rfc4443 §4.2]
void Interface::answer_echo(Ipv6Arrival const& in, Icmp6Header const& request, Instant now) {
    Ipv6Address source = in.ip.destination;
    if (source.is_multicast()) {
        auto const own = six_->host.source_for(in.ip.source);
        if (!own) return statistics_.count(Drop::OutputNoRoute);
        source = own.value();
        if (!may_send_error(now)) return;
    }
    Packet* packet = packets_.make(in.payload.size());
    if (packet == nullptr) return;
    packet->source = source;
    packet->destination = in.ip.source;
    packet->protocol = static_cast<wire::IpProtocol>(NextHeader::Icmp6);
    std::memcpy(packet->data(), in.payload.data(), in.payload.size());
    Icmp6Header reply;
    reply.type = Icmp6Header::Type::EchoReply;
    reply.rest = request.rest;
    reply.emit(packet->bytes(), source, in.ip.source);
    packets_.push(packet);
}

// What became of something that we sent.
void Interface::on_icmp6_error(Icmp6Header const& header, Bytes quote, Instant now) {
    auto parsed = wire::Quoted6Packet::parse(quote);
    if (!parsed) return statistics_.count(parsed.error());
    wire::Quoted6Packet const& quoted = parsed.value();
    bool const tcp = quoted.protocol == NextHeader::Tcp;
    if (!six_->host.is_ours(quoted.source) || (!tcp && quoted.protocol != NextHeader::Udp))
        return statistics_.count(Drop::IcmpBadQuote);

    Endpoint const local{quoted.source, Port(wire::load_be16(&quoted.payload[0]))};
    Endpoint const remote{quoted.destination, Port(wire::load_be16(&quoted.payload[2]))};
    tcp::SeqNum const sequence(wire::load_be32(&quoted.payload[4]));
    if (header.type == Icmp6Header::Type::PacketTooBig) {
        // No link of IPv6 is smaller, and none of ours larger. [rfc8201 §4]
        if (header.rest < Ipv6Header::smallest_mtu) return statistics_.count(Drop::IcmpBadMtu);
        if (header.rest >= config_.mtu) return statistics_.count(Drop::IcmpBadQuote);
        auto const mtu = static_cast<std::uint16_t>(header.rest);
        // Believed if it quotes what is on its way, or what a socket may have sent. [rfc5927 §7]
        bool const is_believed =
            tcp ? tcp_.on_too_big(local, remote, sequence, mtu, now) : udp_.has_socket(local.port, remote);
        if (is_believed) return six_->host.on_too_big(quoted.destination, mtu, now);
        if (!tcp) statistics_.count(Drop::IcmpBadQuote);
        return;
    }
    bool const unreachable = header.type == Icmp6Header::Type::Unreachable;
    bool const hard = unreachable && header.code == Icmp6Header::PortUnreachable;
    Error const error = hard                                                 ? Error::ConnectionRefused
                        : unreachable && header.code == Icmp6Header::NoRoute ? Error::NetworkUnreachable
                                                                             : Error::HostUnreachable;
    if (tcp) return tcp_.on_icmp_error(local, remote, sequence, hard, error);
    udp_.on_icmp_error(local.port, remote, error);
}

// Never about an error or a redirect, never to nobody or many; about what went to a group only
// where the caller says so. [rfc4443 §2.4(e)]
void Interface::send_icmp6_error(Ipv6Header const& about, Bytes quote, Icmp6Header::Type type,
                                 std::uint8_t code, std::uint32_t rest, Instant now) {
    bool const to_group = about.destination.is_multicast();
    bool const may_be_to_group = type == Icmp6Header::Type::ParameterProblem;
    if (!about.source.is_unicast() || (to_group && !may_be_to_group)) return;
    auto const chain = wire::Ipv6Chain::glance(quote, about);
    if (chain.upper == NextHeader::Icmp6) {
        Icmp6Header quoted;  // an error, if we cannot see
        if (chain.upper_at < quote.size())
            quoted.type = static_cast<Icmp6Header::Type>(quote[chain.upper_at]);
        if (quoted.is_error() || quoted.type == Icmp6Header::Type::Redirect) return;
    }
    auto const source =
        to_group ? six_->host.source_for(about.source) : base::Result<Ipv6Address, Error>(about.destination);
    if (!source || !may_send_error(now)) return;

    if (quote.size() > largest_quote6) quote = quote.first(largest_quote6);
    Packet* packet = packets_.make(Icmp6Header::size + quote.size());
    if (packet == nullptr) return;
    packet->source = source.value();
    packet->destination = about.source;
    packet->protocol = static_cast<wire::IpProtocol>(NextHeader::Icmp6);
    std::memcpy(packet->data() + Icmp6Header::size, quote.data(), quote.size());
    Icmp6Header header;
    header.type = type;
    header.code = code;
    header.rest = rest;
    header.emit(packet->bytes(), source.value(), about.source);
    packets_.push(packet);
}

// Of datagrams whose missing pieces did not come in time. [rfc4443 §3.3]
void Interface::tell_of_lost_pieces6(Instant now) {
    while (auto expired = six_->reassembly.expire(now)) {
        constexpr std::size_t headers = Ipv6Header::size + wire::Ipv6Fragment::size;
        std::uint8_t quote[headers + sizeof expired->start];
        Ipv6Header ip = expired->header.ip;
        ip.next_header = NextHeader::Fragment;
        ip.emit(quote);
        expired->header.fragment.emit(quote + Ipv6Header::size);
        std::memcpy(quote + headers, expired->start, sizeof expired->start);
        send_icmp6_error(ip, quote, Icmp6Header::Type::TimeExceeded, 1, 0, now);
    }
}

}  // namespace net
