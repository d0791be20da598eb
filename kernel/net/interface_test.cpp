// SPDX-License-Identifier: MIT
//
// The stack below TCP, seen from the link: Ethernet, IPv4, fragments, ICMP, UDP
// and DHCP, with good packets and bad ones. The letters are those of the list
// of hostile input: E, I, F, C, U.
#include "kernel/net/interface.hpp"

#include <algorithm>

#include "kernel/net/testing/link.hpp"
#include "kernel/net/testing/script.hpp"
#include "kernel/net/wire/checksum.hpp"
#include "kernel/net/wire/dhcp.hpp"

namespace net::testing {
namespace {

using Octets = std::vector<std::uint8_t>;
using wire::IcmpHeader;
using wire::IpProtocol;
using wire::Ipv4Header;

Octets numbered(std::size_t count) {
    Octets octets(count);
    for (std::size_t i = 0; i < count; ++i) octets[i] = stream_byte(i);
    return octets;
}

Octets echo_request(std::size_t data) {
    Octets message = numbered(8 + data);
    IcmpHeader header;
    header.type = IcmpHeader::Type::EchoRequest;
    header.rest = 0x0007'0001;
    header.emit(message);
    return message;
}

Octets udp_datagram(std::uint16_t to, Octets const& data, Ipv4Address destination = Script::our_ip) {
    Octets datagram(8 + data.size());
    std::copy(data.begin(), data.end(), datagram.begin() + 8);
    wire::UdpHeader header{Port(5353), Port(to), static_cast<std::uint16_t>(datagram.size())};
    header.emit(datagram, Script::peer_ip, destination);
    return datagram;
}

// Changes the IPv4 header of a frame and mends its checksum.
template <class Change>
Frame changed(Frame frame, Change change) {
    change(&frame[14]);
    std::size_t const length = std::min<std::size_t>((frame[14] & 0xfu) * 4u, frame.size() - 14);
    wire::store_be16(&frame[24], 0);
    wire::store_be16(&frame[24], wire::checksum_of(Bytes(frame).subspan(14, length)));
    return frame;
}

// ---- Ethernet ----

TEST(Interface, frames_of_every_length_are_survived) {  // E1
    Script s;
    Frame const good = s.ipv4_frame(IpProtocol::Icmp, echo_request(32));
    for (std::size_t length = 0; length < good.size(); ++length)
        s.in_frame(Frame(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)));
    EXPECT_FALSE(s.out_frame());
    EXPECT_EQ(s.stack().statistics().dropped(), good.size());
    s.expect_alive();
}

TEST(Interface, frames_for_others_or_of_other_kinds_are_counted) {  // E2, E3, E4
    Script s;
    Frame const good = s.ipv4_frame(IpProtocol::Icmp, echo_request(32));
    Frame frame = good;
    frame[5] ^= 1;
    s.in_frame(frame);
    EXPECT_EQ(s.dropped(Drop::OtherDestination), 1u);
    frame = good;
    frame[6] |= 1;
    s.in_frame(frame);
    EXPECT_EQ(s.dropped(Drop::GroupSource), 1u);
    for (std::uint16_t type : {0x0000, 0x002e, 0x05dc, 0x8100, 0x88a8, 0x86dd, 0xffff}) {
        frame = good;
        wire::store_be16(&frame[12], type);
        s.in_frame(frame);
    }
    EXPECT_EQ(s.dropped(Drop::UnknownEtherType), 7u);
    EXPECT_FALSE(s.out_frame());
    s.expect_alive();
}

// ---- IPv4 ----

TEST(Interface, packets_from_impossible_sources_are_dropped_without_a_word) {  // I7, T20, MUST-63
    for (Ipv4Address source :
         {Script::our_ip, Ipv4Address(), Ipv4Address(127, 0, 0, 1), Ipv4Address(224, 0, 0, 1),
          Ipv4Address(255, 255, 255, 255), Ipv4Address(10, 0, 2, 255), Ipv4Address(240, 0, 0, 1)}) {
        Script s;
        s.listen(80);
        for (IpProtocol protocol :
             {IpProtocol::Icmp, IpProtocol::Udp, IpProtocol::Tcp, static_cast<IpProtocol>(99)})
            s.in_frame(changed(s.ipv4_frame(protocol, Octets(40)),
                               [&](std::uint8_t* ip) { wire::store_ipv4(ip + 12, source); }));
        EXPECT_EQ(s.dropped(Drop::Ipv4BadSource), 4u);
        EXPECT_FALSE(s.out_frame());
        s.expect_alive();
    }
}

TEST(Interface, packets_for_others_are_dropped_without_a_word) {
    Script s;
    s.in_frame(changed(s.ipv4_frame(IpProtocol::Icmp, echo_request(8)),
                       [](std::uint8_t* ip) { wire::store_ipv4(ip + 16, Ipv4Address(10, 0, 2, 16)); }));
    EXPECT_EQ(s.dropped(Drop::Ipv4OtherDestination), 1u);
    EXPECT_FALSE(s.out_frame());
}

TEST(Interface, tcp_to_a_broadcast_address_is_dropped_without_a_word) {  // I8, MUST-57
    Script s;
    s.listen(80);
    wire::TcpHeader syn;
    syn.source = Port(1);
    syn.destination = Port(80);
    syn.flags = wire::TcpFlags::Syn;
    for (Ipv4Address to : {Ipv4Address(10, 0, 2, 255), Ipv4Address::broadcast()})
        s.in_frame(changed(s.tcp_frame(syn, {}), [&](std::uint8_t* ip) { wire::store_ipv4(ip + 16, to); }));
    EXPECT_EQ(s.dropped(Drop::TcpToGroup), 2u);
    EXPECT_FALSE(s.out_frame());
    EXPECT_EQ(s.stack().tcp().connections(), 0u);
}

TEST(Interface, a_time_to_live_of_zero_has_reached_its_destination) {  // I6
    Script s;
    s.in_frame(changed(s.ipv4_frame(IpProtocol::Icmp, echo_request(8)), [](std::uint8_t* ip) { ip[8] = 0; }));
    EXPECT_TRUE(s.out_frame());
}

TEST(Interface, an_unknown_protocol_is_unreachable) {  // I10
    Script s;
    s.in_frame(s.ipv4_frame(static_cast<IpProtocol>(4), numbered(60)));
    auto const answer = s.out_frame();
    ASSERT_TRUE(answer);
    EXPECT_EQ((*answer)[34], 3);
    EXPECT_EQ((*answer)[35], 2);
    EXPECT_EQ(s.dropped(Drop::Ipv4UnknownProtocol), 1u);
}

// ---- ICMP ----

TEST(Interface, ping_is_answered_with_the_same_data) {
    Script s;
    for (std::size_t size : {0u, 1u, 56u, 1472u}) {
        Octets const request = echo_request(size);
        s.in_frame(s.ipv4_frame(IpProtocol::Icmp, request));
        auto const answer = s.out_frame();
        ASSERT_TRUE(answer);
        auto const ip = Ipv4Header::parse(Bytes(*answer).subspan(14));
        ASSERT_TRUE(ip.ok());
        EXPECT_EQ(ip.value().source, Script::our_ip);
        EXPECT_EQ(ip.value().destination, Script::peer_ip);
        Bytes const message = Bytes(*answer).subspan(34);
        ASSERT_TRUE(IcmpHeader::parse(message).ok());
        EXPECT_EQ(message[0], 0);
        EXPECT_TRUE(std::equal(message.begin() + 4, message.end(), request.begin() + 4, request.end()));
    }
}

TEST(Interface, ping_to_everybody_is_not_answered) {
    Script s;
    s.in_frame(changed(s.ipv4_frame(IpProtocol::Icmp, echo_request(8)),
                       [](std::uint8_t* ip) { wire::store_ipv4(ip + 16, Ipv4Address(10, 0, 2, 255)); }));
    EXPECT_EQ(s.dropped(Drop::IcmpToGroup), 1u);
    EXPECT_FALSE(s.out_frame());
}

TEST(Interface, icmp_of_every_type_code_and_length_is_survived) {  // C1, C4, C6, C7, C8
    Script s;
    SeededRandom random(1);
    for (unsigned type = 0; type < 256; ++type) {
        for (std::size_t length : {0u, 4u, 7u, 8u, 27u, 28u, 36u, 100u}) {
            Octets message(length);
            for (std::uint8_t& octet : message) octet = static_cast<std::uint8_t>(random.next());
            if (length >= 8) {
                IcmpHeader header;
                header.type = static_cast<IcmpHeader::Type>(type);
                header.code = static_cast<std::uint8_t>(random.below(16));
                if (length >= 36) message[8] = static_cast<std::uint8_t>(0x40 | random.below(16));
                header.emit(message);
            }
            s.in_frame(s.ipv4_frame(IpProtocol::Icmp, message));
            bool const is_request = type == 8 && length >= 8;
            EXPECT_EQ(s.out_frame().has_value(), is_request) << type << ' ' << length;
        }
    }
    s.expect_alive();
}

TEST(Interface, errors_about_errors_are_not_sent_and_others_are_limited) {  // C8, C9
    Script s;
    for (int i = 0; i < 50; ++i) s.in_frame(s.ipv4_frame(IpProtocol::Udp, udp_datagram(999, numbered(4))));
    int answers = 0;
    while (s.out_frame()) ++answers;
    EXPECT_EQ(answers, 10);
    EXPECT_EQ(s.dropped(Drop::IcmpRateLimited), 40u);
    s.advance(Duration::seconds(1));
    s.in_frame(s.ipv4_frame(IpProtocol::Udp, udp_datagram(999, numbered(4))));
    EXPECT_TRUE(s.out_frame());
}

// ---- fragments ----

struct Piece {
    std::size_t offset;
    std::size_t length;
    bool more;
};

Frame fragment(Script const& s, Octets const& whole, Piece piece, std::uint16_t id = 77,
               std::uint8_t twist = 0) {
    Octets part(piece.length);
    for (std::size_t i = 0; i < piece.length; ++i) {
        std::size_t const at = piece.offset + i;
        part[i] = static_cast<std::uint8_t>((at < whole.size() ? whole[at] : 0) ^ twist);
    }
    return changed(s.ipv4_frame(IpProtocol::Icmp, part), [&](std::uint8_t* ip) {
        wire::store_be16(ip + 4, id);
        wire::store_be16(ip + 6, static_cast<std::uint16_t>((piece.more ? 0x2000 : 0) | piece.offset / 8));
    });
}

TEST(Fragments, in_any_order_make_the_datagram) {
    Octets const whole = echo_request(3000 - 8);
    std::vector<Piece> pieces{{0, 1000, true}, {1000, 800, true}, {1800, 600, true}, {2400, 600, false}};
    std::sort(pieces.begin(), pieces.end(), [](Piece a, Piece b) { return a.offset < b.offset; });
    std::vector<int> order{0, 1, 2, 3};
    do {
        Script s;
        for (int i : order) s.in_frame(fragment(s, whole, pieces[static_cast<std::size_t>(i)]));
        // The answer is larger than the link and leaves in pieces as well.
        Octets answer;
        while (auto const frame = s.out_frame()) {
            auto const ip = Ipv4Header::parse(Bytes(*frame).subspan(14));
            ASSERT_TRUE(ip.ok());
            EXPECT_EQ(ip.value().fragment_offset, answer.size());
            EXPECT_LE(ip.value().total_length, 1500);
            Bytes const part = Bytes(*frame).subspan(34);
            answer.insert(answer.end(), part.begin(), part.end());
        }
        ASSERT_EQ(answer.size(), whole.size());
        EXPECT_TRUE(std::equal(answer.begin() + 4, answer.end(), whole.begin() + 4));
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Fragments, that_come_twice_do_no_harm) {  // F5
    Script s;
    Octets const whole = echo_request(2000 - 8);
    s.in_frame(fragment(s, whole, {0, 1000, true}));
    s.in_frame(fragment(s, whole, {0, 1000, true}));
    s.in_frame(fragment(s, whole, {1000, 1000, false}));
    EXPECT_TRUE(s.out_frame());
    EXPECT_EQ(s.stack().statistics().dropped(), 0u);
}

TEST(Fragments, that_overlap_condemn_the_datagram) {  // F1, F6
    struct Case {
        Piece first, second;
        std::uint8_t twist;
    };
    for (Case const& c : {Case{{0, 1000, true}, {992, 1008, false}, 0},      // partly
                          Case{{0, 1000, true}, {0, 1000, true}, 0xff},      // the same place, other bytes
                          Case{{0, 1000, true}, {8, 16, true}, 1},           // inside: "teardrop"
                          Case{{1000, 1000, false}, {1000, 992, false}, 0},  // two ends
                          Case{{1000, 1000, false}, {2000, 8, true}, 0},     // beyond the end
                          Case{{1000, 1000, true}, {800, 200, false}, 0}}) {
        Script s;
        Octets const whole = echo_request(2000 - 8);
        s.in_frame(fragment(s, whole, c.first));
        s.in_frame(fragment(s, whole, c.second, 77, c.twist));
        EXPECT_EQ(s.dropped(Drop::FragmentOverlap), 1u);
        s.expect_alive();
    }
}

TEST(Fragments, of_impossible_length_are_dropped) {  // F2, F3, F4
    Script s;
    Octets const whole = echo_request(2000 - 8);
    s.in_frame(fragment(s, whole, {0, 1001, true}));
    s.in_frame(fragment(s, whole, {0, 0, true}));
    s.in_frame(fragment(s, whole, {8, 0, false}));
    EXPECT_EQ(s.dropped(Drop::FragmentBadLength), 3u);
    s.in_frame(fragment(s, whole, {65'528, 1000, false}));  // the "ping of death"
    EXPECT_EQ(s.dropped(Drop::FragmentTooLarge), 1u);
    s.expect_alive();
}

TEST(Fragments, smaller_than_the_header_inside_are_put_together_first) {  // F7
    Script s;
    Octets const whole = echo_request(40 - 8);
    for (std::size_t at = 0; at < 40; at += 8) s.in_frame(fragment(s, whole, {at, 8, at < 32}));
    EXPECT_TRUE(s.out_frame());
}

TEST(Fragments, that_stay_incomplete_are_given_up_after_a_minute) {  // F8
    for (bool first : {true, false}) {
        Script s;
        Octets const whole = echo_request(2000 - 8);
        s.expect_alive();
        s.in_frame(fragment(s, whole, first ? Piece{0, 1000, true} : Piece{1000, 1000, false}));
        s.advance(Duration::seconds(59));
        EXPECT_EQ(s.dropped(Drop::FragmentTimeout), 0u);
        s.advance(Duration::seconds(1));
        EXPECT_EQ(s.dropped(Drop::FragmentTimeout), 1u);
        auto const told = s.out_frame();
        ASSERT_EQ(told.has_value(), first);  // only then does the sender hear of it
        if (told) {
            EXPECT_EQ((*told)[34], 11);
            EXPECT_EQ((*told)[35], 1);
        }
        s.expect_alive();
    }
}

TEST(Fragments, of_ten_thousand_datagrams_cost_bounded_memory) {  // F9
    Script s;
    Octets const whole = echo_request(2000 - 8);
    std::size_t peak = 0;
    for (unsigned id = 0; id < 10'000; ++id) {
        s.in_frame(fragment(s, whole, {0, 1000, true}, static_cast<std::uint16_t>(id)));
        if (id == 10) peak = s.memory().used();
    }
    EXPECT_LE(s.memory().used(), peak);
    s.expect_alive();
}

TEST(Fragments, of_two_senders_or_two_datagrams_never_mix) {  // F10, F11
    Script s;
    Octets const whole = echo_request(2000 - 8);
    s.in_frame(fragment(s, whole, {0, 1000, true}, 1));
    s.in_frame(fragment(s, whole, {1000, 1000, false}, 2));
    Frame other = changed(fragment(s, whole, {1000, 1000, false}, 1),
                          [](std::uint8_t* ip) { wire::store_ipv4(ip + 12, Ipv4Address(10, 0, 2, 9)); });
    s.in_frame(other);
    EXPECT_FALSE(s.out_frame());
    s.in_frame(fragment(s, whole, {1000, 1000, false}, 1));
    EXPECT_TRUE(s.out_frame());
}

TEST(Fragments, of_any_shape_are_survived) {
    Script s;
    SeededRandom random(3);
    Octets const whole = echo_request(4000 - 8);
    for (int i = 0; i < 20'000; ++i) {
        Piece const piece{8 * random.below(random.chance(95) ? 500 : 8192), random.below(1400),
                          random.chance(70)};
        s.in_frame(fragment(s, whole, piece, static_cast<std::uint16_t>(random.below(6)),
                            random.chance(5) ? 0xff : 0));
        if (i % 1000 == 0) s.advance(Duration::seconds(10));
        s.discard_output();
    }
    s.expect_alive();
}

// ---- UDP ----

TEST(Udp, datagrams_are_received_and_sent) {
    Script s;
    auto& udp = s.stack().udp();
    SocketId const socket = udp.bind(Port(53)).value();
    EXPECT_EQ(udp.bind(Port(53)).error(), Error::AddressInUse);
    s.in_frame(s.ipv4_frame(IpProtocol::Udp, udp_datagram(53, numbered(30))));
    EXPECT_EQ(s.stack().next_ready(), socket);
    Octets bytes(100);
    auto const received = udp.receive(socket, bytes);
    ASSERT_TRUE(received.ok());
    EXPECT_EQ(received.value().length, 30u);
    EXPECT_FALSE(received.value().truncated);
    EXPECT_EQ(received.value().from, (Endpoint{Script::peer_ip, Port(5353)}));
    EXPECT_EQ(bytes[29], stream_byte(29));
    EXPECT_EQ(udp.receive(socket, bytes).error(), Error::WouldBlock);

    ASSERT_TRUE(udp.send(socket, received.value().from, numbered(20)).ok());
    auto const frame = s.out_frame();
    ASSERT_TRUE(frame);
    auto const header =
        wire::UdpHeader::parse(Bytes(*frame).subspan(34), Script::our_ip, Script::peer_ip, true);
    ASSERT_TRUE(header.ok());
    EXPECT_EQ(header.value(), (wire::UdpHeader{Port(53), Port(5353), 28}));
}

TEST(Udp, a_datagram_larger_than_the_buffer_is_cut_and_one_larger_than_the_link_is_fragmented) {
    Script s;
    auto& udp = s.stack().udp();
    SocketId const socket = udp.bind(Port()).value();
    std::uint16_t const port = udp.local_port(socket).value();
    EXPECT_GE(port, 49'152);
    s.in_frame(s.ipv4_frame(IpProtocol::Udp, udp_datagram(port, numbered(30))));
    Octets bytes(10);
    auto const received = udp.receive(socket, bytes);
    EXPECT_TRUE(received.value().truncated);
    EXPECT_EQ(received.value().length, 10u);
    ASSERT_TRUE(udp.send(socket, Endpoint{Script::peer_ip, Port(9)}, numbered(4000)).ok());
    int frames = 0;
    while (s.out_frame()) ++frames;
    EXPECT_EQ(frames, 3);
    EXPECT_EQ(udp.send(socket, Endpoint{Script::peer_ip, Port(9)}, Octets(65'508)).error(),
              Error::MessageTooLong);
}

TEST(Udp, pieces_of_a_large_datagram_fit_the_link) {
    for (std::uint16_t mtu : {576, 1001, 1500}) {
        Config config = Script::default_config();
        config.mtu = mtu;
        Script s(config);
        SocketId const socket = s.stack().udp().bind(Port()).value();
        ASSERT_TRUE(s.stack().udp().send(socket, Endpoint{Script::peer_ip, Port(9)}, numbered(4000)).ok());
        std::size_t octets = 0;
        while (auto const frame = s.out_frame()) {
            EXPECT_LE(frame->size(), mtu + 14u);
            octets += frame->size() - 34;
        }
        EXPECT_EQ(octets, 4008u) << "all of it left";
    }
}

TEST(Udp, a_port_that_nobody_has_is_unreachable_but_not_by_broadcast) {  // U4
    Script s;
    s.in_frame(s.ipv4_frame(IpProtocol::Udp, udp_datagram(999, numbered(4))));
    auto const answer = s.out_frame();
    ASSERT_TRUE(answer);
    EXPECT_EQ((*answer)[34], 3);
    EXPECT_EQ((*answer)[35], 3);
    auto const quoted = wire::QuotedPacket::parse(Bytes(*answer).subspan(42));
    ASSERT_TRUE(quoted.ok());
    EXPECT_EQ(quoted.value().source, Script::peer_ip);
    s.in_frame(
        changed(s.ipv4_frame(IpProtocol::Udp, udp_datagram(999, numbered(4), Ipv4Address::broadcast())),
                [](std::uint8_t* ip) { wire::store_ipv4(ip + 16, Ipv4Address::broadcast()); }));
    EXPECT_FALSE(s.out_frame());
    EXPECT_EQ(s.dropped(Drop::UdpNoSocket), 2u);
}

TEST(Udp, a_full_queue_drops_the_newest) {  // U5
    Script s;
    auto& udp = s.stack().udp();
    SocketId const socket = udp.bind(Port(53)).value();
    for (std::uint8_t i = 0; i < 40; ++i) s.in_frame(s.ipv4_frame(IpProtocol::Udp, udp_datagram(53, {i})));
    EXPECT_EQ(s.dropped(Drop::UdpQueueFull), 24u);
    Octets byte(1);
    for (std::uint8_t i = 0; i < 16; ++i) {
        ASSERT_TRUE(udp.receive(socket, byte).ok());
        EXPECT_EQ(byte[0], i);
    }
    EXPECT_FALSE(udp.receive(socket, byte).ok());
}

TEST(Udp, a_datagram_waits_for_arp_and_is_dropped_if_nobody_answers) {
    Script s;
    auto& udp = s.stack().udp();
    SocketId const socket = udp.bind(Port()).value();
    ASSERT_TRUE(udp.send(socket, Endpoint{Ipv4Address(10, 0, 2, 99), Port(9)}, numbered(4)).ok());
    ASSERT_TRUE(udp.send(socket, Endpoint{Script::peer_ip, Port(9)}, numbered(4)).ok());
    auto const request = s.out_frame();
    ASSERT_TRUE(request);
    EXPECT_EQ((*request)[13], 6);  // ARP for .99
    EXPECT_TRUE(s.out_frame());    // it does not hold the other one up
    s.advance(Duration::seconds(4));
    s.discard_output();
    EXPECT_EQ(s.dropped(Drop::OutputUnresolved), 1u);
}

// ---- DHCP, end to end ----

TEST(Interface, gets_its_address_by_dhcp_and_serves_under_it) {
    CountingAllocator memory;
    SeededRandom random(1);
    Config config;
    config.mac = Script::our_mac;
    Instant now = Instant::from_boot(Duration::seconds(1));
    Interface* stack = Interface::create(config, memory, random).value();
    TxFrame out;
    auto const next = [&]() -> Frame {
        EXPECT_TRUE(stack->next_frame(out, now));
        Frame frame(out.size());
        out.copy_to(frame.data());
        return frame;
    };
    auto const answer = [&](Frame const& request, std::uint8_t type) {
        Octets message(request.begin() + 42, request.begin() + 42 + 240);
        message[0] = 2;
        wire::store_ipv4(&message[16], Script::our_ip);
        Octets const options{53, 1, type, 54, 4, 10, 0, 2,  2, 1, 4, 255, 255, 255,
                             0,  3, 4,    10, 0, 2,  2, 51, 4, 0, 1, 0,   0,   255};
        message.insert(message.end(), options.begin(), options.end());
        Octets datagram(8 + message.size());
        std::copy(message.begin(), message.end(), datagram.begin() + 8);
        wire::UdpHeader header{Port(67), Port(68), static_cast<std::uint16_t>(datagram.size())};
        header.emit(datagram, Script::peer_ip, Ipv4Address::broadcast());
        Frame frame(34 + datagram.size());
        wire::EthernetHeader{MacAddress::broadcast(), Script::peer_mac, wire::EtherType::Ipv4}.emit(
            frame.data());
        Ipv4Header ip;
        ip.total_length = static_cast<std::uint16_t>(20 + datagram.size());
        ip.protocol = IpProtocol::Udp;
        ip.source = Script::peer_ip;
        ip.destination = Ipv4Address::broadcast();
        ip.emit(&frame[14]);
        std::copy(datagram.begin(), datagram.end(), frame.begin() + 34);
        stack->on_frame(RxFrame{frame}, now);
    };
    EXPECT_TRUE(stack->tcp().listen(Endpoint{IpAddress(), Port(80)}).ok());  // before there is an address
    EXPECT_EQ(stack->tcp().connect(Endpoint{Script::peer_ip, Port(80)}).error(), Error::NetworkUnreachable);
    Frame frame = next();
    EXPECT_TRUE(wire::load_mac(frame.data()).is_broadcast());
    EXPECT_TRUE(wire::load_ipv4(&frame[26]).is_unspecified());
    answer(frame, 2);
    answer(next(), 5);
    EXPECT_EQ(stack->ipv4().address, Script::our_ip);
    EXPECT_EQ(stack->ipv4().gateway, Script::peer_ip);
    frame = next();
    EXPECT_EQ(frame[13], 6);  // announces itself
    EXPECT_FALSE(stack->next_frame(out, now));
    EXPECT_GT(stack->deadline(), now);
    Interface::destroy(stack);
    EXPECT_EQ(memory.blocks(), 0u);
}

// ---- memory ----

TEST(Interface, without_memory_it_is_not_made_or_drops_and_lives_on) {
    for (std::size_t limit = 0; limit < 200'000; limit += 4096) {
        CountingAllocator memory;
        memory.limit = limit;
        SeededRandom random(1);
        auto created = Interface::create(Script::default_config(), memory, random);
        if (!created.ok()) {
            EXPECT_EQ(created.error(), Error::NoMemory);
            EXPECT_EQ(memory.blocks(), 0u);
            continue;
        }
        Interface::destroy(created.value());
    }
    Script s;
    SocketId const socket = s.established();
    s.memory().limit = s.memory().used();
    s.in("P. 1:101(100) ack 1");
    EXPECT_EQ(s.dropped(Drop::TcpNoBuffer), 1u);
    EXPECT_EQ(s.stack().tcp().send(socket, numbered(10)).error(), Error::WouldBlock);
    s.in_frame(s.ipv4_frame(IpProtocol::Icmp, echo_request(8)));
    EXPECT_EQ(s.dropped(Drop::OutputNoMemory), 1u);
    s.memory().limit = SIZE_MAX;
    s.discard_output();
    s.in("P. 1:101(100) ack 1");
    s.expect_read(socket, 100);
}

// ---- anything ----

TEST(Interface, random_octets_of_any_kind_are_survived) {
    Script s;
    s.listen(80);
    SeededRandom random(42);
    wire::TcpHeader tcp;
    tcp.source = Port(9);
    tcp.destination = Port(80);
    tcp.flags = wire::TcpFlags::Ack;
    wire::TcpHeader syn = tcp;
    syn.flags = wire::TcpFlags::Syn;
    syn.mss = 1460;
    Frame const seeds[] = {s.ipv4_frame(IpProtocol::Icmp, echo_request(40)),
                           s.ipv4_frame(IpProtocol::Udp, udp_datagram(53, numbered(20))),
                           s.tcp_frame(syn, {}), s.tcp_frame(tcp, numbered(50))};
    ASSERT_TRUE(s.stack().udp().bind(Port(53)).ok());
    for (int i = 0; i < 60'000; ++i) {
        Frame frame = seeds[random.below(4)];
        for (std::uint64_t n = random.below(6); n > 0; --n)
            frame[random.chance(80) ? 14 + random.below(frame.size() - 14) : random.below(frame.size())] =
                static_cast<std::uint8_t>(random.next());
        if (random.chance(20)) frame.resize(random.below(frame.size() + 1));
        if (random.chance(70) && frame.size() >= 34) frame = changed(frame, [](std::uint8_t*) {});
        // Often "verified", so that damage gets past the checksums.
        s.in_frame(frame, random.chance(80) ? ChecksumState::Verified : ChecksumState::Unknown);
        s.discard_output();
        if (i % 500 == 0) s.advance(Duration::seconds(5));
    }
    s.expect_alive();
}

}  // namespace
}  // namespace net::testing
