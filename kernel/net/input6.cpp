// SPDX-License-Identifier: MIT
//
// IPv6 inwards, as input.cpp is for IPv4: the header, the chain of headers behind it, pieces
// put together, and who gets the payload.
#include "kernel/net/interface.hpp"

namespace net {

using base::Instant;
using wire::NextHeader;

void Interface::on_ipv6(Bytes packet, RxFrame const& frame, Instant now) {
    auto parsed = wire::Ipv6Header::parse(packet);
    if (!parsed) return statistics_.count(parsed.error());
    wire::Ipv6Header const& ip = parsed.value();
    packet = packet.first(ip.total_length());  // short frames are padded
    // Nobody is a group, and nobody but us is us. [rfc4291 §2.5, §2.7] (MUST-63)
    bool const is_possible = ip.source.is_unspecified() || ip.source.is_unicast();
    if (!is_possible || six_->host.is_ours(ip.source)) return statistics_.count(Drop::Ipv6BadSource);
    if (!six_->host.hears(ip.destination)) return statistics_.count(Drop::Ipv6OtherDestination);
    if (frame.is_for_many() && !ip.destination.is_multicast()) return statistics_.count(Drop::GroupFrame);

    auto walked = wire::Ipv6Chain::parse(packet, ip);
    if (!walked) return refuse(walked.error(), ip, packet, now);
    wire::Ipv6Chain const& chain = walked.value();
    bool const is_whole_tcp = chain.upper == NextHeader::Tcp && !chain.fragment;
    if (frame.gso_size != 0 && !is_whole_tcp) return statistics_.count(Drop::MergedButNotTcp);
    bool const unknown = frame.checksum == ChecksumState::Unknown;
    if (!chain.fragment) return deliver({ip, chain, packet, packet.subspan(chain.upper_at), unknown}, now);

    ip::Ipv6Piece const piece{ip, *chain.fragment};
    auto const whole = six_->reassembly.add(piece, packet.subspan(chain.fragment_data_at), now);
    if (!whole) return;
    ip::Ipv6Piece const& first = six_->reassembly.header_of_whole();
    auto rest = wire::Ipv6Chain::parse_rest(*whole, first.fragment.next_header);
    if (!rest) return statistics_.count(rest.error().reason);
    wire::Ipv6Chain end = rest.value();
    end.had_fragment_header = true;
    // What the device knows about one fragment says nothing about the whole.
    deliver({first.ip, end, *whole, whole->subspan(end.upper_at), true}, now);
}

// A chain that cannot be followed: its sender is told, unless it says itself not to.
void Interface::refuse(wire::Ipv6Problem const& problem, wire::Ipv6Header const& ip, Bytes packet,
                       Instant now) {
    statistics_.count(problem.reason);
    if (!problem.is_told || (ip.destination.is_multicast() && !problem.even_of_groups)) return;
    send_icmp6_error(ip, packet, wire::Icmp6Header::Type::ParameterProblem, problem.code, problem.pointer,
                     now);
}

void Interface::deliver(Ipv6Arrival const& in, Instant now) {
    if (in.chain.upper == NextHeader::Icmp6) return on_icmp6(in, now);
    // Who has no address yet speaks of nothing else; nor does who tries one out.
    if (in.ip.source.is_unspecified()) return statistics_.count(Drop::Ipv6BadSource);
    bool const to_group = in.ip.destination.is_multicast();
    if (!to_group && !six_->host.is_ours(in.ip.destination))
        return statistics_.count(Drop::Ipv6OtherDestination);
    switch (in.chain.upper) {
        case NextHeader::Tcp:
            if (to_group) return statistics_.count(Drop::TcpToGroup);  // MUST-57
            return tcp_.on_segment({in.ip.source, in.ip.destination, in.ip.traffic_class, in.verify_checksum},
                                   in.payload, now);
        case NextHeader::Udp:
            return on_udp(in, now);
        default:
            break;
    }
    statistics_.count(Drop::Ipv6UnknownProtocol);
    // The pointer is at the field that named it, of a packet that came in one piece. [rfc8200 §4]
    if (!in.chain.had_fragment_header && in.chain.upper_at == wire::Ipv6Header::size)
        send_icmp6_error(in.ip, in.packet, wire::Icmp6Header::Type::ParameterProblem, 1, 6, now);
}

void Interface::on_udp(Ipv6Arrival const& in, Instant now) {
    auto parsed = wire::UdpHeader::parse(in.payload, in.ip.source, in.ip.destination, in.verify_checksum);
    if (!parsed) return statistics_.count(parsed.error());
    wire::UdpHeader const& header = parsed.value();
    // Without IPv4's header checksum, somebody else's datagram would do. [rfc8200 §8.1]
    if (wire::load_be16(&in.payload[6]) == 0) return statistics_.count(Drop::UdpNoChecksum);
    Bytes const data = in.payload.subspan(wire::UdpHeader::size, header.payload_length());
    if (udp_.on_datagram(header, Endpoint{in.ip.source, header.source}, data)) return;
    statistics_.count(Drop::UdpNoSocket);
    // Of what was put together there is nothing to quote.
    if (!in.chain.had_fragment_header)
        send_icmp6_error(in.ip, in.packet, wire::Icmp6Header::Type::Unreachable,
                         wire::Icmp6Header::PortUnreachable, 0, now);
}

}  // namespace net
