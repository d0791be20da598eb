// SPDX-License-Identifier: MIT
//
// IPv6 outwards: what nd::Host has to say, and the headers of queued packets. Segments of
// connections are in output.cpp, with those of IPv4.
#include "kernel/net/interface.hpp"

namespace net {
namespace {

using base::Instant;
using wire::EthernetHeader;
using wire::Ipv6Fragment;
using wire::Ipv6Header;
using wire::NextHeader;

constexpr std::size_t ipv6_payload_offset = EthernetHeader::size + Ipv6Header::size;

// A hop-by-hop header with a router alert: routers look at what follows. [rfc2711 §2.1]
constexpr std::uint8_t router_alert[8] = {NextHeader::Icmp6, 0, 5, 2, 0, 0, 1, 0};

}  // namespace

// Starts over: `out` has only headers, and asks nothing of the device.
void Interface::start_ipv6_frame(TxFrame& out, MacAddress to, Ipv6Header const& header) const {
    EthernetHeader{to, config_.mac, wire::EtherType::Ipv6}.emit(out.header.data());
    header.emit(out.header.data() + EthernetHeader::size);
    out.start(ipv6_payload_offset);
}

bool Interface::next_discovery_frame(TxFrame& out, Instant now) {
    nd::Outgoing message;
    bool const found = six_->host.next_message(message, now);
    // Asking may have ended in giving up: then who waited has to know.
    if (six_->host.take_progress()) tcp_.unpark_all();
    if (!found) return false;
    Ipv6Header header;
    std::size_t const options = message.router_alert ? sizeof router_alert : 0;
    header.payload_length = static_cast<std::uint16_t>(options + message.message.size());
    header.next_header = message.router_alert ? NextHeader::HopByHop : NextHeader::Icmp6;
    header.hop_limit = message.hop_limit;
    header.source = message.source;
    header.destination = message.destination;
    start_ipv6_frame(out, message.to, header);
    std::memcpy(out.header.data() + ipv6_payload_offset, router_alert, options);
    out.header_length = static_cast<std::uint16_t>(ipv6_payload_offset + options);
    out.payload[0] = message.message;
    return true;
}

// The next piece of a packet whose next hop is known. Only we cut it: no router on its way
// will. [rfc8200 §4.5]
void Interface::fill_ipv6_frame(TxFrame& out, MacAddress to, Packet& packet, Instant now) {
    Ipv6Address const destination = packet.destination.v6();
    std::size_t const mtu = six_->host.mtu_for(destination, now);
    std::size_t const left = packet.length - packet.sent;
    bool const whole = packet.sent == 0 && left <= mtu - Ipv6Header::size;
    std::size_t const room = (mtu - Ipv6Header::size - Ipv6Fragment::size) / 8 * 8;
    std::size_t const count = whole || left <= room ? left : room;
    std::size_t const extra = whole ? 0 : Ipv6Fragment::size;
    // Nobody shall guess the next one. [rfc7739 §5]
    if (packet.sent == 0 && !whole) packet.identification = static_cast<std::uint32_t>(random_.next());

    Ipv6Header header;
    header.payload_length = static_cast<std::uint16_t>(extra + count);
    header.next_header = whole ? static_cast<std::uint8_t>(packet.protocol) : NextHeader::Fragment;
    header.hop_limit = six_->host.hop_limit();
    header.source = packet.source.v6();
    header.destination = destination;
    start_ipv6_frame(out, to, header);
    if (!whole) {
        Ipv6Fragment fragment;
        fragment.next_header = static_cast<std::uint8_t>(packet.protocol);
        fragment.offset = static_cast<std::uint16_t>(packet.sent);
        fragment.more = count < left;
        fragment.identification = packet.identification;
        fragment.emit(out.header.data() + ipv6_payload_offset);
        out.header_length = static_cast<std::uint16_t>(ipv6_payload_offset + Ipv6Fragment::size);
    }
    out.payload[0] = packet.bytes().subspan(packet.sent, count);
    packet.sent += static_cast<std::uint32_t>(count);
}

}  // namespace net
