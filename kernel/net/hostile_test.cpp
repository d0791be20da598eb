// SPDX-License-Identifier: MIT
//
// Hostile inputs that are nobody's own subject. All of them, with their tests, stand in
// docs/reference/hostile-input.md; after each the host answers ping.
#include <set>

#include "kernel/net/testing/packets.hpp"

namespace net::testing {
namespace {

using tcp::State;
using wire::IpProtocol;

struct Piece {
    std::size_t begin, length;
    bool more;
};
Frame piece_of(Script const& s, Octets const& whole, Piece piece, IpProtocol protocol = IpProtocol::Icmp) {
    Octets const part(whole.begin() + static_cast<std::ptrdiff_t>(piece.begin),
                      whole.begin() + static_cast<std::ptrdiff_t>(piece.begin + piece.length));
    return changed(s.ipv4_frame(protocol, part), [&](std::uint8_t* header) {
        wire::store_be16(header + 4, 77);
        wire::store_be16(header + 6,
                         static_cast<std::uint16_t>(piece.begin / 8 | (piece.more ? 0x2000u : 0u)));
    });
}

// The frame with four octets of IP options more.
Frame with_option(Frame const& frame, std::array<std::uint8_t, 4> const& option) {
    Frame longer = frame;
    longer.insert(longer.begin() + 34, option.begin(), option.end());
    return changed(longer, [&](std::uint8_t* header) {
        header[0] = 0x46;
        wire::store_be16(header + 2, static_cast<std::uint16_t>(frame.size() - 14 + 4));
    });
}

TEST(Hostile, the_largest_ping_comes_in_pieces_and_is_not_put_together) {  // C3: 65,507 octets of data
    Script s;
    Octets const whole = echo_request(65'507);
    ASSERT_EQ(whole.size(), 65'515u);
    s.expect_alive();
    std::size_t const before = s.memory().used();
    for (std::size_t at = 0; at < whole.size(); at += 1480) {
        std::size_t const length = std::min<std::size_t>(1480, whole.size() - at);
        s.in_frame(piece_of(s, whole, {at, length, at + length < whole.size()}));
        EXPECT_LE(s.memory().used(), before + 20'000);
    }
    EXPECT_FALSE(s.out_frame());
    EXPECT_GT(s.dropped(Drop::FragmentTooLarge), 0u);
    s.expect_alive();
}

TEST(Hostile, all_pieces_but_one_are_forgotten_after_a_minute) {  // F8
    for (std::size_t missing = 0; missing < 2000; missing += 200) {
        Script s;
        Octets const whole = echo_request(2000 - 8);
        std::size_t const before = s.memory().used();
        for (std::size_t at = 0; at < 2000; at += 200)
            if (at != missing) s.in_frame(piece_of(s, whole, {at, 200, at < 1800}));
        EXPECT_FALSE(s.out_frame());
        s.advance(Duration::seconds(61));
        EXPECT_EQ(s.out_frame().has_value(), missing != 0) << missing;  // only if the first had come
        s.discard_output();
        EXPECT_EQ(s.memory().used(), before);
        s.expect_alive();
    }
}

TEST(Hostile, pieces_whose_options_differ_do_no_harm) {  // F12
    Script s;
    Octets const whole = echo_request(2000 - 8);
    s.in_frame(with_option(piece_of(s, whole, {0, 1000, true}), {1, 1, 1, 0}));
    s.in_frame(piece_of(s, whole, {1000, 1000, false}));
    auto const reply = s.out_frame();
    ASSERT_TRUE(reply);
    EXPECT_EQ((*reply)[14], 0x45);  // what leaves has none
    s.expect_alive();
    Script t;
    t.in_frame(piece_of(t, whole, {0, 1000, true}));
    t.in_frame(with_option(piece_of(t, whole, {1000, 1000, false}), {0x83, 3, 4, 0}));  // a source route
    EXPECT_EQ(t.dropped(Drop::Ipv4SourceRoute) + t.dropped(Drop::Ipv4BadOptions), 1u);
    EXPECT_FALSE(t.out_frame());
    t.expect_alive();
}

TEST(Hostile, a_packet_in_a_packet_is_refused_whole_and_in_pieces) {  // I10, CVE-2020-11896
    auto const tunnel = static_cast<IpProtocol>(4);
    Script s;
    Frame const inner = s.ipv4_frame(IpProtocol::Icmp, echo_request(100));
    Octets packet(inner.begin() + 14, inner.end());
    wire::store_be16(&packet[2], 60'000);  // longer than what carries it
    s.in_frame(s.ipv4_frame(tunnel, packet));
    auto const told = s.out_frame();
    ASSERT_TRUE(told);
    EXPECT_EQ((*told)[34], 3);
    EXPECT_EQ((*told)[35], 2);  // protocol unreachable
    s.in_frame(piece_of(s, packet, {0, 64, true}, tunnel));
    s.in_frame(piece_of(s, packet, {64, packet.size() - 64, false}, tunnel));
    EXPECT_EQ(s.dropped(Drop::Ipv4UnknownProtocol), 2u);
    s.expect_alive();
}

TEST(Hostile, a_peer_that_opens_with_a_closed_window_is_asked_and_harms_nobody) {  // T11
    Script s;
    SocketId const socket = s.connect(40'000);
    s.out("S 0:0(0)");
    s.in("S. 0:0(0) ack 1 win 0 <mss 1000>");
    s.out(". 1:1(0) ack 1");
    s.send(socket, 10);
    s.silent();
    for (int i = 0; i < 30; ++i) {  // for an hour
        s.until_output();
        s.out(". 1:2(1) ack 1");
        s.in(". 1:1(0) ack 1 win 0");
    }
    s.state(socket, State::Established);
    s.in(". 1:1(0) ack 1 win 1");
    s.in(". 1:1(0) ack 1 win 1000");
    s.until_output();
    s.out("P. 1:11(10) ack 1");
    s.expect_alive();
}

TEST(Hostile, a_window_that_shrinks_to_nothing_below_what_is_out_stops_us_and_no_more) {  // T11
    for (unsigned window : {0u, 1u, 100u}) {
        Script s;
        SocketId const socket = s.established();
        s.send(socket, 6 * 1460);
        s.discard_output();
        s.in((". 1:1(0) ack 1461 win " + std::to_string(window)).c_str());
        s.discard_output();
        s.advance(Duration::seconds(30));
        s.in(". 1:1(0) ack 1461 win 65535");
        s.discard_output();
        s.in(". 1:1(0) ack 8761 win 65535");
        EXPECT_EQ(s.stack().tcp().information(socket).value().unacknowledged, 0u);
        s.expect_alive();
    }
}

TEST(Hostile, duplicates_that_nobody_caused_open_no_window) {  // T17
    Config config = Script::default_config();
    config.limits.send_buffer = 256 * 1024;
    Script s(config);
    SocketId const socket = s.established();
    s.send(socket, 200'000);
    s.discard_output();  // ten segments are out
    for (int i = 0; i < 1000; ++i) {
        s.in(". 1:1(0) ack 1");
        s.discard_output();
    }
    // Each of the ten can have caused one; and those that these let go.
    EXPECT_LE(s.stack().tcp().information(socket).value().congestion_window, 40'000u);
    s.expect_alive();
}

TEST(Hostile, transaction_numbers_of_dhcp_are_not_to_be_guessed) {  // D10
    std::set<std::uint32_t> seen;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        SeededRandom random(seed);
        Statistics statistics;
        dhcp::Client client(Script::our_mac, random, statistics);
        client.start();
        wire::DhcpMessage message;
        Ipv4Address to;
        ASSERT_TRUE(client.next_message(message, to, Instant::from_boot(Duration::seconds(1))));
        seen.insert(message.transaction);
    }
    EXPECT_EQ(seen.size(), 50u);
}

}  // namespace
}  // namespace net::testing
