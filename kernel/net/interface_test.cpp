// SPDX-License-Identifier: MIT
//
// The stack below TCP, seen from the link: Ethernet, IPv4, ICMP and DHCP, with good packets
// and bad ones. The letters are those of the list of hostile input: E, I, C.
#include "kernel/net/interface.hpp"

#include "kernel/net/testing/packets.hpp"
#include "kernel/net/wire/dhcp.hpp"

namespace net::testing {
namespace {

using wire::IcmpHeader;
using wire::IpProtocol;
using wire::Ipv4Header;

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

// Whoever answered would answer what everybody on the link has got. [rfc1122 §3.2.2, §3.3.6]
TEST(Interface, packets_for_us_in_frames_for_many_are_dropped_without_a_word) {  // I8, C8
    Script s;
    s.listen(80);
    ASSERT_TRUE(s.stack().udp().bind(Port(53)).ok());
    wire::TcpHeader syn;
    syn.source = Port(9);
    syn.destination = Port(80);
    syn.flags = wire::TcpFlags::Syn;
    Frame const frames[] = {s.tcp_frame(syn, {}), s.ipv4_frame(IpProtocol::Icmp, echo_request(8)),
                            s.ipv4_frame(IpProtocol::Udp, udp_datagram(53, stream(0, 4))),
                            s.ipv4_frame(IpProtocol::Udp, udp_datagram(999, stream(0, 4))),
                            s.ipv4_frame(static_cast<IpProtocol>(99), Octets(8))};
    for (MacAddress const to : {MacAddress::broadcast(), MacAddress({1, 0, 0x5e, 0, 0, 1})})
        for (Frame frame : frames) {
            wire::store_mac(frame.data(), to);
            s.in_frame(frame);
        }
    EXPECT_FALSE(s.out_frame());
    EXPECT_EQ(s.dropped(Drop::GroupFrame), 10u);
    EXPECT_EQ(s.stack().tcp().connections(), 0u);
    s.expect_alive();
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
    s.in_frame(s.ipv4_frame(static_cast<IpProtocol>(4), stream(0, 60)));
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
    for (int i = 0; i < 50; ++i) s.in_frame(s.ipv4_frame(IpProtocol::Udp, udp_datagram(999, stream(0, 4))));
    int answers = 0;
    while (s.out_frame()) ++answers;
    EXPECT_EQ(answers, 10);
    EXPECT_EQ(s.dropped(Drop::IcmpRateLimited), 40u);
    s.advance(Duration::seconds(1));
    s.in_frame(s.ipv4_frame(IpProtocol::Udp, udp_datagram(999, stream(0, 4))));
    EXPECT_TRUE(s.out_frame());
}

// Spoofed pings chose five addresses of one set of the cache: each displaced another that was
// asked for, and all were asked for without end.
TEST(Interface, many_hosts_that_do_not_answer_are_not_asked_without_end) {
    Script s;
    for (std::uint8_t i = 1; i < 16; ++i)
        s.in_frame(changed(s.ipv4_frame(IpProtocol::Icmp, echo_request(8)), [&](std::uint8_t* ip) {
            wire::store_ipv4(ip + 12, Ipv4Address(10, 0, 2, static_cast<std::uint8_t>(16 * i + 4)));
        }));
    unsigned questions = 0;
    while (s.out_frame()) ++questions;
    EXPECT_EQ(questions, 4u) << "as many as the set has places";
    EXPECT_GT(s.dropped(Drop::ArpTableFull), 0u);
    s.advance(Duration::seconds(10));
    s.expect_alive();
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

    // Somebody answers the announcement: he has the address.
    auto const conflict = [&] {
        Frame arp(42);
        wire::EthernetHeader{Script::our_mac, Script::peer_mac, wire::EtherType::Arp}.emit(arp.data());
        wire::ArpPacket{wire::ArpPacket::Operation::Reply, Script::peer_mac, Script::our_ip, Script::our_mac,
                        Script::our_ip}
            .emit(arp.data() + 14);
        stack->on_frame(RxFrame{arp}, now);
    };
    conflict();
    EXPECT_FALSE(stack->ipv4().is_configured());
    frame = next();  // DECLINE, by broadcast and from nobody
    EXPECT_TRUE(wire::load_ipv4(&frame[26]).is_unspecified());
    EXPECT_EQ(frame[42 + 242], 4);
    EXPECT_FALSE(stack->next_frame(out, now));
    EXPECT_EQ(stack->deadline(), now + Duration::seconds(10));
    now = stack->deadline();
    answer(next(), 2);
    answer(next(), 5);
    EXPECT_EQ(stack->ipv4().address, Script::our_ip);
    next();
    now = now + Duration::seconds(3);  // nobody objected: who comes now comes too late
    while (stack->next_frame(out, now)) {
    }
    conflict();
    EXPECT_EQ(stack->ipv4().address, Script::our_ip);
    frame = next();
    EXPECT_EQ(frame[13], 6);  // defends it
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
    EXPECT_EQ(s.stack().tcp().send(socket, stream(0, 10)).error(), Error::WouldBlock);
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
                           s.ipv4_frame(IpProtocol::Udp, udp_datagram(53, stream(0, 20))),
                           s.tcp_frame(syn, {}), s.tcp_frame(tcp, stream(0, 50))};
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
