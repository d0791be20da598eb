// SPDX-License-Identifier: MIT
//
// Which IPv4 address is ours: one that was configured, or what a DHCP server leases.
#include "kernel/net/interface.hpp"
#include "kernel/net/wire/dhcp.hpp"

namespace net {

using base::Instant;

void Interface::run_dhcp(Instant now) {
    wire::DhcpMessage message;
    Ipv4Address destination;
    bool const due = dhcp_.next_message(message, destination, now);
    if (dhcp_.lease() != own_) set_address(dhcp_.lease(), now);  // it may have ended
    if (!due) return;
    Packet* packet = packets_.make(wire::UdpHeader::size + wire::DhcpMessage::largest_request);
    if (packet == nullptr) return;  // it comes again
    packet->source = own_.address;  // 0.0.0.0 while we have none
    packet->destination = destination;
    packet->protocol = wire::IpProtocol::Udp;
    message.emit_request(packet->data() + wire::UdpHeader::size);
    wire::UdpHeader header;
    header.source = wire::dhcp_client_port;
    header.destination = wire::dhcp_server_port;
    header.length = static_cast<std::uint16_t>(packet->length);
    header.emit(packet->bytes(), packet->source, packet->destination);
    packets_.push(packet);
}

void Interface::set_address(Ipv4Configuration const& configuration, Instant now) {
    own_ = configuration;
    address_is_set_ = own_.is_configured();
    neighbours_.set_address(own_, now);
}

}  // namespace net
