// SPDX-License-Identifier: MIT
//
// From the frame inwards: Ethernet, ARP, IPv4, and who gets the payload. Each
// step either hands on something that is known to be well formed, or counts why
// not.
#include "kernel/base/checks.hpp"
#include "kernel/net/interface.hpp"

namespace net {

using base::Instant;

void Interface::on_frame(RxFrame const& frame, Instant now) {
    ++statistics_.frames_in;
    statistics_.bytes_in += frame.bytes.size();
    auto parsed = wire::EthernetHeader::parse(frame.bytes);
    if (!parsed) return statistics_.count(parsed.error());
    wire::EthernetHeader const& header = parsed.value();
    if (header.destination != config_.mac && !header.destination.is_group())
        return statistics_.count(Drop::OtherDestination);

    Bytes const payload = frame.bytes.subspan(wire::EthernetHeader::size);
    switch (header.type) {
        case wire::EtherType::Ipv4:
            return on_ipv4(payload, frame, now);
        case wire::EtherType::Arp:
            return on_arp(payload, now);
        case wire::EtherType::Ipv6:
            if (six_ != nullptr) return on_ipv6(payload, frame, now);
            [[fallthrough]];
        default:
            return statistics_.count(Drop::UnknownEtherType);
    }
}

void Interface::on_arp(Bytes packet, Instant now) {
    auto parsed = wire::ArpPacket::parse(packet);
    if (!parsed) return statistics_.count(parsed.error());
    neighbours_.on_packet(parsed.value(), now);
    if (!neighbours_.take_conflict()) return;
    dhcp_.on_conflict(now);
    if (config_.dhcp && dhcp_.lease() != own_) set_address(dhcp_.lease(), now);
}

void Interface::on_ipv4(Bytes packet, RxFrame const& frame, Instant now) {
    auto parsed = wire::Ipv4Header::parse(packet);
    if (!parsed) return statistics_.count(parsed.error());
    wire::Ipv4Header const& header = parsed.value();
    packet = packet.first(header.total_length);  // short frames are padded
    Bytes const payload = packet.subspan(header.header_length);

    // Only TCP is a stream; any other answer would be as large as no link takes.
    bool const is_whole_tcp = header.protocol == wire::IpProtocol::Tcp && !header.is_fragment();
    if (frame.gso_size != 0 && !is_whole_tcp) return statistics_.count(Drop::MergedButNotTcp);

    // A DHCP server speaks to a host that has no address yet.
    bool const unconfigured = config_.dhcp && !own_.is_configured();
    bool const may_be_dhcp = unconfigured && header.protocol == wire::IpProtocol::Udp;
    if (!may_be_dhcp) {
        if (!is_possible_source(header.source)) return statistics_.count(Drop::Ipv4BadSource);
        if (is_ours(header.destination)) {
            // Who sent it to all would hear from all. [rfc1122 §3.3.6]
            if (frame.is_for_many()) return statistics_.count(Drop::GroupFrame);
        } else if (!is_broadcast(header.destination)) {
            return statistics_.count(Drop::Ipv4OtherDestination);
        }
    }
    if (!header.is_fragment())
        return deliver(header, packet, payload, frame.checksum == ChecksumState::Unknown, now);

    auto whole = reassembly_.add(header, payload, now);
    if (!whole) return;
    // What the device knows about one fragment says nothing about the whole.
    deliver(header, packet, *whole, true, now);
}

PART_OF_ITS_CALLER void Interface::deliver(wire::Ipv4Header const& header, Bytes packet, Bytes payload,
                                           bool verify_checksum, Instant now) {
    switch (header.protocol) {
        case wire::IpProtocol::Tcp:
            // MUST-57: a connection has two ends, not many.
            if (!is_ours(header.destination)) return statistics_.count(Drop::TcpToGroup);
            return tcp_.on_segment({header.source, header.destination, header.traffic_class, verify_checksum},
                                   payload, now);
        case wire::IpProtocol::Udp:
            return on_udp(header, packet, payload, verify_checksum, now);
        case wire::IpProtocol::Icmp:
            return on_icmp(header, payload, now);
    }
    statistics_.count(Drop::Ipv4UnknownProtocol);
    send_icmp_error(header, packet, wire::IcmpHeader::Type::Unreachable,
                    wire::IcmpHeader::ProtocolUnreachable, now);
}

void Interface::on_udp(wire::Ipv4Header const& ip, Bytes packet, Bytes payload, bool verify_checksum,
                       Instant now) {
    auto parsed = wire::UdpHeader::parse(payload, ip.source, ip.destination, verify_checksum);
    if (!parsed) return statistics_.count(parsed.error());
    wire::UdpHeader const& header = parsed.value();
    Bytes const data = payload.subspan(wire::UdpHeader::size, header.payload_length());

    if (config_.dhcp && header.destination == wire::dhcp_client_port &&
        header.source == wire::dhcp_server_port) {
        dhcp_.on_message(data, now);
        if (dhcp_.lease() != own_) set_address(dhcp_.lease(), now);
        return;
    }
    if (!own_.is_configured()) return statistics_.count(Drop::Ipv4OtherDestination);
    if (udp_.on_datagram(header, Endpoint{ip.source, header.source}, data)) return;
    statistics_.count(Drop::UdpNoSocket);
    send_icmp_error(ip, packet, wire::IcmpHeader::Type::Unreachable, wire::IcmpHeader::PortUnreachable, now);
}

bool Interface::is_ours(Ipv4Address address) const { return own_.is_configured() && address == own_.address; }

bool Interface::is_broadcast(Ipv4Address address) const {
    return address.is_broadcast() || (own_.is_configured() && own_.is_subnet_broadcast(address));
}

// Nobody is the broadcast address, and nobody but us is us. [rfc1122 §3.2.1.3] (MUST-63)
bool Interface::is_possible_source(Ipv4Address address) const {
    return address.is_unicast() && !is_ours(address) && !is_broadcast(address);
}

}  // namespace net
