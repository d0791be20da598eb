// SPDX-License-Identifier: MIT
#include "tests/conformance/host.hpp"

#include <sstream>
#include <stdexcept>

#include "kernel/net/address_text.hpp"
#include "kernel/net/wire/arp.hpp"
#include "kernel/net/wire/ethernet.hpp"
#include "kernel/net/wire/nd.hpp"

namespace conformance {
namespace {

constexpr net::MacAddress our_mac({2, 0, 0, 0, 0, 1});
constexpr net::MacAddress their_mac({2, 0, 0, 0, 0, 2});  // of everybody else

struct Flags {
    net::Config config;
    std::uint64_t seed = 1;
};

Flags read_flags(std::string const& text) {
    Flags flags;
    net::Config& config = flags.config;
    config.mac = our_mac;
    config.dhcp = false;
    config.ipv4 = {net::Ipv4Address(192, 168, 0, 1), 16, net::Ipv4Address(192, 168, 0, 2), {}};
    config.ipv6.enabled = true;
    config.ipv6.autoconfigure = false;
    config.ipv6.duplicate_probes = 0;
    config.ipv6.address = *net::parse_ipv6("fd3d:a0b:17d6::1");
    config.ipv6.prefix_length = 48;
    config.ipv6.gateway = *net::parse_ipv6("fd3d:a0b:17d6:8888::1");
    config.limits.receive_buffer = 64 * 1024;
    config.limits.send_buffer = 64 * 1024;
    config.offloads.tx_tcp4_segments = false;
    std::istringstream words(text);
    for (std::string word; std::getline(words, word, ',');) {
        std::size_t const equals = word.find('=');
        std::string const key = word.substr(0, equals);
        std::string const value = equals == std::string::npos ? "" : word.substr(equals + 1);
        if (key == "address") {
            auto const own = net::parse_ipv4_configuration(value);
            if (!own) throw std::runtime_error("address=" + value + ": want 192.168.0.1/16");
            config.ipv4.address = own->address;
            config.ipv4.prefix_length = own->prefix_length;
        } else if (key == "gateway") {
            auto const gateway = net::parse_ipv4(value);
            if (!gateway) throw std::runtime_error("gateway=" + value + ": want an address");
            config.ipv4.gateway = *gateway;
        } else if (key == "address6") {
            auto const own = net::parse_ipv6_prefixed(value);
            if (!own) throw std::runtime_error("address6=" + value + ": want fd3d:a0b:17d6::1/48");
            config.ipv6.address = own->address;
            config.ipv6.prefix_length = own->length;
        } else if (key == "gateway6") {
            auto const gateway = net::parse_ipv6(value);
            if (!gateway) throw std::runtime_error("gateway6=" + value + ": want an address");
            config.ipv6.gateway = *gateway;
        } else if (key == "mtu") {
            config.mtu = static_cast<std::uint16_t>(std::stoul(value));
        } else if (key == "seed") {
            flags.seed = std::stoull(value);
        } else if (key == "send" || key == "receive") {
            auto const octets = static_cast<std::uint32_t>(std::stoul(value));
            (key == "send" ? config.limits.send_buffer : config.limits.receive_buffer) = octets;
        } else if (key == "ecn") {
            using Ecn = net::TcpOffers::Ecn;
            config.offers.ecn = value == "ask" ? Ecn::Ask : value == "never" ? Ecn::Never : Ecn::WhenAsked;
        } else if (key == "offload") {
            config.offloads.tx_tcp4_segments = value != "0";
        } else {
            throw std::runtime_error(word +
                                     ": there are address, gateway, address6, gateway6, mtu, seed, send, "
                                     "receive, ecn and offload");
        }
    }
    return flags;
}

}  // namespace

Host::Host(std::string const& text) : random_(1) {
    Flags const flags = read_flags(text);
    random_ = net::testing::SeededRandom(flags.seed);
    auto created = net::Interface::create(flags.config, heap_, random_);
    if (!created) throw std::runtime_error("no memory for the stack");
    stack_ = created.value();
    // The announcements of our address are nobody's business.
    advance_to(now_ + Duration::seconds(4), [] {});
    departures_.clear();
}

Host::~Host() { net::Interface::destroy(stack_); }

void Host::deliver(net::Bytes packet) {
    std::vector<std::uint8_t> frame(net::wire::EthernetHeader::size + packet.size());
    bool const v6 = !packet.empty() && packet[0] >> 4 == 6;
    net::wire::EthernetHeader{our_mac, their_mac, net::wire::EtherType::Ipv4}.emit(frame.data());
    if (v6) net::wire::store_be16(&frame[12], 0x86dd);
    std::copy(packet.begin(), packet.end(), frame.begin() + net::wire::EthernetHeader::size);
    stack_->on_frame(net::RxFrame{frame}, now_);
    settle();
}

void Host::settle() {
    net::TxFrame out;
    while (stack_->next_frame(out, now_)) leave(out);
}

void Host::leave(net::TxFrame const& out) {
    std::vector<std::uint8_t> frame(out.size());
    out.copy_to(frame.data());
    if (net::wire::load_be16(&frame[12]) == static_cast<std::uint16_t>(net::wire::EtherType::Arp))
        return answer_arp(frame);
    if (is_for_the_link(frame)) return;
    departures_.push_back({Packet(frame.begin() + net::wire::EthernetHeader::size, frame.end()), now_});
}

// Everybody on the cable has one card.
void Host::answer_arp(std::vector<std::uint8_t> const& frame) {
    using net::wire::ArpPacket;
    auto const parsed = ArpPacket::parse(net::Bytes(frame).subspan(net::wire::EthernetHeader::size));
    if (!parsed || parsed.value().operation != ArpPacket::Operation::Request) return;
    ArpPacket const& request = parsed.value();
    if (request.target_ip == request.sender_ip || request.sender_ip.is_unspecified())
        return;  // about ourselves
    std::vector<std::uint8_t> reply(net::wire::EthernetHeader::size + ArpPacket::size);
    net::wire::EthernetHeader{our_mac, their_mac, net::wire::EtherType::Arp}.emit(reply.data());
    ArpPacket{ArpPacket::Operation::Reply, their_mac, request.target_ip, our_mac, request.sender_ip}.emit(
        reply.data() + net::wire::EthernetHeader::size);
    stack_->on_frame(net::RxFrame{reply}, now_);
}

// Neighbour discovery and reports of groups: of no interest to a script. Everybody on the
// cable has one card here, too.
bool Host::is_for_the_link(std::vector<std::uint8_t> const& frame) {
    using net::wire::NextHeader;
    if (net::wire::load_be16(&frame[12]) != static_cast<std::uint16_t>(net::wire::EtherType::Ipv6))
        return false;
    std::uint8_t const next = frame[20];
    if (next == NextHeader::HopByHop) return true;
    if (next != NextHeader::Icmp6 || frame[54] < 130) return false;
    if (frame[54] != static_cast<std::uint8_t>(net::wire::Icmp6Header::Type::NeighbourSolicitation))
        return true;
    net::Ipv6Address const asker = net::wire::load_ipv6(&frame[22]),
                           target = net::wire::load_ipv6(&frame[62]);
    std::vector<std::uint8_t> reply(14 + 40 + net::wire::NdEmit::largest);
    std::size_t const length =
        net::wire::NdEmit::advertisement(&reply[54], target, asker, target, their_mac, true, true);
    reply.resize(54 + length);
    net::wire::EthernetHeader{our_mac, their_mac, net::wire::EtherType::Ipv6}.emit(reply.data());
    net::wire::Ipv6Header header;
    header.payload_length = static_cast<std::uint16_t>(length);
    header.next_header = NextHeader::Icmp6;
    header.hop_limit = 255;
    header.source = target;
    header.destination = asker;
    header.emit(&reply[14]);
    stack_->on_frame(net::RxFrame{reply}, now_);
    return true;
}

void Host::advance_to(Instant end, std::function<void()> const& after_each) {
    settle();
    while (stack_->deadline() <= end) {
        if (now_ < stack_->deadline()) now_ = stack_->deadline();
        settle();
        after_each();
    }
    if (now_ < end) now_ = end;
    settle();
    after_each();
}

std::optional<Departure> Host::take_departure() {
    if (departures_.empty()) return std::nullopt;
    Departure result = std::move(departures_.front());
    departures_.pop_front();
    return result;
}

}  // namespace conformance
