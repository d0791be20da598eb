// SPDX-License-Identifier: MIT
//
// One stack that speaks IPv6, and the rest of its link, which the test plays. The stack has
// fd00::15 by its configuration, and a link-local address; a neighbour, fe80::2 or fd00::2,
// answers solicitations by itself. What leaves is taken in order, what arrives is built here.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <vector>

#include "kernel/net/interface.hpp"
#include "kernel/net/testing/world.hpp"
#include "kernel/net/wire/checksum.hpp"
#include "kernel/net/wire/nd.hpp"

namespace net::testing {

using base::Duration;
using base::Instant;
using Octets = std::vector<std::uint8_t>;

class Six {
public:
    static constexpr MacAddress our_mac{{0x52, 0x54, 0x00, 0x12, 0x34, 0x56}};
    static constexpr MacAddress peer_mac{{0x52, 0x55, 0x0a, 0x00, 0x02, 0x02}};
    static constexpr Ipv6Address ours{0xfd00ull << 48, 0x15};
    static constexpr Ipv6Address peer{0xfd00ull << 48, 2};
    static constexpr Ipv6Address peer_local{0xfe80ull << 48, 2};       // the same station
    static constexpr Ipv6Address far{0x2001'0db8ull << 32, 0x99};      // behind a router
    static constexpr Ipv6Address announced{0x2001'0db8'0001'0002, 0};  // a prefix that routers tell of

    static Config config() {
        Config config;
        config.mac = our_mac;
        config.dhcp = false;
        config.ipv6.enabled = true;
        config.ipv6.address = ours;
        return config;
    }

    // Has what it makes itself, no address by its configuration.
    static Config by_itself() {
        Config config = Six::config();
        config.ipv6.address = {};
        return config;
    }

    // With addresses tried out and routers asked, unless the test wants to see it.
    explicit Six(Config const& config = Six::config(), bool settled = true) {
        stack_ = Interface::create(config, memory_, random_).value();
        if (!settled) return;
        advance(Duration::seconds(20));
        output_.clear();
    }
    ~Six() {
        Interface::destroy(stack_);
        EXPECT_EQ(memory_.blocks(), 0u) << "the stack kept memory";
    }
    Six(Six const&) = delete;
    Six& operator=(Six const&) = delete;

    Interface& stack() { return *stack_; }
    nd::Host const& host() { return *stack_->ipv6(); }
    CountingAllocator& memory() { return memory_; }
    Instant now() const { return now_; }
    std::uint64_t dropped(Drop reason) const { return stack_->statistics().dropped(reason); }
    Ipv6Address link_local() { return host().addresses().all()[0].address; }
    // The one that has this prefix.
    nd::OwnAddress const* address_in(Ipv6Address prefix) {
        for (nd::OwnAddress const& own : host().addresses().all())
            if (own.state != nd::OwnAddress::State::Free && own.address.high() == prefix.high()) return &own;
        return nullptr;
    }
    bool answers_solicitations = true;

    // ---- time ----
    void pump() {
        TxFrame out;
        for (int i = 0; stack_->next_frame(out, now_); ++i) {
            Octets frame(out.size());
            out.copy_to(frame.data());
            if (i >= 10'000) {
                ADD_FAILURE() << "it never stops sending " << ::testing::PrintToString(frame);
                std::abort();  // and would not
            }
            if (answers_solicitations && answer(frame)) continue;
            output_.push_back(frame);
        }
        while (stack_->next_ready()) {
        }
    }
    void advance(Duration by) {
        Instant const end = now_ + by;
        pump();
        for (int steps = 0; stack_->deadline() <= end; ++steps) {
            ASSERT_LT(steps, 100'000) << "time stands still";
            if (now_ < stack_->deadline()) now_ = stack_->deadline();
            pump();
        }
        now_ = end;
        pump();
    }

    // ---- what leaves ----
    struct Packet {
        MacAddress to;
        wire::Ipv6Header ip;
        Octets payload;  // extension headers and all
        std::uint8_t type() const { return payload.empty() ? 0 : payload[0]; }
    };
    // The next packet of IPv6; others are passed over.
    std::optional<Packet> out() {
        pump();
        while (!output_.empty()) {
            Octets const frame = output_.front();
            output_.pop_front();
            if (wire::load_be16(&frame[12]) != 0x86dd) continue;
            auto const ip = wire::Ipv6Header::parse(Bytes(frame).subspan(14));
            EXPECT_TRUE(ip.ok());
            return Packet{wire::load_mac(frame.data()), ip.value(), Octets(frame.begin() + 54, frame.end())};
        }
        return std::nullopt;
    }
    // The next message of ICMPv6 of this type; others are passed over. Its checksum is right.
    std::optional<Packet> out_icmp(wire::Icmp6Header::Type type) {
        while (auto packet = out()) {
            if (packet->ip.next_header != wire::NextHeader::Icmp6) continue;
            auto const header =
                wire::Icmp6Header::parse(packet->payload, packet->ip.source, packet->ip.destination, true);
            EXPECT_TRUE(header.ok());
            if (header.value().type == type) return packet;
        }
        return std::nullopt;
    }
    void discard() {
        pump();
        output_.clear();
    }

    // ---- what arrives ----
    struct From {
        Ipv6Address source = peer;
        Ipv6Address destination = ours;
        std::uint8_t hop_limit = 255;
        MacAddress mac = peer_mac;
    };
    void in_frame(Octets const& frame, ChecksumState checksum = ChecksumState::Unknown) {
        // An exact copy on the heap: reading one octet too far is seen.
        Octets const copy(frame.begin(), frame.end());
        stack_->on_frame(RxFrame{copy, checksum, 0}, now_);
    }
    static Octets frame(std::uint8_t next_header, Octets const& payload, From from) {
        Octets frame(54 + payload.size());
        MacAddress const to = from.destination.is_multicast() ? nd::mac_of_group(from.destination) : our_mac;
        wire::EthernetHeader{to, from.mac, wire::EtherType::Ipv6}.emit(frame.data());
        wire::Ipv6Header header;
        header.payload_length = static_cast<std::uint16_t>(payload.size());
        header.next_header = next_header;
        header.hop_limit = from.hop_limit;
        header.source = from.source;
        header.destination = from.destination;
        header.emit(&frame[14]);
        std::copy(payload.begin(), payload.end(), frame.begin() + 54);
        return frame;
    }
    void in(std::uint8_t next_header, Octets const& payload, From from) {
        in_frame(frame(next_header, payload, from));
    }
    void in(std::uint8_t next_header, Octets const& payload) { in(next_header, payload, From()); }

    // A message of ICMPv6 with this body behind its first four octets.
    static Octets message(wire::Icmp6Header::Type type, Octets const& body, From from,
                          std::uint8_t code = 0) {
        Octets message(4 + body.size());
        std::copy(body.begin(), body.end(), message.begin() + 4);
        message[0] = static_cast<std::uint8_t>(type);
        message[1] = code;
        return finish(message, wire::NextHeader::Icmp6, 2, from);
    }
    void in_icmp(wire::Icmp6Header::Type type, Octets const& body, From from, std::uint8_t code = 0) {
        in(wire::NextHeader::Icmp6, message(type, body, from, code), from);
    }
    static Octets finish(Octets bytes, std::uint8_t protocol, std::size_t at, From from) {
        wire::store_be16(&bytes[at], 0);
        wire::Checksum sum;
        sum.add_pseudo_header(from.source, from.destination, protocol,
                              static_cast<std::uint32_t>(bytes.size()));
        sum.add(bytes);
        wire::store_be16(&bytes[at], sum.value());
        return bytes;
    }
    static Octets echo_request(std::size_t data, From from) {
        return message(wire::Icmp6Header::Type::EchoRequest, stream(0, 4 + data), from);
    }
    static Octets echo_request(std::size_t data) { return echo_request(data, From()); }
    static Octets udp_datagram(std::uint16_t to, Octets const& data, From from, std::uint16_t port = 5353) {
        Octets datagram(8 + data.size());
        std::copy(data.begin(), data.end(), datagram.begin() + 8);
        wire::store_be16(&datagram[0], port);
        wire::store_be16(&datagram[2], to);
        wire::store_be16(&datagram[4], static_cast<std::uint16_t>(datagram.size()));
        return finish(datagram, wire::NextHeader::Udp, 6, from);
    }
    static Octets udp_datagram(std::uint16_t to, Octets const& data) {
        return udp_datagram(to, data, From());
    }
    static Octets octets_of(Ipv6Address address) {
        Octets octets(16);
        wire::store_ipv6(octets.data(), address);
        return octets;
    }
    static Octets together(std::initializer_list<Octets> parts) {
        Octets all;
        for (Octets const& part : parts) all.insert(all.end(), part.begin(), part.end());
        return all;
    }
    static Octets mac_option(std::uint8_t type, MacAddress mac) {
        Octets option{type, 1, 0, 0, 0, 0, 0, 0};
        wire::store_mac(&option[2], mac);
        return option;
    }
    static Octets prefix_option(Ipv6Address prefix, std::uint8_t length, std::uint8_t flags,
                                std::uint32_t valid, std::uint32_t preferred) {
        Octets option(32);
        option[0] = 3;
        option[1] = 4;
        option[2] = length;
        option[3] = flags;
        wire::store_be32(&option[4], valid);
        wire::store_be32(&option[8], preferred);
        wire::store_ipv6(&option[16], prefix);
        return option;
    }
    // A router's word: hop limit, flags, lifetime, two times, options.
    static Octets router_body(std::uint16_t lifetime, Octets const& options = {},
                              std::uint8_t hop_limit = 64) {
        Octets body(12);
        body[0] = hop_limit;
        wire::store_be16(&body[2], lifetime);
        return together({body, options});
    }
    static constexpr From router{peer_local, Ipv6Address::all_nodes(), 255, peer_mac};
    void in_router(std::uint16_t lifetime, Octets const& options = {}) {
        in_icmp(wire::Icmp6Header::Type::RouterAdvertisement, router_body(lifetime, options), router);
    }

    // What every hostile input must leave behind: a host that answers ping.
    void expect_alive() {
        advance(Duration::seconds(1));
        discard();
        in(wire::NextHeader::Icmp6, echo_request(16));
        EXPECT_TRUE(out_icmp(wire::Icmp6Header::Type::EchoReply)) << "no answer to ping";
    }

private:
    // The neighbour says who he is.
    bool answer(Octets const& frame) {
        if (wire::load_be16(&frame[12]) != 0x86dd || frame[20] != wire::NextHeader::Icmp6 || frame[54] != 135)
            return false;
        Ipv6Address const asker = wire::load_ipv6(&frame[22]), target = wire::load_ipv6(&frame[62]);
        if (asker.is_unspecified() || (target != peer && target != peer_local)) return false;
        From const from{target, asker, 255, peer_mac};
        Octets const flags{0x60, 0, 0, 0};
        in_icmp(wire::Icmp6Header::Type::NeighbourAdvertisement,
                together({flags, octets_of(target), mac_option(2, peer_mac)}), from);
        return true;
    }

    CountingAllocator memory_;
    SeededRandom random_{1};
    Interface* stack_ = nullptr;
    Instant now_ = Instant::from_boot(Duration::seconds(1));
    std::deque<Octets> output_;
};

}  // namespace net::testing
