// SPDX-License-Identifier: MIT
//
// The stack over IPv6, seen from the link: ping, errors, fragments, UDP, sockets of both
// versions. S, U, C and T are of the list of hostile input.
#include "kernel/net/testing/six.hpp"

namespace net::testing {
namespace {

using Type = wire::Icmp6Header::Type;
using wire::NextHeader;

// ---- ping and errors ----

TEST(Ipv6, ping_is_answered_with_the_same_data) {
    Six s;
    for (std::size_t size : {0u, 1u, 56u, 1440u}) {
        Octets const request = Six::echo_request(size);
        s.in(NextHeader::Icmp6, request);
        auto const answer = s.out_icmp(Type::EchoReply);
        ASSERT_TRUE(answer) << size;
        EXPECT_EQ(answer->ip.source, Six::ours);
        EXPECT_EQ(answer->ip.destination, Six::peer);
        EXPECT_EQ(answer->to, Six::peer_mac);
        EXPECT_TRUE(std::equal(answer->payload.begin() + 4, answer->payload.end(), request.begin() + 4,
                               request.end()));
    }
}

TEST(Ipv6, ping_to_all_nodes_is_answered_by_our_own_address_and_not_without_limit) {
    Six s;
    Six::From const from{Six::peer_local, Ipv6Address::all_nodes(), 255, Six::peer_mac};
    for (int i = 0; i < 50; ++i) s.in(NextHeader::Icmp6, Six::echo_request(8, from), from);
    int answers = 0;
    while (auto const answer = s.out_icmp(Type::EchoReply)) {
        EXPECT_EQ(answer->ip.source, s.link_local());
        ++answers;
    }
    EXPECT_EQ(answers, 10);
    EXPECT_EQ(s.dropped(Drop::IcmpRateLimited), 40u);
}

TEST(Ipv6, without_it_nothing_is_heard_and_nothing_is_said) {
    Config config = Six::config();
    config.ipv6.enabled = false;
    CountingAllocator memory;
    SeededRandom random(1);
    Interface* const stack = Interface::create(config, memory, random).value();
    EXPECT_EQ(stack->ipv6(), nullptr);
    stack->on_frame(RxFrame{Six::frame(NextHeader::Icmp6, Six::echo_request(8), Six::From())}, Instant());
    EXPECT_EQ(stack->statistics().dropped(Drop::UnknownEtherType), 1u);
    EXPECT_EQ(stack->tcp().connect(Endpoint{Six::peer, Port(80)}).error(), Error::NetworkUnreachable);
    Interface::destroy(stack);
    config.ipv6.enabled = true;
    config.mtu = 1279;
    Interface* const small = Interface::create(config, memory, random).value();
    EXPECT_EQ(small->ipv6(), nullptr) << "no link of IPv6 is that small";
    Interface::destroy(small);
}

TEST(Ipv6, frames_of_every_length_are_survived) {  // S1, E1
    Six s;
    Octets const good = Six::frame(NextHeader::Icmp6, Six::echo_request(32), Six::From());
    for (std::size_t length = 0; length < good.size(); ++length)
        s.in_frame(Octets(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)));
    EXPECT_EQ(s.stack().statistics().dropped(), good.size());
    Octets longer = good;
    wire::store_be16(&longer[18], 0xffff);
    s.in_frame(longer);
    EXPECT_EQ(s.dropped(Drop::Ipv6BadLength), 40u + 1);
    wire::store_be16(&longer[18], 0);  // a jumbogram says so
    s.in_frame(longer);
    EXPECT_FALSE(s.out());
    s.expect_alive();
}

TEST(Ipv6, packets_from_impossible_sources_or_for_others_are_dropped_without_a_word) {  // I7, T20
    Six s;
    for (Ipv6Address const source :
         {Six::ours, Ipv6Address(0, 1), Ipv6Address::all_nodes(), Ipv6Address(0, 0xffff'0a00'0001)}) {
        Six::From from;
        from.source = source;
        s.in(NextHeader::Icmp6, Six::echo_request(8, from), from);
        s.in(NextHeader::Udp, Six::udp_datagram(9, {}, from), from);
    }
    EXPECT_EQ(s.dropped(Drop::Ipv6BadSource), 8u);
    Six::From from;
    from.source = {};
    s.in(NextHeader::Icmp6, Six::echo_request(8, from), from);
    s.in(NextHeader::Udp, Six::udp_datagram(9, {}, from), from);
    EXPECT_EQ(s.dropped(Drop::Ipv6BadSource), 10u) << "from nobody";
    from.source = Six::peer;
    for (Ipv6Address const to :
         {Six::far, Ipv6Address(0, 1), Ipv6Address(0xff02ull << 48, 0xfb), Ipv6Address()}) {
        from.destination = to;
        s.in(NextHeader::Icmp6, Six::echo_request(8, from), from);
    }
    EXPECT_EQ(s.dropped(Drop::Ipv6OtherDestination), 4u);
    EXPECT_FALSE(s.out());
    s.expect_alive();
}

TEST(Ipv6, packets_for_us_in_frames_for_many_are_dropped_without_a_word) {  // [rfc4443 §2.4(e.4)]
    Six s;
    Octets const frames[] = {Six::frame(NextHeader::Icmp6, Six::echo_request(8), Six::From()),
                             Six::frame(NextHeader::Udp, Six::udp_datagram(999, stream(0, 4)), Six::From()),
                             Six::frame(99, Octets(8), Six::From())};
    for (Octets frame : frames) {
        wire::store_mac(frame.data(), MacAddress({0x33, 0x33, 0, 0, 0, 1}));
        s.in_frame(frame);
    }
    EXPECT_FALSE(s.out());
    EXPECT_EQ(s.dropped(Drop::GroupFrame), 3u);
    s.expect_alive();
}

TEST(Ipv6, an_unknown_protocol_and_a_bad_header_are_told_with_a_pointer) {  // I10, S2, S3
    Six s;
    s.in(99, Octets(20));
    auto told = s.out_icmp(Type::ParameterProblem);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->payload[1], 1);
    EXPECT_EQ(wire::load_be32(&told->payload[4]), 6u);
    EXPECT_EQ(wire::load_ipv6(&told->payload[16]), Six::peer) << "what came is quoted";
    Octets option{NextHeader::Udp, 0, 0x80, 4, 0, 0, 0, 0};
    s.in(NextHeader::Destination, Six::together({option, Octets(8)}));
    told = s.out_icmp(Type::ParameterProblem);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->payload[1], 2);
    EXPECT_EQ(wire::load_be32(&told->payload[4]), 42u);
    // Told even of what went to a group; 11 is not. [rfc8200 §4.2]
    Six::From group;
    group.destination = Ipv6Address::all_nodes();
    s.in(NextHeader::Destination, Six::together({option, Octets(8)}), group);
    EXPECT_TRUE(s.out_icmp(Type::ParameterProblem));
    option[2] = 0xc0;
    s.in(NextHeader::Destination, Six::together({option, Octets(8)}), group);
    EXPECT_FALSE(s.out_icmp(Type::ParameterProblem));
    // And nobody answers an error with an error.
    option[0] = NextHeader::Icmp6;
    option[2] = 0x80;
    s.in(NextHeader::Destination,
         Six::together({option, Six::message(Type::Unreachable, Octets(52), Six::From())}));
    EXPECT_FALSE(s.out());
}

TEST(Ipv6, errors_are_no_longer_than_every_link_carries) {
    Six s;
    s.in(99, Octets(1400));
    auto const told = s.out_icmp(Type::ParameterProblem);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->ip.total_length(), 1280u);
}

TEST(Ipv6, icmp_of_every_type_and_length_is_survived) {  // C1, C4, C6, C7, C8
    Six s;
    SeededRandom random(1);
    for (unsigned type = 0; type < 256; ++type) {
        for (std::size_t length : {0u, 3u, 4u, 20u, 36u, 52u, 100u}) {
            Octets body(length);
            for (std::uint8_t& octet : body) octet = static_cast<std::uint8_t>(random.next());
            if (length > 10) body[4] = 0x60;
            s.in_icmp(static_cast<Type>(type), body, Six::From());
            s.discard();
        }
        if (type % 64 == 0) s.advance(Duration::seconds(1));
    }
    Octets wrong = Six::echo_request(8);
    wrong[3] ^= 1;
    s.in(NextHeader::Icmp6, wrong);
    EXPECT_GT(s.dropped(Drop::IcmpBadChecksum), 0u);
    s.expect_alive();
}

// ---- fragments ----

Octets piece_of(Octets const& whole, std::uint8_t next, std::size_t at, std::size_t length, bool more,
                std::uint32_t id = 7) {
    wire::Ipv6Fragment const fragment{next, static_cast<std::uint16_t>(at), more, id};
    Octets piece(8);
    fragment.emit(piece.data());
    for (std::size_t i = at; i < at + length; ++i) piece.push_back(i < whole.size() ? whole[i] : 0);
    return piece;
}

TEST(Ipv6Fragments, in_any_order_make_the_packet_and_the_answer_is_cut_by_us) {
    Octets const whole = Six::echo_request(3000 - 8);
    std::vector<std::array<std::size_t, 2>> const pieces{{0, 1000}, {1000, 800}, {1800, 1200}};
    std::vector<std::size_t> order{0, 1, 2};
    do {
        Six s;
        for (std::size_t const i : order)
            s.in(NextHeader::Fragment,
                 piece_of(whole, NextHeader::Icmp6, pieces[i][0], pieces[i][1], pieces[i][0] != 1800));
        Octets answer;
        std::uint32_t id = 0;
        while (auto const part = s.out()) {
            EXPECT_LE(part->ip.total_length(), 1500u);
            ASSERT_EQ(part->ip.next_header, NextHeader::Fragment);
            auto const fragment = wire::Ipv6Fragment::parse(part->payload.data());
            EXPECT_EQ(fragment.offset, answer.size());
            if (answer.empty()) id = fragment.identification;
            EXPECT_EQ(fragment.identification, id);
            answer.insert(answer.end(), part->payload.begin() + 8, part->payload.end());
            EXPECT_EQ(fragment.more, answer.size() < whole.size());
        }
        ASSERT_EQ(answer.size(), whole.size());
        EXPECT_TRUE(std::equal(answer.begin() + 4, answer.end(), whole.begin() + 4));
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Ipv6Fragments, that_overlap_condemn_all_of_it_without_a_word) {  // S6, [rfc5722]
    Six s;
    Octets const whole = Six::echo_request(2000 - 8);
    s.in(NextHeader::Fragment, piece_of(whole, NextHeader::Icmp6, 0, 1000, true));
    s.in(NextHeader::Fragment,
         piece_of(whole, NextHeader::Icmp6, 992, 8, true));  // within: a copy is harmless
    s.in(NextHeader::Fragment, piece_of(whole, NextHeader::Icmp6, 992, 16, true));
    EXPECT_EQ(s.dropped(Drop::FragmentOverlap), 1u);
    // What else comes of it is dropped, all of it.
    s.in(NextHeader::Fragment, piece_of(whole, NextHeader::Icmp6, 0, 1000, true));
    s.in(NextHeader::Fragment, piece_of(whole, NextHeader::Icmp6, 1000, 1000, false));
    EXPECT_EQ(s.dropped(Drop::FragmentOverlap), 3u);
    s.advance(Duration::seconds(61));
    EXPECT_FALSE(s.out());
    EXPECT_EQ(s.dropped(Drop::FragmentTimeout), 0u);
    s.expect_alive();
}

TEST(Ipv6Fragments, one_that_is_whole_is_taken_alone) {  // S6, [rfc6946]
    Six s;
    Octets const ping = Six::echo_request(8);
    s.in(NextHeader::Fragment, piece_of(ping, NextHeader::Icmp6, 0, 8, true));
    s.in(NextHeader::Fragment,
         piece_of(ping, NextHeader::Icmp6, 0, ping.size(), false));  // with the same number
    EXPECT_TRUE(s.out_icmp(Type::EchoReply));
    EXPECT_EQ(s.dropped(Drop::FragmentOverlap), 0u);
}

TEST(Ipv6Fragments, of_neighbour_discovery_are_not_believed) {  // S6, [rfc6980]
    Six s;
    Octets const said = Six::message(Type::RouterAdvertisement, Six::router_body(1800), Six::router);
    s.in(NextHeader::Fragment, piece_of(said, NextHeader::Icmp6, 0, said.size(), false), Six::router);
    s.in(NextHeader::Fragment, piece_of(said, NextHeader::Icmp6, 0, 8, true), Six::router);
    s.in(NextHeader::Fragment, piece_of(said, NextHeader::Icmp6, 8, said.size() - 8, false), Six::router);
    EXPECT_EQ(s.dropped(Drop::NdInFragments), 2u);
    EXPECT_FALSE(s.host().routers().has_router(s.now()));
}

TEST(Ipv6Fragments, whose_headers_go_on_in_the_second_are_refused) {  // S6, S7, [rfc7112]
    Six s;
    Octets const options{NextHeader::Udp, 0, 1, 4, 0, 0, 0, 0};
    Octets const whole = Six::together({options, Six::udp_datagram(53, stream(0, 100))});
    s.in(NextHeader::Fragment, piece_of(whole, NextHeader::Destination, 0, 8, true));
    EXPECT_EQ(s.dropped(Drop::Ipv6IncompleteChain), 1u);
    auto const told = s.out_icmp(Type::ParameterProblem);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->payload[1], 3);
    s.in(NextHeader::Fragment, piece_of(whole, NextHeader::Destination, 8, 108, false));
    s.expect_alive();
}

TEST(Ipv6Fragments, that_do_not_all_come_are_told_of_and_bounded) {  // F8, F9
    Six s;
    Octets const whole = Six::udp_datagram(53, stream(0, 2000));
    s.in(NextHeader::Fragment, piece_of(whole, NextHeader::Udp, 0, 1000, true));
    s.advance(Duration::seconds(59));
    EXPECT_FALSE(s.out_icmp(Type::TimeExceeded));
    s.advance(Duration::seconds(2));
    auto const told = s.out_icmp(Type::TimeExceeded);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->payload[1], 1);
    EXPECT_EQ(s.dropped(Drop::FragmentTimeout), 1u);
    std::size_t const peak = s.memory().used() + 5 * 17 * 1024;
    for (unsigned id = 0; id < 100'000; ++id)
        s.in(NextHeader::Fragment, piece_of(whole, NextHeader::Udp, 0, 16, true, id));
    EXPECT_LE(s.memory().peak(), peak);
    s.advance(Duration::seconds(61));
    s.expect_alive();
}

// ---- the path's MTU ----

TEST(Ipv6PathMtu, datagrams_are_cut_to_what_a_router_said_for_ten_minutes) {  // C5, [rfc8201]
    Six s;
    auto& udp = s.stack().udp();
    SocketId const socket = udp.bind(Port(99)).value();
    auto const send = [&] {
        ASSERT_TRUE(udp.send(socket, Endpoint{Six::peer, Port(9)}, stream(0, 1440)).ok());
    };
    send();
    auto const sent = s.out();
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->ip.next_header, NextHeader::Udp);
    Octets quote(40);
    sent->ip.emit(quote.data());
    quote.insert(quote.end(), sent->payload.begin(), sent->payload.begin() + 100);
    auto const too_big = [&](std::uint32_t mtu) {
        Octets body(4);
        wire::store_be32(body.data(), mtu);
        s.in_icmp(Type::PacketTooBig, Six::together({body, quote}), Six::From());
    };
    for (std::uint32_t mtu : {0u, 1u, 67u, 68u, 575u, 1279u}) too_big(mtu);
    EXPECT_EQ(s.dropped(Drop::IcmpBadMtu), 6u);
    too_big(65'535);
    too_big(0xffff'ffff);
    EXPECT_EQ(s.dropped(Drop::IcmpBadQuote), 2u);
    EXPECT_EQ(s.host().mtu_for(Six::peer, s.now()), 1500);
    too_big(1280);
    send();
    std::size_t total = 0;
    while (auto const part = s.out()) {
        EXPECT_LE(part->ip.total_length(), 1280u);
        EXPECT_EQ(part->ip.next_header, NextHeader::Fragment);
        total += part->payload.size() - 8;
    }
    EXPECT_EQ(total, 1448u);
    s.advance(Duration::seconds(601));
    EXPECT_EQ(s.host().mtu_for(Six::peer, s.now()), 1500) << "the way may have changed";
    quote[41] ^= 1;  // of a port that nobody has
    too_big(1300);
    EXPECT_EQ(s.host().mtu_for(Six::peer, s.now()), 1500);
}

// ---- UDP ----

TEST(Ipv6Udp, datagrams_are_received_and_sent) {
    Six s;
    auto& udp = s.stack().udp();
    SocketId const socket = udp.bind(Port(53)).value();
    s.in(NextHeader::Udp, Six::udp_datagram(53, stream(0, 30)));
    Octets bytes(100);
    auto const received = udp.receive(socket, bytes);
    ASSERT_TRUE(received.ok());
    EXPECT_EQ(received.value().length, 30u);
    EXPECT_EQ(received.value().from, (Endpoint{Six::peer, Port(5353)}));
    ASSERT_TRUE(udp.send(socket, received.value().from, stream(0, 20)).ok());
    auto const sent = s.out();
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->ip.source, Six::ours);
    EXPECT_TRUE(wire::UdpHeader::parse(sent->payload, Six::ours, Six::peer, true).ok());
    ASSERT_TRUE(udp.send(socket, Endpoint{Six::peer_local, Port(9)}, stream(0, 20)).ok());
    EXPECT_EQ(s.out()->ip.source, s.link_local()) << "to a link-local address by ours";
    EXPECT_EQ(udp.send(socket, Endpoint{Six::far, Port(9)}, {}).error(), Error::NetworkUnreachable);
    ASSERT_TRUE(udp.send(socket, Endpoint{Ipv6Address::all_nodes(), Port(9)}, {}).ok());
    EXPECT_EQ(s.out()->to, MacAddress({0x33, 0x33, 0, 0, 0, 1}));
}

TEST(Ipv6Udp, without_a_checksum_or_with_a_wrong_one_is_dropped) {  // U1, U2
    Six s;
    (void)s.stack().udp().bind(Port(53)).value();
    Octets datagram = Six::udp_datagram(53, stream(0, 30));
    wire::store_be16(&datagram[6], 0);
    s.in(NextHeader::Udp, datagram);
    EXPECT_EQ(s.dropped(Drop::UdpNoChecksum), 1u);
    datagram = Six::udp_datagram(53, stream(0, 30));
    datagram[20] ^= 1;
    s.in(NextHeader::Udp, datagram);
    EXPECT_EQ(s.dropped(Drop::UdpBadChecksum), 1u);
    for (std::uint16_t length : {0, 7, 39, 65'535}) {
        datagram = Six::udp_datagram(53, stream(0, 30));
        wire::store_be16(&datagram[4], length);
        s.in(NextHeader::Udp, datagram);
    }
    EXPECT_EQ(s.dropped(Drop::UdpBadLength), 4u);
}

TEST(Ipv6Udp, a_port_that_nobody_has_is_unreachable_but_not_for_a_group) {  // U4
    Six s;
    s.in(NextHeader::Udp, Six::udp_datagram(999, stream(0, 4)));
    auto const answer = s.out_icmp(Type::Unreachable);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->payload[1], 4);
    Six::From group;
    group.destination = Ipv6Address::all_nodes();
    s.in(NextHeader::Udp, Six::udp_datagram(999, stream(0, 4), group), group);
    EXPECT_FALSE(s.out());
    EXPECT_EQ(s.dropped(Drop::UdpNoSocket), 2u);
}

TEST(Ipv6Udp, what_icmp_says_is_the_error_of_the_next_call) {
    Six s;
    auto& udp = s.stack().udp();
    SocketId const socket = udp.bind(Port(99)).value();
    ASSERT_TRUE(udp.connect(socket, Endpoint{Six::peer, Port(9)}).ok());
    ASSERT_TRUE(udp.send(socket, stream(0, 4)).ok());
    auto const sent = s.out();
    ASSERT_TRUE(sent);
    Octets quote(40);
    sent->ip.emit(quote.data());
    s.in_icmp(Type::Unreachable, Six::together({Octets(4), quote, sent->payload}), Six::From(), 4);
    EXPECT_EQ(udp.send(socket, stream(0, 4)).error(), Error::ConnectionRefused);
}

// ---- sockets of both versions ----

TEST(Ipv6Sockets, a_port_is_shared_by_those_that_have_no_version_in_common) {
    Six s;
    auto& udp = s.stack().udp();
    SocketId const four = udp.bind(Port(53), Versions::OnlyV4).value();
    SocketId const six = udp.bind(Port(53), Versions::OnlyV6).value();
    EXPECT_EQ(udp.bind(Port(53)).error(), Error::AddressInUse);
    EXPECT_EQ(udp.bind(Port(53), Versions::OnlyV6).error(), Error::AddressInUse);
    EXPECT_EQ(udp.send(four, Endpoint{Six::peer, Port(9)}, {}).error(), Error::InvalidAddress);
    EXPECT_EQ(udp.send(six, Endpoint{Ipv4Address(10, 0, 0, 1), Port(9)}, {}).error(), Error::InvalidAddress);
    s.in(NextHeader::Udp, Six::udp_datagram(53, stream(0, 4)));
    Octets bytes(10);
    EXPECT_EQ(udp.receive(four, bytes).error(), Error::WouldBlock);
    EXPECT_TRUE(udp.receive(six, bytes).ok());

    auto& tcp = s.stack().tcp();
    ASSERT_TRUE(tcp.listen(Endpoint{IpAddress(), Port(80)}, 4, Versions::OnlyV6).ok());
    ASSERT_TRUE(tcp.listen(Endpoint{Ipv4Address::any(), Port(80)}).ok());
    EXPECT_EQ(tcp.listen(Endpoint{IpAddress(), Port(80)}).error(), Error::AddressInUse);
    EXPECT_EQ(tcp.listen(Endpoint{Six::ours, Port(80)}).error(), Error::AddressInUse);
    EXPECT_TRUE(tcp.listen(Endpoint{Six::ours, Port(81)}).ok());
    EXPECT_TRUE(tcp.listen(Endpoint{Ipv4Address::any(), Port(81)}).ok());
}

TEST(Ipv6Sockets, connecting_where_one_cannot_fails) {  // MUST-46
    Six s;
    auto& tcp = s.stack().tcp();
    EXPECT_EQ(tcp.connect(Endpoint{Ipv6Address::all_nodes(), Port(80)}).error(), Error::InvalidAddress);
    EXPECT_EQ(tcp.connect(Endpoint{IpAddress(), Port(80)}).error(), Error::InvalidAddress);
    EXPECT_EQ(tcp.connect(Endpoint{Ipv6Address(0, 1), Port(80)}).error(), Error::InvalidAddress);
    EXPECT_EQ(tcp.connect(Endpoint{Six::ours, Port(80)}).error(), Error::InvalidAddress);
    EXPECT_EQ(tcp.connect(Endpoint{Six::far, Port(80)}).error(), Error::NetworkUnreachable);
    EXPECT_EQ(tcp.connect(Endpoint{Six::peer, Port(80)}, Endpoint{Six::far, Port(1)}).error(),
              Error::InvalidAddress);
    EXPECT_TRUE(tcp.connect(Endpoint{Six::peer, Port(80)}, Endpoint{s.link_local(), Port(1)}).ok());
    EXPECT_TRUE(tcp.connect(Endpoint{Six::peer, Port(80)}).ok());
}

// ---- anything ----

TEST(Ipv6, random_octets_of_any_kind_are_survived) {
    Six s;
    (void)s.stack().tcp().listen(Endpoint{IpAddress(), Port(80)}).value();
    (void)s.stack().udp().bind(Port(53)).value();
    SeededRandom random(42);
    Octets const options{NextHeader::Udp, 0, 1, 4, 0, 0, 0, 0};
    Octets const router =
        Six::message(Type::RouterAdvertisement,
                     Six::router_body(1800, Six::prefix_option(Six::far, 64, 0xc0, 600, 300)), Six::router);
    Octets const asked =
        Six::message(Type::NeighbourSolicitation,
                     Six::together({Octets(4), Six::octets_of(Six::ours), Six::mac_option(1, Six::peer_mac)}),
                     Six::From());
    wire::TcpHeader syn;
    syn.source = Port(9);
    syn.destination = Port(80);
    syn.flags = wire::TcpFlags::Syn;
    Octets segment(20);
    syn.emit(segment.data());
    Octets const seeds[] = {
        Six::frame(NextHeader::Icmp6, Six::echo_request(40), Six::From()),
        Six::frame(NextHeader::Icmp6, router, Six::router),
        Six::frame(NextHeader::Icmp6, asked, Six::From()),
        Six::frame(NextHeader::Tcp, segment, Six::From()),
        Six::frame(NextHeader::Destination, Six::together({options, Six::udp_datagram(53, stream(0, 20))}),
                   Six::From()),
        Six::frame(NextHeader::Fragment, piece_of(Six::echo_request(100), NextHeader::Icmp6, 0, 64, true),
                   Six::From())};
    for (int i = 0; i < 60'000; ++i) {
        Octets frame = seeds[random.below(6)];
        for (std::uint64_t n = random.below(6); n > 0; --n)
            frame[random.chance(80) ? 14 + random.below(frame.size() - 14) : random.below(frame.size())] =
                static_cast<std::uint8_t>(random.next());
        if (random.chance(20)) frame.resize(random.below(frame.size() + 1));
        // Often "verified", so that damage gets past the checksums.
        s.in_frame(frame, random.chance(80) ? ChecksumState::Verified : ChecksumState::Unknown);
        s.discard();
        if (i % 500 == 0) s.advance(Duration::seconds(5));
    }
    s.advance(Duration::seconds(30));
    s.expect_alive();
}

}  // namespace
}  // namespace net::testing
