// SPDX-License-Identifier: MIT
//
// The formats of IPv6: what is emitted parses to the same value, what is cut short anywhere
// does not parse, and chains of headers end. S is the list of hostile input.
#include <gtest/gtest.h>

#include <vector>

#include "kernel/net/testing/world.hpp"
#include "kernel/net/wire/checksum.hpp"
#include "kernel/net/wire/icmp6.hpp"
#include "kernel/net/wire/ipv6_extensions.hpp"
#include "kernel/net/wire/mld.hpp"
#include "kernel/net/wire/nd.hpp"
#include "kernel/net/wire/udp.hpp"

namespace net::wire {
namespace {

using testing::SeededRandom;
using Packet = std::vector<std::uint8_t>;

constexpr Ipv6Address from{0x2001'0db8'0000'0001, 0x1}, to{0x2001'0db8'0000'0002, 0xffff'ffff'ffff'fffe};

Packet packet_of(std::uint8_t next_header, Packet const& payload) {
    Packet packet(Ipv6Header::size + payload.size());
    Ipv6Header header;
    header.payload_length = static_cast<std::uint16_t>(payload.size());
    header.next_header = next_header;
    header.source = from;
    header.destination = to;
    header.emit(packet.data());
    std::copy(payload.begin(), payload.end(), packet.begin() + Ipv6Header::size);
    return packet;
}

base::Result<Ipv6Chain, Ipv6Problem> walk(std::uint8_t next_header, Packet const& payload) {
    Packet const packet = packet_of(next_header, payload);
    return Ipv6Chain::parse(packet, Ipv6Header::parse(packet).value());
}

// A header of options that leads on to `next`.
Packet options(std::uint8_t next, Packet content) {
    Packet header{next, static_cast<std::uint8_t>((content.size() + 2) / 8 - 1)};
    header.insert(header.end(), content.begin(), content.end());
    EXPECT_EQ(header.size() % 8, 0u);
    return header;
}
Packet then(Packet first, Packet const& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}
Packet const udp(8, 0);

TEST(Ipv6Wire, addresses_know_what_they_are) {
    EXPECT_TRUE(Ipv6Address(0xfe80ull << 48, 1).is_link_local());
    EXPECT_TRUE(Ipv6Address(0xfebfull << 48, 1).is_link_local());
    EXPECT_FALSE(Ipv6Address(0xfec0ull << 48, 1).is_link_local());
    EXPECT_TRUE(Ipv6Address::all_nodes().is_multicast());
    EXPECT_FALSE(Ipv6Address(0, 1).is_unicast());
    EXPECT_FALSE(Ipv6Address(0, 0xffff'0a00'0001).is_unicast());
    EXPECT_EQ(Ipv6Address(1, 0x1234'5678'9abc).solicited_node(), Ipv6Address(0xff02ull << 48, 0x1'ff78'9abc));
    EXPECT_TRUE(to.has_prefix(from, 0));
    EXPECT_TRUE(to.has_prefix(from, 62));
    EXPECT_FALSE(to.has_prefix(from, 63));
    EXPECT_TRUE(Ipv6Address(7, 0x8000).has_prefix(Ipv6Address(7, 0x8001), 127));
    EXPECT_FALSE(Ipv6Address(7, 0x8000).has_prefix(Ipv6Address(7, 0x8001), 128));
    EXPECT_EQ(IpAddress(Ipv4Address(10, 0, 0, 1)).v6(), Ipv6Address(0, 0xffff'0a00'0001));
}

TEST(Ipv6Wire, header_emit_is_the_inverse_of_parse) {
    SeededRandom random(1);
    for (int i = 0; i < 1000; ++i) {
        Ipv6Header header;
        header.traffic_class = static_cast<std::uint8_t>(random.next());
        header.flow_label = random.next() & 0xf'ffff;
        header.payload_length = static_cast<std::uint16_t>(random.below(100));
        header.next_header = static_cast<std::uint8_t>(random.next());
        header.hop_limit = static_cast<std::uint8_t>(random.next());
        header.source = Ipv6Address(random.next(), random.next());
        header.destination = Ipv6Address(random.next(), random.next());
        Packet packet(header.total_length());
        header.emit(packet.data());
        auto const parsed = Ipv6Header::parse(packet);
        ASSERT_TRUE(parsed.ok());
        EXPECT_EQ(parsed.value(), header);
    }
}

TEST(Ipv6Wire, headers_cut_short_of_other_versions_or_longer_than_the_frame_are_refused) {  // S1
    Packet const packet = packet_of(NextHeader::Udp, udp);
    for (std::size_t length = 0; length < Ipv6Header::size; ++length)
        EXPECT_EQ(Ipv6Header::parse(Bytes(packet).first(length)).error(), Drop::Ipv6Truncated);
    for (std::size_t length = Ipv6Header::size; length < packet.size(); ++length)
        EXPECT_EQ(Ipv6Header::parse(Bytes(packet).first(length)).error(), Drop::Ipv6BadLength);
    for (std::uint8_t version = 0; version < 16; ++version) {
        Packet other = packet;
        other[0] = static_cast<std::uint8_t>(version << 4);
        EXPECT_EQ(Ipv6Header::parse(other).ok(), version == 6);
    }
}

TEST(Ipv6Wire, the_checksum_of_mapped_addresses_is_that_of_ipv4) {
    SeededRandom random(3);
    for (int i = 0; i < 1000; ++i) {
        Ipv4Address const a(static_cast<std::uint32_t>(random.next())),
            b(static_cast<std::uint32_t>(random.next()));
        Checksum v4, either;
        v4.add_pseudo_header(a, b, 6, std::uint16_t{20});
        either.add_pseudo_header(IpAddress(a), IpAddress(b), 6, std::uint32_t{20});
        EXPECT_EQ(v4.value(), either.value());
    }
}

// The example that everybody's captures show: an echo request, summed by hand.
TEST(Ipv6Wire, the_pseudo_header_has_both_addresses_the_length_and_the_protocol) {
    std::uint32_t sum = 0;
    Packet message{128, 0, 0, 0, 0, 1, 0, 2};
    for (Ipv6Address const address : {from, to})
        for (int i = 0; i < 8; ++i) {
            std::uint8_t octets[16];
            store_ipv6(octets, address);
            sum += load_be16(octets + 2 * i);
        }
    sum += 8 + 58 + 0x8000 + 1 + 2;
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    Icmp6Header header;
    header.type = Icmp6Header::Type::EchoRequest;
    header.rest = 0x0001'0002;
    header.emit(message, from, to);
    EXPECT_EQ(load_be16(&message[2]), static_cast<std::uint16_t>(~sum));
    EXPECT_TRUE(Icmp6Header::parse(message, from, to, true).ok());
    EXPECT_EQ(Icmp6Header::parse(message, from, from, true).error(), Drop::IcmpBadChecksum);
    for (std::size_t i = 0; i < message.size() * 8; ++i) {
        Packet wrong = message;
        wrong[i / 8] = static_cast<std::uint8_t>(wrong[i / 8] ^ 1u << (i % 8));
        EXPECT_FALSE(Icmp6Header::parse(wrong, from, to, true).ok());
    }
}

// ---- chains ----

TEST(Ipv6Chain, without_extensions_leads_to_the_payload) {
    auto const chain = walk(NextHeader::Udp, udp);
    ASSERT_TRUE(chain.ok());
    EXPECT_EQ(chain.value().upper, NextHeader::Udp);
    EXPECT_EQ(chain.value().upper_at, 40u);
    EXPECT_FALSE(chain.value().fragment);
    EXPECT_EQ(walk(NextHeader::None, {}).error().reason, Drop::Ipv6NoPayload);
    EXPECT_FALSE(walk(NextHeader::None, {}).error().is_told);
}

TEST(Ipv6Chain, passes_every_header_over) {
    Packet const routing{NextHeader::Destination, 0, 0, 0, 0, 0, 0, 0};
    Packet const all =
        then(options(NextHeader::Routing, {5, 2, 0, 0, 1, 0}),
             then(routing, then(options(NextHeader::Udp, {1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}), udp)));
    // Seven octets of padding are the most.
    EXPECT_EQ(walk(NextHeader::HopByHop, all).error().reason, Drop::Ipv6BadOptions);
    Packet const good = then(options(NextHeader::Routing, {5, 2, 0, 0, 1, 0}),
                             then(routing, then(options(NextHeader::Udp, {1, 4, 0, 0, 0, 0}), udp)));
    auto const chain = walk(NextHeader::HopByHop, good);
    ASSERT_TRUE(chain.ok());
    EXPECT_EQ(chain.value().upper_at, 40u + 24);
    EXPECT_TRUE(chain.value().router_alert);
}

TEST(Ipv6Chain, of_a_thousand_headers_is_cut_off) {  // S2
    Packet chain;
    for (int i = 0; i < 1000; ++i) chain = then(options(NextHeader::Destination, {1, 4, 0, 0, 0, 0}), chain);
    EXPECT_EQ(walk(NextHeader::Destination, chain).error().reason, Drop::Ipv6TooManyHeaders);
}

TEST(Ipv6Chain, hop_by_hop_options_stand_first_or_not_at_all) {  // S2
    Packet const hop = options(NextHeader::Udp, {1, 4, 0, 0, 0, 0});
    auto const second = walk(NextHeader::Destination,
                             then(options(NextHeader::HopByHop, {1, 4, 0, 0, 0, 0}), then(hop, udp)));
    EXPECT_EQ(second.error().reason, Drop::Ipv6BadHeaderOrder);
    EXPECT_TRUE(second.error().is_told);
    EXPECT_EQ(second.error().code, 1);
    EXPECT_EQ(second.error().pointer, 40u) << "at the field that names it";
    auto const twice =
        walk(NextHeader::HopByHop, then(options(NextHeader::HopByHop, {1, 4, 0, 0, 0, 0}), then(hop, udp)));
    EXPECT_EQ(twice.error().reason, Drop::Ipv6BadHeaderOrder);
}

TEST(Ipv6Chain, cut_short_anywhere_is_refused_and_never_read_beyond) {  // S2
    Packet const all = then(options(NextHeader::Destination, {5, 2, 0, 0, 1, 0}),
                            then(options(NextHeader::Udp, {1, 4, 0, 0, 0, 0}), udp));
    for (std::size_t length = 0; length < 16; ++length) {
        Packet const cut(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(length));
        EXPECT_FALSE(walk(NextHeader::HopByHop, cut).ok()) << length;
    }
    for (unsigned units = 1; units < 256; ++units) {
        Packet longer = all;
        longer[1] = static_cast<std::uint8_t>(units);
        (void)walk(NextHeader::HopByHop, longer).ok();
    }
}

TEST(Ipv6Chain, options_that_we_do_not_know_say_what_to_do) {  // S3
    struct {
        std::uint8_t type;
        bool passes, told, of_groups;
    } const cases[] = {{0x1e, true, false, false},
                       {0x5e, false, false, false},
                       {0x9e, false, true, true},
                       {0xde, false, true, false},
                       {0xc2, false, true, false}};  // a jumbogram
    for (auto const& c : cases) {
        auto const chain =
            walk(NextHeader::Destination, then(options(NextHeader::Udp, {c.type, 4, 1, 2, 3, 4}), udp));
        EXPECT_EQ(chain.ok(), c.passes) << int{c.type};
        if (chain.ok()) continue;
        EXPECT_EQ(chain.error().reason, Drop::Ipv6UnknownOption);
        EXPECT_EQ(chain.error().is_told, c.told);
        EXPECT_EQ(chain.error().even_of_groups, c.of_groups);
        if (!c.told) continue;
        EXPECT_EQ(chain.error().code, 2);
        EXPECT_EQ(chain.error().pointer, 42u);
    }
}

TEST(Ipv6Chain, padding_and_lengths_of_options_are_checked) {  // S4
    auto const with = [](Packet const& content) {
        return walk(NextHeader::Destination, then(options(NextHeader::Udp, content), udp));
    };
    EXPECT_TRUE(with({0, 0, 0, 0, 0, 0}).ok());
    EXPECT_TRUE(with({1, 4, 0, 0, 0, 0}).ok());
    EXPECT_TRUE(with({0, 1, 3, 0, 0, 0}).ok());
    for (Packet const& bad : {Packet{1, 4, 0, 0, 0, 1}, Packet{1, 5, 0, 0, 0, 0}, Packet{1, 255, 0, 0, 0, 0},
                              Packet{0x1e, 5, 0, 0, 0, 0}, Packet{0, 0, 0, 0, 0, 1}, Packet{0, 0, 0, 0, 0, 5},
                              Packet{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}})
        EXPECT_EQ(with(bad).error().reason, Drop::Ipv6BadOptions);
    Packet many;
    for (int i = 0; i < 15; ++i) many.insert(many.end(), {0x1e, 0});
    EXPECT_EQ(with(many).error().reason, Drop::Ipv6BadOptions) << "fifteen options";
}

TEST(Ipv6Chain, routes_that_are_not_at_their_end_are_refused) {  // S5
    for (std::uint8_t type : {0, 2, 3, 4, 255}) {
        for (std::uint8_t left : {0, 1, 255}) {
            Packet const routing{
                NextHeader::Udp, 2, type, left, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8};
            auto const chain = walk(NextHeader::Routing, then(routing, udp));
            EXPECT_EQ(chain.ok(), left == 0);
            if (chain.ok()) continue;
            EXPECT_EQ(chain.error().reason, Drop::Ipv6SourceRoute);
            EXPECT_EQ(chain.error().code, 0);
            EXPECT_EQ(chain.error().pointer, 42u);
        }
    }
}

TEST(Ipv6Chain, fragments_are_found_with_what_their_header_says) {
    Ipv6Fragment fragment;
    fragment.next_header = NextHeader::Udp;
    fragment.offset = 1448;
    fragment.more = true;
    fragment.identification = 0x1234'5678;
    Packet bytes(8);
    fragment.emit(bytes.data());
    auto const chain = walk(NextHeader::Fragment, then(bytes, Packet(16)));
    ASSERT_TRUE(chain.ok());
    EXPECT_EQ(chain.value().fragment, fragment);
    EXPECT_EQ(chain.value().fragment_data_at, 48u);
    // The lengths that cannot be. [rfc8200 §4.5]
    auto const odd = walk(NextHeader::Fragment, then(bytes, Packet(17)));
    EXPECT_EQ(odd.error().reason, Drop::FragmentBadLength);
    EXPECT_EQ(odd.error().pointer, 4u);
    fragment.offset = 0xfff8;
    fragment.emit(bytes.data());
    EXPECT_EQ(walk(NextHeader::Fragment, then(bytes, Packet(16))).error().reason, Drop::FragmentTooLarge);
    // One that is whole is none, wherever its chain goes on. [rfc6946]
    fragment = Ipv6Fragment{NextHeader::Udp, 0, false, 9};
    fragment.emit(bytes.data());
    auto const atomic = walk(NextHeader::Fragment, then(bytes, udp));
    ASSERT_TRUE(atomic.ok());
    EXPECT_FALSE(atomic.value().fragment);
    EXPECT_TRUE(atomic.value().had_fragment_header);
    EXPECT_EQ(atomic.value().upper_at, 48u);
}

TEST(Ipv6Chain, first_fragments_have_all_headers) {  // S6, [rfc7112]
    Ipv6Fragment const first{NextHeader::Destination, 0, true, 1};
    Packet bytes(8);
    first.emit(bytes.data());
    // The chain goes on where the fragment ends.
    auto const none = walk(NextHeader::Fragment, then(bytes, options(NextHeader::Tcp, {1, 4, 0, 0, 0, 0})));
    EXPECT_EQ(none.error().reason, Drop::Ipv6IncompleteChain);
    EXPECT_EQ(none.error().code, 3);
    Packet tcp(24);
    tcp[12] = 6 << 4;
    EXPECT_TRUE(
        walk(NextHeader::Fragment, then(bytes, then(options(NextHeader::Tcp, {1, 4, 0, 0, 0, 0}), tcp)))
            .ok());
    tcp[12] = 15 << 4;
    EXPECT_FALSE(
        walk(NextHeader::Fragment, then(bytes, then(options(NextHeader::Tcp, {1, 4, 0, 0, 0, 0}), tcp)))
            .ok());
}

TEST(Ipv6Chain, of_any_octets_ends) {
    SeededRandom random(5);
    std::uint8_t const likely[] = {0, 6, 17, 43, 44, 58, 59, 60};
    for (int i = 0; i < 200'000; ++i) {
        Packet payload(random.below(80));
        for (std::uint8_t& octet : payload)
            octet = random.chance(50)   ? likely[random.below(8)]
                    : random.chance(50) ? 0
                                        : static_cast<std::uint8_t>(random.next());
        auto const chain = walk(likely[random.below(8)], payload);
        if (!chain.ok()) continue;
        EXPECT_LE(chain.value().fragment ? chain.value().fragment_data_at : chain.value().upper_at,
                  40 + payload.size());
    }
}

// ---- Neighbour Discovery, multicast listeners ----

constexpr MacAddress mac{{2, 0, 0, 0, 0, 1}};

TEST(NdWire, what_we_send_parses_to_what_we_said) {
    std::uint8_t bytes[NdEmit::largest];
    std::size_t length = NdEmit::solicitation(bytes, from, to.solicited_node(), to, mac, {});
    auto const asked = NeighbourSolicitation::parse(Bytes(bytes, length));
    ASSERT_TRUE(asked.ok());
    EXPECT_EQ(asked.value().target, to);
    EXPECT_EQ(asked.value().options.source_mac, mac);
    length = NdEmit::solicitation(bytes, {}, to.solicited_node(), to, mac, 0x1234'5678'9abc);
    EXPECT_EQ(NeighbourSolicitation::parse(Bytes(bytes, length)).value().options.nonce, 0x1234'5678'9abcu);
    length = NdEmit::advertisement(bytes, from, to, from, mac, true, true);
    auto const said = NeighbourAdvertisement::parse(Bytes(bytes, length));
    ASSERT_TRUE(said.ok());
    EXPECT_TRUE(said.value().solicited && said.value().override && !said.value().router);
    EXPECT_EQ(said.value().options.target_mac, mac);
    EXPECT_EQ(NdEmit::router_solicitation(bytes, {}, mac), 8u) << "nobody's MAC is not told";
    EXPECT_EQ(NdEmit::router_solicitation(bytes, from, mac), 16u);
}

TEST(NdWire, an_option_of_length_zero_ends_the_message_not_the_kernel) {  // S8
    Packet message(24);
    store_ipv6(&message[8], to);
    for (unsigned type = 0; type < 256; ++type) {
        Packet with = message;
        with.insert(with.end(), {static_cast<std::uint8_t>(type), 0, 0, 0, 0, 0, 0, 0});
        EXPECT_EQ(NeighbourSolicitation::parse(with).error(), Drop::NdBadOption);
        with[25] = 2;  // and beyond the end
        EXPECT_EQ(NeighbourSolicitation::parse(with).error(), Drop::NdBadOption);
        with.resize(28);
        EXPECT_EQ(NeighbourSolicitation::parse(with).error(), Drop::NdBadOption);
    }
}

TEST(NdWire, messages_cut_short_or_about_groups_are_refused) {  // S8
    Packet message(40);
    for (std::size_t length = 0; length < 40; ++length) {
        Bytes const cut = Bytes(message).first(length);
        // Zeros behind the fixed part are an option without a length.
        EXPECT_EQ(NeighbourSolicitation::parse(cut).ok(), length == 24) << length;
        EXPECT_EQ(NeighbourAdvertisement::parse(cut).ok(), length == 24) << length;
        EXPECT_EQ(RouterAdvertisement::parse(cut).ok(), length == 16) << length;
        EXPECT_EQ(RedirectMessage::parse(cut).error(), Drop::NdTruncated);
    }
    store_ipv6(&message[8], Ipv6Address::all_nodes());
    EXPECT_EQ(NeighbourSolicitation::parse(Bytes(message).first(24)).error(), Drop::NdBadTarget);
    EXPECT_EQ(NeighbourAdvertisement::parse(Bytes(message).first(24)).error(), Drop::NdBadTarget);
    store_ipv6(&message[8], from);
    store_ipv6(&message[24], to);
    EXPECT_EQ(RedirectMessage::parse(message).error(), Drop::NdBadTarget) << "neither link-local nor itself";
}

TEST(NdWire,
     prefixes_and_name_servers_that_cannot_be_are_left_out) {  // S8: -16898 was a server list of even length
    Packet message(16);
    Packet prefix(32);
    prefix[0] = 3;
    prefix[1] = 4;
    prefix[2] = 64;
    prefix[3] = 0xc0;
    store_be32(&prefix[4], 10);
    store_be32(&prefix[8], 10);
    store_ipv6(&prefix[16], from);
    auto const count = [&](auto change) {
        Packet option = prefix;
        change(option);
        Packet with = message;
        with.insert(with.end(), option.begin(), option.end());
        auto const parsed = RouterAdvertisement::parse(with);
        return parsed.ok() ? int{parsed.value().options.prefix_count} : -1;
    };
    EXPECT_EQ(count([](Packet&) {}), 1);
    EXPECT_EQ(count([](Packet& p) { p[2] = 129; }), 0);
    EXPECT_EQ(count([](Packet& p) { store_be32(&p[8], 11); }), 0) << "preferred longer than valid";
    EXPECT_EQ(count([](Packet& p) { store_ipv6(&p[16], Ipv6Address(0xfe80ull << 48, 0)); }), 0);
    EXPECT_EQ(count([](Packet& p) { store_ipv6(&p[16], Ipv6Address::all_nodes()); }), 0);
    EXPECT_EQ(count([](Packet& p) { p[1] = 3, p.resize(24); }), -1);
    for (unsigned units = 1; units < 12; ++units) {
        Packet with = message;
        Packet servers(units * 8);
        servers[0] = 25;
        servers[1] = static_cast<std::uint8_t>(units);
        with.insert(with.end(), servers.begin(), servers.end());
        EXPECT_EQ(RouterAdvertisement::parse(with).ok(), units >= 3 && units % 2 == 1) << units;
    }
}

TEST(NdWire, a_thousand_prefixes_in_one_message_are_bounded) {  // S8
    Packet with(16);
    for (int i = 0; i < 1000; ++i) {
        Packet prefix(32);
        prefix[0] = 3;
        prefix[1] = 4;
        prefix[2] = 64;
        store_ipv6(&prefix[16], Ipv6Address(0x2001'0000'0000'0000ull + static_cast<unsigned>(i), 0));
        with.insert(with.end(), prefix.begin(), prefix.end());
    }
    auto const parsed = RouterAdvertisement::parse(with);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed.value().options.prefix_count, NdOptions::most_prefixes);
}

TEST(MldWire, queries_of_both_versions_and_their_delays) {  // S10
    Packet query(28);
    store_be16(&query[4], 10'000);
    EXPECT_EQ(MldQuery::parse(query).value().longest_delay, base::Duration::seconds(10));
    store_be16(&query[4], 0x8000);
    EXPECT_EQ(MldQuery::parse(query).value().longest_delay, base::Duration::milliseconds(32'768));
    store_be16(&query[4], 0xffff);
    EXPECT_EQ(MldQuery::parse(query).value().longest_delay, base::Duration::milliseconds(8'387'584));
    EXPECT_EQ(MldQuery::parse(Bytes(query).first(24)).value().longest_delay,
              base::Duration::milliseconds(65'535));
    for (std::size_t length : {8u, 23u, 25u, 27u})
        EXPECT_EQ(MldQuery::parse(Bytes(query).first(length)).error(), Drop::MldMalformed) << length;
    store_be16(&query[26], 1);
    EXPECT_EQ(MldQuery::parse(query).error(), Drop::MldMalformed) << "a source that is not there";
    store_be16(&query[26], 0xffff);
    EXPECT_EQ(MldQuery::parse(query).error(), Drop::MldMalformed);
    store_be16(&query[26], 0);
    store_ipv6(&query[8], from);
    EXPECT_EQ(MldQuery::parse(query).error(), Drop::MldMalformed) << "about no group";
}

TEST(NdWire, of_any_octets_is_survived) {
    SeededRandom random(6);
    std::uint8_t const types[] = {1, 2, 3, 5, 14, 25, 24, 31};
    for (int i = 0; i < 100'000; ++i) {
        Packet message(random.below(200));
        for (std::uint8_t& octet : message) octet = static_cast<std::uint8_t>(random.next());
        for (std::size_t at = 16; at + 8 <= message.size(); at += 8) {
            if (!random.chance(60)) continue;
            message[at] = types[random.below(8)];
            message[at + 1] = static_cast<std::uint8_t>(random.below(6));
        }
        (void)NeighbourSolicitation::parse(message).ok();
        (void)NeighbourAdvertisement::parse(message).ok();
        (void)RouterAdvertisement::parse(message).ok();
        (void)RedirectMessage::parse(message).ok();
        (void)MldQuery::parse(message).ok();
        (void)Quoted6Packet::parse(message).ok();
    }
}

}  // namespace
}  // namespace net::wire
