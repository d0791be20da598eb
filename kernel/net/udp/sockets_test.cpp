// SPDX-License-Identifier: MIT
//
// Datagram sockets without a peer, with one, and with an output queue that is full. The
// letter U is that of the list of hostile input.
#include "kernel/net/udp/sockets.hpp"

#include <gtest/gtest.h>

#include "kernel/net/testing/packets.hpp"
#include "kernel/net/testing/ports.hpp"
#include "kernel/net/wire/icmp.hpp"

namespace net::testing {
namespace {

using wire::IcmpHeader;
using wire::IpProtocol;

TEST(Udp, datagrams_are_received_and_sent) {
    Script s;
    auto& udp = s.stack().udp();
    SocketId const socket = udp.bind(Port(53)).value();
    EXPECT_EQ(udp.bind(Port(53)).error(), Error::AddressInUse);
    s.in_frame(s.ipv4_frame(IpProtocol::Udp, udp_datagram(53, stream(0, 30))));
    EXPECT_EQ(s.stack().next_ready(), socket);
    Octets bytes(100);
    auto const received = udp.receive(socket, bytes);
    ASSERT_TRUE(received.ok());
    EXPECT_EQ(received.value().length, 30u);
    EXPECT_FALSE(received.value().truncated);
    EXPECT_EQ(received.value().from, (Endpoint{Script::peer_ip, Port(5353)}));
    EXPECT_EQ(bytes[29], stream_byte(29));
    EXPECT_EQ(udp.receive(socket, bytes).error(), Error::WouldBlock);

    ASSERT_TRUE(udp.send(socket, received.value().from, stream(0, 20)).ok());
    auto const frame = s.out_frame();
    ASSERT_TRUE(frame);
    auto const header =
        wire::UdpHeader::parse(Bytes(*frame).subspan(34), Script::our_ip, Script::peer_ip, true);
    ASSERT_TRUE(header.ok());
    EXPECT_EQ(header.value(), (wire::UdpHeader{Port(53), Port(5353), 28}));
}

TEST(Udp, a_port_that_we_choose_is_not_to_be_guessed) {  // N8, RFC 6056
    Script s;
    auto& udp = s.stack().udp();
    expect_not_to_be_guessed([&] {
        SocketId const socket = udp.bind(Port()).value();
        std::uint16_t const port = udp.local_port(socket).value();
        udp.close(socket);
        return port;
    });
}

TEST(Udp, a_datagram_larger_than_the_buffer_is_cut_and_one_larger_than_the_link_is_fragmented) {
    Script s;
    auto& udp = s.stack().udp();
    SocketId const socket = udp.bind(Port()).value();
    std::uint16_t const port = udp.local_port(socket).value();
    EXPECT_GE(port, 49'152);
    s.in_frame(s.ipv4_frame(IpProtocol::Udp, udp_datagram(port, stream(0, 30))));
    Octets bytes(10);
    auto const received = udp.receive(socket, bytes);
    EXPECT_TRUE(received.value().truncated);
    EXPECT_EQ(received.value().length, 10u);
    ASSERT_TRUE(udp.send(socket, Endpoint{Script::peer_ip, Port(9)}, stream(0, 4000)).ok());
    int frames = 0;
    while (s.out_frame()) ++frames;
    EXPECT_EQ(frames, 3);
    EXPECT_EQ(udp.send(socket, Endpoint{Script::peer_ip, Port(9)}, Octets(65'508)).error(),
              Error::MessageTooLong);
}

TEST(Udp, sockets_are_listed_with_their_peers_and_what_they_have_not_read) {
    Script s;
    auto& udp = s.stack().udp();
    udp::Information list[2];
    EXPECT_EQ(udp.list(list), 0u);
    SocketId const first = udp.bind(Port(53)).value(), second = udp.bind(Port(54)).value();
    ASSERT_TRUE(udp.connect(second, Endpoint{Script::peer_ip, Port(5353)}).ok());
    for (int i = 0; i < 3; ++i) s.in_frame(s.ipv4_frame(IpProtocol::Udp, udp_datagram(54, stream(0, 4))));
    ASSERT_EQ(udp.list(list), 2u);
    EXPECT_EQ(list[0].local, Port(53));
    EXPECT_FALSE(list[0].peer);
    EXPECT_EQ(list[0].unread, 0);
    EXPECT_EQ(list[1].local, Port(54));
    EXPECT_EQ(list[1].peer, (Endpoint{Script::peer_ip, Port(5353)}));
    EXPECT_EQ(list[1].unread, 3);
    EXPECT_EQ(udp.list(std::span(list).first(1)), 1u) << "as far as there is room";
    udp.close(first);
    ASSERT_EQ(udp.list(list), 1u);
    EXPECT_EQ(list[0].local, Port(54));
}

TEST(Udp, pieces_of_a_large_datagram_fit_the_link) {
    for (std::uint16_t mtu : {68, 69, 575, 576, 1001, 1500}) {
        Config config = Script::default_config();
        config.mtu = mtu;
        Script s(config);
        SocketId const socket = s.stack().udp().bind(Port()).value();
        ASSERT_TRUE(s.stack().udp().send(socket, Endpoint{Script::peer_ip, Port(9)}, stream(0, 4000)).ok());
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
    s.in_frame(s.ipv4_frame(IpProtocol::Udp, udp_datagram(999, stream(0, 4))));
    auto const answer = s.out_frame();
    ASSERT_TRUE(answer);
    EXPECT_EQ((*answer)[34], 3);
    EXPECT_EQ((*answer)[35], 3);
    auto const quoted = wire::QuotedPacket::parse(Bytes(*answer).subspan(42));
    ASSERT_TRUE(quoted.ok());
    EXPECT_EQ(quoted.value().source, Script::peer_ip);
    s.in_frame(
        changed(s.ipv4_frame(IpProtocol::Udp, udp_datagram(999, stream(0, 4), Ipv4Address::broadcast())),
                [](std::uint8_t* ip) { wire::store_ipv4(ip + 16, Ipv4Address::broadcast()); }));
    EXPECT_FALSE(s.out_frame());
    EXPECT_EQ(s.dropped(Drop::UdpNoSocket), 2u);
}

TEST(Udp, an_answer_to_a_broadcast_has_our_own_address) {  // [rfc1122 §4.1.3.5]
    for (Ipv4Address const to : {Ipv4Address::broadcast(), Ipv4Address(10, 0, 2, 255)}) {
        Script s;
        auto& udp = s.stack().udp();
        SocketId const socket = udp.bind(Port(53)).value();
        Frame frame = changed(s.ipv4_frame(IpProtocol::Udp, udp_datagram(53, stream(0, 4), to)),
                              [&](std::uint8_t* ip) { wire::store_ipv4(ip + 16, to); });
        wire::store_mac(frame.data(), MacAddress::broadcast());
        s.in_frame(frame);
        Octets bytes(10);
        auto const received = udp.receive(socket, bytes);
        ASSERT_TRUE(received.ok());
        ASSERT_TRUE(udp.send(socket, received.value().from, stream(0, 4)).ok());
        auto const answer = s.out_frame();
        ASSERT_TRUE(answer);
        EXPECT_EQ(wire::load_ipv4(&(*answer)[26]), Script::our_ip);
        EXPECT_EQ(wire::load_ipv4(&(*answer)[30]), Script::peer_ip);
    }
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
    ASSERT_TRUE(udp.send(socket, Endpoint{Ipv4Address(10, 0, 2, 99), Port(9)}, stream(0, 4)).ok());
    ASSERT_TRUE(udp.send(socket, Endpoint{Script::peer_ip, Port(9)}, stream(0, 4)).ok());
    auto const request = s.out_frame();
    ASSERT_TRUE(request);
    EXPECT_EQ((*request)[13], 6);  // ARP for .99
    EXPECT_TRUE(s.out_frame());    // it does not hold the other one up
    s.advance(Duration::seconds(4));
    s.discard_output();
    EXPECT_EQ(s.dropped(Drop::OutputUnresolved), 1u);
}

// ---- with a peer ----

constexpr Endpoint peer{Script::peer_ip, Port(5353)};

Frame datagram(Script& s, std::uint16_t from, Port to, Octets const& data) {
    return s.ipv4_frame(IpProtocol::Udp, udp_datagram(to.value(), data, Script::our_ip, from));
}

// What a host says about a packet of ours that it could not deliver.
Frame unreachable(Script& s, Frame const& sent, std::uint8_t code) {
    Octets message(IcmpHeader::size);
    message.insert(message.end(), sent.begin() + 14, sent.begin() + 14 + 28);
    IcmpHeader header;
    header.type = IcmpHeader::Type::Unreachable;
    header.code = code;
    header.emit(message);
    return s.ipv4_frame(IpProtocol::Icmp, message);
}

struct UdpPeer : ::testing::Test {
    Script s;
    udp::Sockets& udp = s.stack().udp();
    SocketId socket = udp.bind(Port()).value();
    Octets bytes = Octets(64);
};

TEST_F(UdpPeer, a_socket_with_a_peer_hears_nobody_else) {
    EXPECT_EQ(udp.send(socket, bytes).error(), Error::NotConnected);
    s.in_frame(datagram(s, 99, udp.local_port(socket), {1}));  // from before there was a peer
    ASSERT_TRUE(udp.connect(socket, peer).ok());
    EXPECT_EQ(udp.receive(socket, bytes).error(), Error::WouldBlock);
    s.in_frame(datagram(s, 99, udp.local_port(socket), {2}));
    EXPECT_EQ(udp.receive(socket, bytes).error(), Error::WouldBlock);
    EXPECT_EQ(s.dropped(Drop::UdpNoSocket), 1u);
    s.discard_output();
    s.in_frame(datagram(s, 5353, udp.local_port(socket), {3}));
    auto const got = udp.receive(socket, bytes);
    ASSERT_TRUE(got.ok());
    EXPECT_EQ(bytes[0], 3);
    EXPECT_EQ(got.value().from, peer);
    ASSERT_TRUE(udp.send(socket, Bytes(bytes).first(4)).ok());
    auto const frame = s.out_frame();
    ASSERT_TRUE(frame);
    EXPECT_EQ(wire::load_be16(&(*frame)[36]), 5353);
}

TEST_F(UdpPeer, a_peer_must_be_one_host_and_one_port) {
    for (Endpoint const& wrong :
         {Endpoint{Script::peer_ip, Port()}, Endpoint{Ipv4Address::broadcast(), Port(9)},
          Endpoint{Ipv4Address(224, 0, 0, 1), Port(9)}, Endpoint{IpAddress(), Port(9)},
          Endpoint{Ipv6Address(1, 2), Port(9)}})
        EXPECT_EQ(udp.connect(socket, wrong).error(), Error::InvalidAddress);
    udp.close(socket);
    EXPECT_EQ(udp.connect(socket, peer).error(), Error::InvalidSocket);
}

TEST_F(UdpPeer, what_icmp_says_of_the_peer_is_told_once) {  // [rfc1122 §4.1.3.3]
    ASSERT_TRUE(udp.connect(socket, peer).ok());
    ASSERT_TRUE(udp.send(socket, Bytes(bytes).first(4)).ok());
    Frame const sent = s.out_frame().value();
    while (s.stack().next_ready()) {
    }
    s.in_frame(unreachable(s, sent, IcmpHeader::PortUnreachable));
    EXPECT_EQ(s.stack().next_ready(), socket) << "whoever waits is woken";
    EXPECT_TRUE(udp.readiness(socket).failed);
    EXPECT_EQ(udp.receive(socket, bytes).error(), Error::ConnectionRefused);
    EXPECT_EQ(udp.receive(socket, bytes).error(), Error::WouldBlock);
    s.in_frame(unreachable(s, sent, 1));
    EXPECT_EQ(udp.send(socket, Bytes(bytes).first(4)).error(), Error::HostUnreachable);
    EXPECT_TRUE(udp.send(socket, Bytes(bytes).first(4)).ok());
}

TEST_F(UdpPeer, what_icmp_says_of_others_is_dropped) {
    ASSERT_TRUE(udp.send(socket, peer, Bytes(bytes).first(4)).ok());
    Frame sent = s.out_frame().value();
    s.in_frame(unreachable(s, sent, IcmpHeader::PortUnreachable));  // it has no peer
    EXPECT_EQ(udp.receive(socket, bytes).error(), Error::WouldBlock);
    ASSERT_TRUE(udp.connect(socket, peer).ok());
    wire::store_be16(&sent[36], 5354);  // somebody else's port
    s.in_frame(unreachable(s, sent, IcmpHeader::PortUnreachable));
    wire::store_be16(&sent[36], 5353);
    s.in_frame(unreachable(s, sent, IcmpHeader::FragmentationNeeded));  // ours may be fragmented
    EXPECT_FALSE(udp.readiness(socket).failed);
    EXPECT_EQ(s.dropped(Drop::IcmpUnheard), 1u);
    EXPECT_EQ(s.dropped(Drop::IcmpBadQuote), 2u);
}

TEST_F(UdpPeer, a_full_output_queue_says_when_there_is_room) {
    unsigned sent = 0;
    for (;; ++sent) {
        auto const result = udp.send(socket, peer, Bytes(bytes).first(4));
        if (result.ok()) continue;
        EXPECT_EQ(result.error(), Error::WouldBlock);
        break;
    }
    EXPECT_GE(sent, 16u);
    EXPECT_FALSE(s.stack().next_ready()) << "still full";
    EXPECT_FALSE(udp.readiness(socket).writable);
    while (s.out_frame()) {
    }
    EXPECT_EQ(s.stack().next_ready(), socket);
    EXPECT_FALSE(s.stack().next_ready()) << "told once";
    EXPECT_TRUE(udp.send(socket, peer, Bytes(bytes).first(4)).ok());
}

TEST_F(UdpPeer, a_socket_that_waits_for_room_may_be_closed) {
    while (udp.send(socket, peer, Bytes(bytes).first(4)).ok()) {
    }
    udp.close(socket);
    while (s.out_frame()) {
    }
    EXPECT_FALSE(s.stack().next_ready());
    SocketId const next = udp.bind(Port(7)).value();
    EXPECT_TRUE(udp.send(next, peer, Bytes(bytes).first(4)).ok());
}

// From port 0: the sender wants no answer, and gets none. [rfc768]
TEST_F(UdpPeer, nobody_answers_port_0) {  // U3
    s.in_frame(datagram(s, 0, udp.local_port(socket), {1, 2}));
    auto const got = udp.receive(socket, bytes);
    ASSERT_TRUE(got.ok());
    EXPECT_EQ(got.value().length, 2u);
    EXPECT_EQ(udp.send(socket, got.value().from, Bytes(bytes).first(2)).error(), Error::InvalidAddress);
    s.in_frame(datagram(s, 5353, Port(), {1}));
    EXPECT_EQ(s.dropped(Drop::UdpBadPort), 1u);
    EXPECT_FALSE(s.out_frame());
}

TEST_F(UdpPeer, without_memory_a_datagram_is_an_error_and_not_a_wait) {
    s.memory().limit = s.memory().used();
    EXPECT_EQ(udp.send(socket, peer, Bytes(bytes).first(4)).error(), Error::NoMemory);
}

// ---- what the application chooses ----

TEST(UdpShared, a_port_may_have_several_sockets_if_all_of_them_say_so) {
    Script s;
    auto& udp = s.stack().udp();
    SocketId const alone = udp.bind(Port(53)).value();
    EXPECT_EQ(udp.bind(Port(53), Versions::Both, true).error(), Error::AddressInUse) << "one does not";
    udp.close(alone);
    SocketId const all = udp.bind(Port(53), Versions::Both, true).value();
    EXPECT_EQ(udp.bind(Port(53)).error(), Error::AddressInUse);
    SocketId const one = udp.bind(Port(53), Versions::Both, true).value();
    SocketId const other = udp.bind(Port(53), Versions::Both, true).value();
    ASSERT_TRUE(udp.connect(one, peer).ok());
    ASSERT_TRUE(udp.connect(other, {Script::peer_ip, Port(99)}).ok());
    s.in_frame(datagram(s, 5353, Port(53), {1}));
    s.in_frame(datagram(s, 99, Port(53), {2}));
    s.in_frame(datagram(s, 7, Port(53), {3}));
    Octets bytes(8);
    for (auto const& [socket, octet] : {std::pair{one, 1}, {other, 2}, {all, 3}}) {
        ASSERT_TRUE(udp.receive(socket, bytes).ok()) << octet;
        EXPECT_EQ(bytes[0], octet);
        EXPECT_EQ(udp.receive(socket, bytes).error(), Error::WouldBlock) << octet;
    }
    // What ICMP says is for the one whose peer it is about, too.
    ASSERT_TRUE(udp.send(other, Octets{4}).ok());
    s.in_frame(unreachable(s, *s.out_frame(), 3));
    EXPECT_EQ(udp.take_error(one), Error::WouldBlock);
    EXPECT_EQ(udp.take_error(other), Error::ConnectionRefused);
    EXPECT_EQ(udp.take_error(other), Error::WouldBlock) << "told once";
    udp.close(other);
    EXPECT_EQ(udp.take_error(other), Error::InvalidSocket);
}

TEST(UdpBuffer, a_bound_of_octets_drops_what_does_not_fit) {
    Script s;
    auto& udp = s.stack().udp();
    SocketId const socket = udp.bind(Port(53)).value();
    ASSERT_TRUE(udp.set_receive_buffer(socket, 1024).ok());
    for (std::size_t const size : {600u, 500u, 424u})
        s.in_frame(s.ipv4_frame(IpProtocol::Udp, udp_datagram(53, stream(0, size))));
    EXPECT_EQ(s.dropped(Drop::UdpQueueFull), 1u);
    EXPECT_EQ(udp.information(socket).value().unread, 2u);
    EXPECT_EQ(udp.information(socket).value().unread_octets, 1024u);
    Octets bytes(1000);
    EXPECT_EQ(udp.receive(socket, bytes).value().length, 600u);
    EXPECT_EQ(udp.receive(socket, bytes).value().length, 424u);
    s.in_frame(s.ipv4_frame(IpProtocol::Udp, udp_datagram(53, stream(0, 1000))));
    EXPECT_EQ(udp.receive(socket, bytes).value().length, 1000u) << "what was read makes room";
    udp.close(socket);
    EXPECT_EQ(udp.set_receive_buffer(socket, 1024).error(), Error::InvalidSocket);
    EXPECT_EQ(udp.information(socket).error(), Error::InvalidSocket);
}

}  // namespace
}  // namespace net::testing
