// SPDX-License-Identifier: MIT
//
// From the stack outwards. Nothing is made before it can leave: a frame is asked
// for, timers that are due run, and the first of these that has something fills
// it in: ARP, the queued packets, the connections in turn.
#include "kernel/base/checks.hpp"
#include "kernel/net/interface.hpp"
#include "kernel/net/wire/checksum.hpp"

namespace net {
namespace {

using base::Instant;
using wire::EthernetHeader;
using wire::Ipv4Header;

constexpr std::size_t payload_offset = EthernetHeader::size + Ipv4Header::size;
constexpr std::size_t tcp_checksum_offset = 16;

}  // namespace

bool Interface::next_frame(TxFrame& out, Instant now) {
    if (lent_ != nullptr) packets_.release(lent_);
    lent_ = nullptr;
    if (!address_is_set_ && own_.is_configured()) set_address(own_, now);  // the static one
    tcp_.run_timers(now);
    if (now >= dhcp_.deadline()) run_dhcp(now);
    if (now >= reassembly_.deadline()) tell_of_lost_pieces(now);
    if (tcp_.has_doubt()) {
        auto const doubt = tcp_.take_doubt();
        if (doubt->is_v4())
            neighbours_.doubt(next_hop(doubt->v4()), now);
        else
            six_->host.doubt(doubt->v6(), now);
    }
    if (neighbours_.take_progress()) tcp_.unpark_all();
    if (six_ != nullptr) {
        if (six_->host.take_progress()) tcp_.unpark_all();
        if (now >= six_->reassembly.deadline()) tell_of_lost_pieces6(now);
    }

    bool const result = (now >= neighbours_.deadline() && next_arp_frame(out, now)) ||
                        (six_ != nullptr && now >= six_->host.deadline() && next_discovery_frame(out, now)) ||
                        (packets_.first() != nullptr && next_packet_frame(out, now)) ||
                        (tcp_.first_with_output() != nullptr && next_segment_frame(out, now));
    if (result) {
        ++statistics_.frames_out;
        statistics_.bytes_out += out.size();
    }
    return result;
}

// Starts over: `out` has only headers, and asks nothing of the device.
void Interface::start_ipv4_frame(TxFrame& out, MacAddress to, Ipv4Header& header) const {
    EthernetHeader{to, config_.mac, wire::EtherType::Ipv4}.emit(out.header.data());
    header.emit(out.header.data() + EthernetHeader::size);
    out.start(payload_offset);
}

bool Interface::next_arp_frame(TxFrame& out, Instant now) {
    wire::ArpPacket packet;
    MacAddress to;
    bool const found = neighbours_.next_packet(packet, to, now);
    // Asking may have ended in giving up: then who waited has to know.
    if (neighbours_.take_progress()) tcp_.unpark_all();
    if (!found) return false;
    EthernetHeader{to, config_.mac, wire::EtherType::Arp}.emit(out.header.data());
    packet.emit(out.header.data() + EthernetHeader::size);
    out.start(EthernetHeader::size + wire::ArpPacket::size);
    return true;
}

// The first packet whose next hop is known. Those that wait for ARP stay in
// line; those whose next hop does not answer are dropped.
bool Interface::next_packet_frame(TxFrame& out, Instant now) {
    Packet* previous = nullptr;
    Packet* packet = packets_.first();
    MacAddress to;
    while (packet != nullptr) {
        arp::Lookup const found = route(packet->destination, to, now);
        if (found == arp::Lookup::Resolved) break;
        Packet* const next = packet->next;
        if (found == arp::Lookup::Failed) {
            statistics_.count(Drop::OutputUnresolved);
            packets_.release(packets_.remove_after(previous));
        } else {
            previous = packet;
        }
        packet = next;
    }
    if (packet == nullptr) {
        return next_question_frame(out, now);
    }
    if (packet->destination.is_v4())
        fill_ipv4_frame(out, to, *packet);
    else
        fill_ipv6_frame(out, to, *packet, now);
    if (packet->sent == packet->length) lent_ = packets_.remove_after(previous);
    return true;
}

// Asking for a next hop has just started: the question itself can leave at once.
bool Interface::next_question_frame(TxFrame& out, Instant now) {
    return (now >= neighbours_.deadline() && next_arp_frame(out, now)) ||
           (six_ != nullptr && now >= six_->host.deadline() && next_discovery_frame(out, now));
}

// The next piece of a packet.
void Interface::fill_ipv4_frame(TxFrame& out, MacAddress to, Packet& packet) {
    if (packet.sent == 0) packet.identification = next_identification_++;
    std::size_t const room = (config_.mtu - Ipv4Header::size) / 8 * 8;
    std::size_t const left = packet.length - packet.sent;
    bool const whole = packet.sent == 0 && left <= config_.mtu - Ipv4Header::size;
    std::size_t const count = whole || left <= room ? left : room;

    Ipv4Header header;
    header.total_length = static_cast<std::uint16_t>(Ipv4Header::size + count);
    header.identification = static_cast<std::uint16_t>(packet.identification);
    header.more_fragments = count < left;
    header.fragment_offset = static_cast<std::uint16_t>(packet.sent);
    header.time_to_live = packet.time_to_live;
    header.protocol = packet.protocol;
    header.source = packet.source.v4();
    header.destination = packet.destination.v4();
    start_ipv4_frame(out, to, header);
    out.payload[0] = packet.bytes().subspan(packet.sent, count);
    packet.sent += static_cast<std::uint32_t>(count);
}

// The segment whose TCP header stands behind the IP header that `out` has. `checksum`: with the
// pseudo-header. A part of its two callers: every segment passes here.
inline void Interface::fill_segment(TxFrame& out, tcp::OutgoingSegment const& segment, std::size_t tcp_length,
                                    wire::Checksum checksum, Gso gso) {
    ++statistics_.segments_out;
    std::uint16_t const begin = out.header_length;
    std::uint8_t* const at = out.header.data() + begin;
    out.header_length = static_cast<std::uint16_t>(begin + tcp_length);
    out.payload[0] = segment.parts[0];
    out.payload[1] = segment.parts[1];

    // MUST-2. The device adds the sum of the data if it can.
    out.needs_checksum = config_.offloads.tx_checksum;
    if (out.needs_checksum) {
        out.checksum_start = begin;
        out.checksum_offset = tcp_checksum_offset;
        wire::store_be16(at + tcp_checksum_offset, checksum.sum());
    } else {
        checksum.add(Bytes(at, tcp_length));
        checksum.add(segment.parts[0]);
        checksum.add(segment.parts[1]);
        wire::store_be16(at + tcp_checksum_offset, checksum.value());
    }
    if (segment.parts[0].size() + segment.parts[1].size() > segment.segment_size) {
        out.gso = gso;
        out.gso_size = segment.segment_size;
    }
}

bool Interface::next_segment_frame(TxFrame& out, Instant now) {
    while (tcp::Entry* entry = tcp_.first_with_output()) {
        tcp::Connection& connection = entry->connection;
        bool const v6 = connection.is_v6();
        MacAddress to;
        switch (v6 ? six_->host.route(connection.remote().address.v6(), to, now)
                   : route(connection.remote().address.v4(), to, now)) {
            case arp::Lookup::Waiting:
                tcp_.park(*entry);
                continue;
            case arp::Lookup::Failed:
                tcp_.on_no_route(*entry, Error::HostUnreachable);
                continue;
            case arp::Lookup::Resolved:
                break;
        }
        if (v6) {
            if (next_segment_of_ipv6(out, *entry, to, now)) return true;
            continue;
        }
        Ipv4Address const source = connection.local().address.v4();
        Ipv4Address const destination = connection.remote().address.v4();
        tcp::OutgoingSegment& segment = segment_;
        if (!tcp_.next_segment(*entry, segment, now)) continue;

        Ipv4Header header;
        std::size_t const tcp_length = segment.header.emit(out.header.data() + payload_offset);
        std::size_t const length = tcp_length + segment.parts[0].size() + segment.parts[1].size();
        header.total_length = static_cast<std::uint16_t>(Ipv4Header::size + length);
        // Segments are made to fit: if one does not, we want to hear so. [rfc1191 §3]
        // Then the identification means nothing. [rfc6864 §4.1]
        header.dont_fragment = true;
        header.protocol = wire::IpProtocol::Tcp;
        header.time_to_live = segment.time_to_live;
        header.traffic_class = segment.traffic_class;
        header.source = source;
        header.destination = destination;
        start_ipv4_frame(out, to, header);
        wire::Checksum checksum;
        checksum.add_pseudo_header(source, destination, static_cast<std::uint8_t>(wire::IpProtocol::Tcp),
                                   static_cast<std::uint16_t>(length));
        fill_segment(out, segment, tcp_length, checksum, Gso::Tcp4);
        return true;
    }
    // A connection may just have asked for its next hop.
    return next_question_frame(out, now);
}

// The next segment of a connection over IPv6, whose way may carry less than the link.
bool Interface::next_segment_of_ipv6(TxFrame& out, tcp::Entry& entry, MacAddress to, Instant now) {
    Ipv6Address const source = entry.connection.local().address.v6();
    Ipv6Address const destination = entry.connection.remote().address.v6();
    std::uint16_t const mtu = six_->host.mtu_for(destination, now);
    if (mtu < config_.mtu) entry.connection.limit_packets(mtu, now);
    tcp::OutgoingSegment& segment = segment_;
    if (!tcp_.next_segment(entry, segment, now)) return false;

    std::size_t const tcp_length =
        segment.header.emit(out.header.data() + EthernetHeader::size + wire::Ipv6Header::size);
    std::size_t const length = tcp_length + segment.parts[0].size() + segment.parts[1].size();
    wire::Ipv6Header header;
    header.payload_length = static_cast<std::uint16_t>(length);
    header.next_header = wire::NextHeader::Tcp;
    // What nobody has chosen is as the router wishes. [rfc4861 §6.3.4]
    bool const is_usual = segment.time_to_live == tcp::Settings().time_to_live;
    header.hop_limit = is_usual ? six_->host.hop_limit() : segment.time_to_live;
    header.traffic_class = segment.traffic_class;
    header.source = source;
    header.destination = destination;
    start_ipv6_frame(out, to, header);
    wire::Checksum checksum;
    checksum.add_pseudo_header(source, destination, wire::NextHeader::Tcp,
                               static_cast<std::uint32_t>(length));
    fill_segment(out, segment, tcp_length, checksum, Gso::Tcp6);
    return true;
}

// The MAC of whoever brings a packet nearer to its destination. [rfc1122 §3.3.1.1]
PART_OF_ALL_CALLERS arp::Lookup Interface::route(Ipv4Address destination, MacAddress& mac, Instant now) {
    if (destination.is_broadcast() || (own_.is_configured() && own_.is_subnet_broadcast(destination))) {
        mac = MacAddress::broadcast();
        return arp::Lookup::Resolved;
    }
    Ipv4Address const hop = next_hop(destination);
    if (!own_.is_configured() || hop.is_unspecified()) {
        statistics_.count(Drop::OutputNoRoute);
        return arp::Lookup::Failed;
    }
    return neighbours_.resolve(hop, mac, now);
}

}  // namespace net
