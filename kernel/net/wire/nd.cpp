// SPDX-License-Identifier: MIT
#include "kernel/net/wire/nd.hpp"

#include <cstring>

namespace net::wire {
namespace {

enum NdOption : std::uint8_t {
    SourceLinkLayerAddress = 1,
    TargetLinkLayerAddress = 2,
    PrefixInformationOption = 3,
    Mtu = 5,
    Nonce = 14,
    RecursiveDnsServers = 25,
};

constexpr std::uint32_t router_flag = 1u << 31;
constexpr std::uint32_t solicited_flag = 1u << 30;
constexpr std::uint32_t override_flag = 1u << 29;
constexpr std::size_t mac_option = 8;

std::uint64_t load_be48(std::uint8_t const* at) {
    return std::uint64_t{load_be16(at)} << 32 | load_be32(at + 2);
}

base::Result<void, Drop> take_prefix(NdOptions& into, Bytes option) {
    if (option.size() != 32) return base::fail(Drop::NdBadOption);
    PrefixInformation prefix;
    prefix.length = option[2];
    prefix.on_link = (option[3] & 0x80) != 0;
    prefix.autonomous = (option[3] & 0x40) != 0;
    prefix.valid_lifetime = load_be32(&option[4]);
    prefix.preferred_lifetime = load_be32(&option[8]);
    prefix.prefix = load_ipv6(&option[16]);
    // What says nothing possible is ignored, and what it came with is not. [rfc4862 §5.5.3(b,c)]
    bool const is_possible = prefix.length <= 128 && !prefix.prefix.is_link_local() &&
                             !prefix.prefix.is_multicast() &&
                             prefix.preferred_lifetime <= prefix.valid_lifetime;
    if (is_possible && into.prefix_count < NdOptions::most_prefixes)
        into.prefixes[into.prefix_count++] = prefix;
    return {};
}

// Each server is two units of eight octets behind the first: the length is odd, and at least
// three. [rfc8106 §5.1]
base::Result<void, Drop> take_servers(NdOptions& into, Bytes option) {
    if (option.size() < 24 || (option.size() / 8) % 2 == 0) return base::fail(Drop::NdBadOption);
    for (std::size_t at = 8; at < option.size() && into.server_count < NdOptions::most_servers; at += 16) {
        Ipv6Address const address = load_ipv6(&option[at]);
        if (address.is_unicast()) into.servers[into.server_count++] = {address, load_be32(&option[4])};
    }
    return {};
}

std::size_t put_mac(std::uint8_t* to, NdOption type, MacAddress mac) {
    to[0] = type;
    to[1] = mac_option / 8;
    store_mac(to + 2, mac);
    return mac_option;
}

std::size_t finish(std::uint8_t* to, std::size_t length, Icmp6Header::Type type, std::uint32_t rest,
                   Ipv6Address source, Ipv6Address destination) {
    Icmp6Header header;
    header.type = type;
    header.rest = rest;
    header.emit(MutableBytes(to, length), source, destination);
    return length;
}

}  // namespace

base::Result<NdOptions, Drop> NdOptions::parse(Bytes bytes) {
    NdOptions result;
    while (!bytes.empty()) {
        if (bytes.size() < 8 || bytes[1] == 0 || std::size_t{bytes[1]} * 8 > bytes.size())
            return base::fail(Drop::NdBadOption);
        Bytes const option = bytes.first(std::size_t{bytes[1]} * 8);
        bytes = bytes.subspan(option.size());
        switch (option[0]) {
            case SourceLinkLayerAddress:
            case TargetLinkLayerAddress: {
                MacAddress const mac = load_mac(&option[2]);
                // Ethernet's take eight octets; everybody's MAC is nobody's.
                if (option.size() != mac_option || mac.is_group() || mac.is_zero())
                    return base::fail(Drop::NdBadOption);
                (option[0] == SourceLinkLayerAddress ? result.source_mac : result.target_mac) = mac;
                break;
            }
            case PrefixInformationOption:
                TRY(take_prefix(result, option));
                break;
            case Mtu:
                if (option.size() != 8) return base::fail(Drop::NdBadOption);
                result.mtu = load_be32(&option[4]);
                break;
            case Nonce:
                if (option.size() == 8) result.nonce = load_be48(&option[2]);
                break;
            case RecursiveDnsServers:
                TRY(take_servers(result, option));
                break;
            default:
                break;
        }
    }
    return result;
}

base::Result<NeighbourSolicitation, Drop> NeighbourSolicitation::parse(Bytes message) {
    if (message.size() < size) return base::fail(Drop::NdTruncated);
    NeighbourSolicitation result;
    result.target = load_ipv6(&message[8]);
    if (result.target.is_multicast()) return base::fail(Drop::NdBadTarget);
    result.options = TRY(NdOptions::parse(message.subspan(size)));
    return result;
}

base::Result<NeighbourAdvertisement, Drop> NeighbourAdvertisement::parse(Bytes message) {
    if (message.size() < size) return base::fail(Drop::NdTruncated);
    NeighbourAdvertisement result;
    std::uint32_t const flags = load_be32(&message[4]);
    result.router = (flags & router_flag) != 0;
    result.solicited = (flags & solicited_flag) != 0;
    result.override = (flags & override_flag) != 0;
    result.target = load_ipv6(&message[8]);
    if (result.target.is_multicast()) return base::fail(Drop::NdBadTarget);
    result.options = TRY(NdOptions::parse(message.subspan(size)));
    return result;
}

base::Result<RouterAdvertisement, Drop> RouterAdvertisement::parse(Bytes message) {
    if (message.size() < size) return base::fail(Drop::NdTruncated);
    RouterAdvertisement result;
    result.hop_limit = message[4];
    result.router_lifetime = load_be16(&message[6]);
    result.reachable_time_ms = load_be32(&message[8]);
    result.retransmit_timer_ms = load_be32(&message[12]);
    result.options = TRY(NdOptions::parse(message.subspan(size)));
    return result;
}

base::Result<RedirectMessage, Drop> RedirectMessage::parse(Bytes message) {
    if (message.size() < size) return base::fail(Drop::NdTruncated);
    RedirectMessage result;
    result.target = load_ipv6(&message[8]);
    result.destination = load_ipv6(&message[24]);
    // To a router by its link-local address, or to the destination itself. [rfc4861 §8.1]
    bool const is_possible = result.target.is_link_local() || result.target == result.destination;
    if (!is_possible || result.destination.is_multicast()) return base::fail(Drop::NdBadTarget);
    result.options = TRY(NdOptions::parse(message.subspan(size)));
    return result;
}

std::size_t NdEmit::solicitation(std::uint8_t* to, Ipv6Address source, Ipv6Address destination,
                                 Ipv6Address target, MacAddress own, std::optional<std::uint64_t> nonce) {
    store_ipv6(to + 8, target);
    std::size_t length = NeighbourSolicitation::size;
    if (nonce) {
        to[length] = Nonce;
        to[length + 1] = 1;
        store_be16(to + length + 2, static_cast<std::uint16_t>(*nonce >> 32));
        store_be32(to + length + 4, static_cast<std::uint32_t>(*nonce));
        length += 8;
    } else {
        length += put_mac(to + length, SourceLinkLayerAddress, own);
    }
    return finish(to, length, Icmp6Header::Type::NeighbourSolicitation, 0, source, destination);
}

std::size_t NdEmit::advertisement(std::uint8_t* to, Ipv6Address source, Ipv6Address destination,
                                  Ipv6Address target, MacAddress own, bool solicited, bool override) {
    store_ipv6(to + 8, target);
    std::size_t const length = NeighbourAdvertisement::size +
                               put_mac(to + NeighbourAdvertisement::size, TargetLinkLayerAddress, own);
    std::uint32_t const flags = (solicited ? solicited_flag : 0) | (override ? override_flag : 0);
    return finish(to, length, Icmp6Header::Type::NeighbourAdvertisement, flags, source, destination);
}

std::size_t NdEmit::router_solicitation(std::uint8_t* to, Ipv6Address source, MacAddress own) {
    std::size_t length = 8;
    if (!source.is_unspecified()) length += put_mac(to + length, SourceLinkLayerAddress, own);
    return finish(to, length, Icmp6Header::Type::RouterSolicitation, 0, source, Ipv6Address::all_routers());
}

}  // namespace net::wire
