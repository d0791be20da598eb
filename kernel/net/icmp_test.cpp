// SPDX-License-Identifier: MIT
//
// Errors from routers and hosts about packets of ours, and ours about packets of theirs.
// The letters C and I are those of the list of hostile input; H stands for [rfc1122 §3.2, §3.3].
#include "kernel/net/testing/packets.hpp"

namespace net::testing {
namespace {

using tcp::State;
using wire::IcmpHeader;
using wire::IpProtocol;
using Type = wire::IcmpHeader::Type;

// What somebody on the way says of a frame of ours.
Frame about(Script const& s, Frame const& sent, Type type, unsigned code, std::uint32_t rest = 0) {
    Octets message(IcmpHeader::size);
    message.insert(message.end(), sent.begin() + 14, sent.begin() + 14 + 28);
    IcmpHeader header;
    header.type = type;
    header.code = static_cast<std::uint8_t>(code);
    header.rest = rest;
    header.emit(message);
    return s.ipv4_frame(IpProtocol::Icmp, message);
}

// ---- about what we sent ----

TEST(IcmpErrors, only_hard_ones_end_an_attempt_to_connect) {  // MUST-56, SHLD-25, SHLD-26
    struct Case {
        Type type;
        unsigned code;
        bool ends;
        Error error;
    };
    for (Case const& c : {Case{Type::Unreachable, 0, false, Error::NetworkUnreachable},
                          Case{Type::Unreachable, 1, false, Error::HostUnreachable},
                          Case{Type::Unreachable, 2, true, Error::ConnectionRefused},
                          Case{Type::Unreachable, 3, true, Error::ConnectionRefused},
                          Case{Type::Unreachable, 5, false, Error::HostUnreachable},
                          Case{Type::Unreachable, 13, false, Error::HostUnreachable},
                          Case{Type::TimeExceeded, 0, false, Error::HostUnreachable},
                          Case{Type::TimeExceeded, 1, false, Error::HostUnreachable},
                          Case{Type::ParameterProblem, 0, false, Error::HostUnreachable}}) {
        SCOPED_TRACE(std::to_string(static_cast<unsigned>(c.type)) + '/' + std::to_string(c.code));
        Script s;
        auto& tcp = s.stack().tcp();
        SocketId const socket = s.connect(8080);
        Frame const syn = s.out_frame().value();
        s.in_frame(about(s, syn, c.type, c.code));
        EXPECT_EQ(tcp.readiness(socket).failed, c.ends);
        if (c.ends) {
            EXPECT_EQ(tcp.error(socket), c.error);
            continue;
        }
        s.state(socket, State::SynSent);
        EXPECT_TRUE(tcp.readiness(socket).troubled);
        EXPECT_EQ(tcp.information(socket).value().trouble, c.error);
        s.until_output();  // the SYN goes again, and nobody answers
        EXPECT_TRUE(s.out_frame());
        s.advance(Duration::seconds(400));
        EXPECT_EQ(tcp.error(socket), c.error) << "the last that a router said is why";
    }
}

TEST(IcmpErrors, none_ends_an_established_connection) {  // MUST-56, SHLD-26, RFC 5927 §5.2
    for (Type const type : {Type::Unreachable, Type::TimeExceeded, Type::ParameterProblem}) {
        for (unsigned code = 0; code < 16; ++code) {
            Script s;
            SocketId const socket = s.established();
            s.send(socket, 100);
            Frame const sent = s.out_frame().value();
            s.in_frame(about(s, sent, type, code, 1500));
            s.state(socket, State::Established);
            EXPECT_FALSE(s.stack().tcp().readiness(socket).failed);
            s.in(". 1:1(0) ack 101");
            s.in("P. 1:11(10) ack 101");
            s.expect_read(socket, 10);
        }
    }
}

TEST(IcmpErrors, a_half_open_connection_is_not_ended_either) {  // MUST-56
    Script s;
    SocketId const listener = s.listen(80);
    s.in("S 0:0(0) win 65535");
    s.out("S. 0:0(0) ack 1");
    s.in("S 0:0(0) win 65535");  // once more, for a frame to quote
    Frame const answer = s.out_frame().value();
    for (unsigned code = 0; code < 4; ++code) s.in_frame(about(s, answer, Type::Unreachable, code));
    s.in(". 1:1(0) ack 1");
    s.state(s.accept(listener), State::Established);
}

TEST(IcmpErrors, source_quench_changes_nothing) {  // C6, MUST-55, RFC 6633
    Script s;
    SocketId const socket = s.established();
    s.send(socket, 5 * 1460);
    Frame const sent = s.out_frame().value();
    s.discard_output();
    auto const before = s.stack().tcp().information(socket).value();
    for (int i = 0; i < 100; ++i) s.in_frame(about(s, sent, Type::SourceQuench, 0));
    auto const after = s.stack().tcp().information(socket).value();
    EXPECT_EQ(after.congestion_window, before.congestion_window);
    EXPECT_EQ(after.threshold, before.threshold);
    EXPECT_EQ(s.dropped(Drop::IcmpUnknownType), 100u);
    EXPECT_FALSE(s.stack().tcp().readiness(socket).troubled);
    s.silent();
}

TEST(IcmpErrors, a_redirect_does_not_move_our_gateway) {  // C7
    Script s;
    auto& udp = s.stack().udp();
    SocketId const socket = udp.bind(Port(99)).value();
    Endpoint const far{Ipv4Address(192, 0, 2, 7), Port(9)};
    ASSERT_TRUE(udp.send(socket, far, stream(0, 4)).ok());
    Frame const sent = s.out_frame().value();
    EXPECT_EQ(wire::load_mac(sent.data()), Script::peer_mac) << "by the gateway";
    for (unsigned code = 0; code < 4; ++code)
        s.in_frame(about(s, sent, Type::Redirect, code, Ipv4Address(10, 0, 2, 66).value()));
    EXPECT_EQ(s.dropped(Drop::IcmpUnknownType), 4u);
    ASSERT_TRUE(udp.send(socket, far, stream(0, 4)).ok());
    EXPECT_EQ(wire::load_mac(s.out_frame().value().data()), Script::peer_mac);
    EXPECT_EQ(s.stack().ipv4().gateway, Script::peer_ip);
}

TEST(IcmpErrors, a_path_as_wide_as_ours_or_wider_is_no_news) {  // C5
    Script s;
    SocketId const socket = s.established();
    s.send(socket, 1460);
    Frame const sent = s.out_frame().value();
    for (std::uint32_t mtu : {1500u, 1501u, 9000u, 65'535u, 0x1'0000u + 1500u})
        s.in_frame(about(s, sent, Type::Unreachable, IcmpHeader::FragmentationNeeded, mtu));
    auto const information = s.stack().tcp().information(socket).value();
    EXPECT_EQ(information.segment_size, 1460);
    EXPECT_EQ(information.retransmissions, 0u);
    s.silent();
}

TEST(IcmpErrors, of_another_connection_or_of_what_is_not_on_its_way_are_not_believed) {  // C4, RFC 5927 §4
    Script s;
    SocketId const socket = s.established();
    s.send(socket, 1460);
    Frame const sent = s.out_frame().value();
    auto const quoting = [&](std::size_t at, std::uint32_t value) {
        Frame wrong = sent;
        wire::store_be32(&wrong[at], value);
        return wrong;
    };
    std::uint32_t const sequence = wire::load_be32(&sent[38]);
    Frame const wrong[] = {
        quoting(38, sequence - 1),                              // acknowledged already: our SYN
        quoting(38, sequence + 1460),                           // not sent yet
        quoting(38, sequence + 0x8000'0000u),                   // half the circle away
        quoting(34, wire::load_be32(&sent[34]) ^ 1),            // to another port
        quoting(34, wire::load_be32(&sent[34]) ^ 0x0001'0000),  // from another port
        quoting(30, Ipv4Address(10, 0, 2, 3).value()),          // to another host
        quoting(26, Ipv4Address(10, 0, 2, 3).value()),          // not from us
    };
    for (Frame const& each : wrong) {
        s.in_frame(about(s, each, Type::Unreachable, IcmpHeader::FragmentationNeeded, 600));
        s.in_frame(about(s, each, Type::Unreachable, IcmpHeader::HostUnreachable));
    }
    EXPECT_EQ(s.dropped(Drop::IcmpBadQuote), 2 * std::size(wrong));
    EXPECT_EQ(s.stack().tcp().information(socket).value().segment_size, 1460);
    EXPECT_FALSE(s.stack().tcp().readiness(socket).troubled);
    s.silent();
}

// ---- about what they sent ----

// A datagram for a port that nobody has, behind these IP options.
Frame with_options(Script const& s, Octets const& options, std::size_t data = 40) {
    Frame frame = s.ipv4_frame(IpProtocol::Udp, udp_datagram(999, stream(0, data)));
    frame.insert(frame.begin() + 34, options.begin(), options.end());
    return changed(frame, [&](std::uint8_t* ip) {
        ip[0] = static_cast<std::uint8_t>(0x40 | (20 + options.size()) / 4);
        wire::store_be16(ip + 2, static_cast<std::uint16_t>(frame.size() - 14));
    });
}

// The mistake was in the answer: it had options, too, and believed their pointers.
TEST(IcmpErrors, about_a_packet_with_options_quote_it_as_it_came) {  // I9, CVE-2019-12256, H8
    Octets longest(40, 1);
    Octets route{7, 39, 4};
    route.resize(40);
    std::vector<Octets> all{{1, 1, 1, 0}, {148, 4, 0, 0}, longest, route};
    for (std::uint8_t pointer : {0, 1, 3, 4, 5, 8, 9, 255})  // of route records and time stamps
        for (std::uint8_t kind : {7, 68}) all.push_back({kind, 7, pointer, 0, 0, 0, 0, 0});
    Script s;
    for (Octets const& options : all) {
        SCOPED_TRACE(::testing::PrintToString(options));
        Frame const came = with_options(s, options);
        s.in_frame(came);
        auto const told = s.out_frame();
        ASSERT_TRUE(told);
        EXPECT_EQ((*told)[14], 0x45) << "the answer has none";
        auto const ip = wire::Ipv4Header::parse(Bytes(*told).subspan(14));
        ASSERT_TRUE(ip.ok());
        Bytes const message = Bytes(*told).subspan(34);
        EXPECT_EQ(ip.value().payload_length(), message.size());
        ASSERT_TRUE(IcmpHeader::parse(message).ok());
        Bytes const quote = message.subspan(IcmpHeader::size);
        EXPECT_TRUE(std::equal(quote.begin(), quote.end(), came.begin() + 14, came.end()));
        s.advance(Duration::seconds(1));
    }
    s.in_frame(with_options(s, {131, 7, 4, 10, 0, 2, 2, 0, 137, 7, 4, 10, 0, 2, 2, 0}));  // two source routes
    EXPECT_EQ(s.dropped(Drop::Ipv4SourceRoute), 1u);
    EXPECT_FALSE(s.out_frame());
    s.expect_alive();
}

TEST(IcmpErrors, quote_as_much_as_every_host_accepts) {  // H8, RFC 1812 §4.3.2.3
    for (std::size_t data : {std::size_t{0}, std::size_t{1}, std::size_t{519}, std::size_t{520},
                             std::size_t{521}, std::size_t{1400}}) {
        Script s;
        Frame const came = with_options(s, {}, data);
        s.in_frame(came);
        auto const told = s.out_frame();
        ASSERT_TRUE(told);
        std::size_t const packet = wire::load_be16(&(*told)[16]);
        EXPECT_EQ(packet, std::min<std::size_t>(576, 28 + came.size() - 14)) << data;
        EXPECT_TRUE(std::equal(told->begin() + 42, told->begin() + 14 + static_cast<std::ptrdiff_t>(packet),
                               came.begin() + 14));
    }
}

TEST(IcmpErrors, are_never_about_an_error_a_later_piece_or_what_went_to_many) {  // C8, H7
    Script s;
    // An error of a kind that we do not know, to a protocol that we do not: nothing.
    for (Type const type : {Type::Unreachable, Type::SourceQuench, Type::Redirect, Type::TimeExceeded,
                            Type::ParameterProblem}) {
        Octets message(36);
        IcmpHeader header;
        header.type = type;
        header.emit(message);
        // Its first piece comes and no other: after a minute nobody is told.
        s.in_frame(changed(s.ipv4_frame(IpProtocol::Icmp, Octets(message.begin(), message.begin() + 16)),
                           [&](std::uint8_t* ip) {
                               wire::store_be16(ip + 4, static_cast<std::uint16_t>(type));
                               wire::store_be16(ip + 6, 0x2000);
                           }));
    }
    // Nor about one that began with a later piece, or went to everybody.
    s.in_frame(changed(s.ipv4_frame(IpProtocol::Udp, Octets(16)), [](std::uint8_t* ip) {
        wire::store_be16(ip + 4, 77);
        wire::store_be16(ip + 6, 0x2001);
    }));
    s.in_frame(changed(s.ipv4_frame(static_cast<IpProtocol>(99), Octets(16)),
                       [](std::uint8_t* ip) { wire::store_ipv4(ip + 16, Ipv4Address(10, 0, 2, 255)); }));
    s.advance(Duration::seconds(70));
    EXPECT_FALSE(s.out_frame());
    EXPECT_EQ(s.dropped(Drop::FragmentTimeout) + s.dropped(Drop::FragmentTableFull), 6u);
    s.expect_alive();
}

}  // namespace
}  // namespace net::testing
