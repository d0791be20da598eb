// SPDX-License-Identifier: MIT
//
// The parsers of the wire formats: the first octet chooses one, the rest is its input, in
// a buffer of exactly that size. What is parsed and can be emitted must parse to the same.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "kernel/net/wire/arp.hpp"
#include "kernel/net/wire/dhcp.hpp"
#include "kernel/net/wire/dns.hpp"
#include "kernel/net/wire/ethernet.hpp"
#include "kernel/net/wire/icmp.hpp"
#include "kernel/net/wire/ipv4.hpp"
#include "kernel/net/wire/ipv6_extensions.hpp"
#include "kernel/net/wire/mld.hpp"
#include "kernel/net/wire/nd.hpp"
#include "kernel/net/wire/tcp.hpp"
#include "kernel/net/wire/udp.hpp"

namespace {

constexpr net::Ipv4Address from(10, 0, 2, 2), to(10, 0, 2, 15);

void check(bool condition) {
    if (!condition) std::abort();
}

void tcp(net::Bytes bytes) {
    using net::wire::TcpHeader;
    auto const parsed = TcpHeader::parse(bytes, from, to, false);
    if (!parsed.ok()) return;
    TcpHeader header = parsed.value();
    check(header.header_length <= bytes.size());
    if (header.emitted_size() > TcpHeader::largest_size) return;  // options that we never send together
    std::vector<std::uint8_t> again(header.emitted_size());
    header.emit(again.data());
    auto const second = TcpHeader::parse(again, from, to, false);
    check(second.ok());
    header.header_length = static_cast<std::uint16_t>(again.size());
    check(second.value() == header);
}

// Of an answer, the id and the question are what they should be: guessing them is no subject.
void dns(net::Bytes bytes) {
    net::wire::DnsQuestion asked;
    asked.name = *net::wire::DnsName::from_text("a.b");
    if (bytes.size() >= 2) asked.id = net::wire::load_be16(bytes.data());
    std::size_t at = 12;
    auto const name = net::wire::DnsName::parse(bytes, at);
    if (name.ok()) {
        check(at <= bytes.size());
        check(name.value().octets().size() <= net::wire::DnsName::largest);
        asked.name = name.value();
    }
    auto const answer = net::wire::DnsAnswer::parse(bytes, asked);
    if (answer.ok()) check(answer.value().count <= net::wire::DnsAnswer::most_addresses);
}

// A packet whose header is right and whose chain is anything.
void chain(net::Bytes bytes, std::uint8_t next_header) {
    using namespace net::wire;
    std::vector<std::uint8_t> packet(Ipv6Header::size);
    Ipv6Header header;
    header.payload_length = static_cast<std::uint16_t>(bytes.size());
    header.next_header = next_header;
    header.emit(packet.data());
    packet.insert(packet.end(), bytes.begin(), bytes.end());
    check(Ipv6Header::parse(packet).value() == header);
    (void)Ipv6Chain::glance(packet, header);
    auto const walked = Ipv6Chain::parse(packet, header);
    if (!walked.ok()) return;
    Ipv6Chain const& found = walked.value();
    check((found.fragment ? found.fragment_data_at : found.upper_at) <= packet.size());
}

// The formats of IPv6.
void six(std::uint8_t which, net::Bytes bytes) {
    using namespace net::wire;
    switch (which) {
        case 0:
            if (auto const parsed = Ipv6Header::parse(bytes); parsed.ok())
                check(parsed.value().total_length() <= bytes.size());
            break;
        case 1:
            if (!bytes.empty() && bytes.size() < 65'536) chain(bytes.subspan(1), bytes[0]);
            break;
        case 2:
            (void)NeighbourSolicitation::parse(bytes).ok();
            break;
        case 3:
            (void)NeighbourAdvertisement::parse(bytes).ok();
            break;
        case 4:
            (void)RouterAdvertisement::parse(bytes).ok();
            break;
        case 5:
            (void)RedirectMessage::parse(bytes).ok();
            break;
        case 6:
            (void)MldQuery::parse(bytes).ok();
            break;
        case 7:
            if (!bytes.empty()) (void)Ipv6Chain::parse_rest(bytes.subspan(1), bytes[0]).ok();
            break;
        default:
            (void)Quoted6Packet::parse(bytes).ok();
            break;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::vector<std::uint8_t> const copy(data + 1, data + size);  // reading one octet too far is seen
    if (data[0] >= 0xf0) {
        six(data[0] & 0xf, copy);
        return 0;
    }
    switch (data[0] % 9) {
        case 0:
            (void)net::wire::EthernetHeader::parse(copy).ok();
            break;
        case 1:
            (void)net::wire::ArpPacket::parse(copy).ok();
            break;
        case 2:
            if (auto const parsed = net::wire::Ipv4Header::parse(copy); parsed.ok())
                check(parsed.value().header_length <= parsed.value().total_length &&
                      parsed.value().total_length <= copy.size());
            break;
        case 3:
            (void)net::wire::IcmpHeader::parse(copy).ok();
            break;
        case 4:
            (void)net::wire::QuotedPacket::parse(copy).ok();
            break;
        case 5:
            if (auto const parsed = net::wire::UdpHeader::parse(copy, from, to, false); parsed.ok())
                check(net::wire::UdpHeader::size + parsed.value().payload_length() <= copy.size());
            break;
        case 6:
            tcp(copy);
            break;
        case 7:
            (void)net::wire::DhcpMessage::parse(copy).ok();
            break;
        default:
            dns(copy);
            break;
    }
    return 0;
}
