// SPDX-License-Identifier: MIT
//
// What SYNs offer, and what follows from it: scaled windows, time stamps, blocks behind
// holes. [rfc7323] [rfc2018] [rfc2883]
#include "kernel/net/testing/script.hpp"

namespace net::testing {
namespace {

using tcp::State;

// A connection that the script opened with these options, the handshake done.
SocketId opened(Script& s, std::string const& options, char const* ack = ". 1:1(0) ack 1") {
    SocketId const listener = s.listen(80);
    s.in(("S 0:0(0) win 65535 <" + options + ">").c_str());
    s.out("S. 0:0(0) ack 1");
    s.in(ack);
    return s.accept(listener);
}

Config with_buffers(std::uint32_t octets) {
    Config config = Script::default_config();
    config.limits.receive_buffer = config.limits.send_buffer = octets;
    return config;
}

TEST(Options, our_syn_offers_all_and_their_answer_chooses) {
    Script s;
    SocketId const socket = s.connect(8080);
    s.out("S 0:0(0) win 16384 <mss 1460,sackOK,TS 0 ecr 0,wscale 0>");
    s.in("S. 0:0(0) ack 1 win 1000 <mss 1460,wscale 7>");
    s.out(". 1:1(0) ack 1");
    EXPECT_FALSE(s.last().timestamps);
    auto const information = s.stack().tcp().information(socket).value();
    EXPECT_EQ(information.send_window, 1000u);  // in a SYN nothing is scaled [rfc7323 §2.2]
    EXPECT_FALSE(information.timestamps);
    EXPECT_FALSE(information.sack);
    EXPECT_EQ(information.send_shift, 7u);
    s.in(". 1:1(0) ack 1 win 1000");
    EXPECT_EQ(s.stack().tcp().information(socket).value().send_window, 128'000u);
}

TEST(Options, our_answer_has_what_their_syn_had_and_no_more) {
    Script s;
    s.listen(80);
    s.in("S 0:0(0) win 65535 <mss 1460>");
    s.out("S. 0:0(0) ack 1 <mss 1460>");
    EXPECT_FALSE(s.last().timestamps);
    EXPECT_FALSE(s.last().sack_permitted);
    EXPECT_FALSE(s.last().window_scale);
    s.ports(40'001, 80);
    s.in("S 0:0(0) win 65535 <mss 1460,sackOK,TS 4711,wscale 3>");
    s.out("S. 0:0(0) ack 1 <mss 1460,sackOK,TS 0 ecr 4711,wscale 0>");
}

TEST(Options, both_sides_may_open_at_once_with_them) {
    Script s;
    SocketId const socket = s.connect(8080);
    s.out("S 0:0(0)");
    s.in("S 0:0(0) win 65535 <mss 1460,sackOK,TS 9,wscale 2>");
    s.out("S. 0:0(0) ack 1 <mss 1460,sackOK,TS 0 ecr 9,wscale 0>");
    s.in("S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS 10,wscale 2>");
    s.state(socket, State::Established);
}

TEST(Options, what_the_configuration_does_not_want_is_not_offered) {
    Config config = Script::default_config();
    config.offers = {false, false, false};
    Script s(config);
    s.connect(8080);
    s.out("S 0:0(0) <mss 1460>");
    EXPECT_EQ(s.last().emitted_size(), 24u);
    Script t(config);
    opened(t, "mss 1460,sackOK,TS 1,wscale 7");
    EXPECT_EQ(t.last().emitted_size(), 24u);
}

TEST(Options, a_large_buffer_is_offered_in_units_of_its_scale) {
    Script s(with_buffers(256 * 1024));
    SocketId const listener = s.listen(80);
    s.in("S 0:0(0) win 65535 <mss 1460,wscale 0>");
    s.out("S. 0:0(0) ack 1 win 65535 <mss 1460,wscale 3>");
    s.in(". 1:1(0) ack 1");
    SocketId const socket = s.accept(listener);
    s.in("P. 1:1461(1460) ack 1");
    s.in("P. 1461:2921(1460) ack 1");
    s.out(". 1:1(0) ack 2921 win 32403");  // 262,144 less 2,920, in eights
    s.expect_read(socket, 2920);
    // More than 64 KiB may be in flight.
    for (unsigned at = 2921; at < 100'000; at += 1460) {
        std::string const begin = std::to_string(at), end = std::to_string(at + 1460);
        s.in((". " + begin + ":" + end + "(1460) ack 1").c_str());
    }
    EXPECT_EQ(s.dropped(Drop::TcpOutsideWindow), 0u);
    s.discard_output();
    s.expect_read(socket, (100'000 - 2921 + 1459) / 1460 * 1460);
}

TEST(Options, without_their_scale_ours_does_not_count) {
    Script s(with_buffers(256 * 1024));
    s.established();
    s.in("P. 1:1461(1460) ack 1");
    s.in("P. 1461:2921(1460) ack 1");
    s.out(". 1:1(0) ack 2921 win 65535");
}

TEST(Options, a_scale_beyond_14_is_14) {
    Script s;
    SocketId const socket = opened(s, "mss 1460,wscale 200");
    EXPECT_EQ(s.stack().tcp().information(socket).value().send_shift, 14u);
}

TEST(Timestamps, are_in_every_segment_once_agreed_and_take_their_room) {  // MUST-16
    Script s;
    SocketId const socket = opened(s, "mss 1460,TS 100", ". 1:1(0) ack 1 <TS 101>");
    s.send(socket, 3000);
    s.out(". 1:1449(1448) ack 1 <TS 0 ecr 101>");
    s.out(". 1449:2897(1448) ack 1 <TS 0 ecr 101>");
    s.in(". 1:1(0) ack 2897 <TS 150>");
    s.out("P. 2897:3001(104) ack 1 <TS 0 ecr 150>");
}

TEST(Timestamps, echo_what_the_first_unacknowledged_octet_came_with) {  // RFC 7323 §4.3
    Script s;
    opened(s, "mss 1460,TS 100", ". 1:1(0) ack 1 <TS 101>");
    s.in(". 101:201(100) ack 1 <TS 120>");  // behind a hole: its clock does not count
    s.out(". 1:1(0) ack 1 <TS 0 ecr 101>");
    s.in(". 1:101(100) ack 1 <TS 110>");
    s.out(". 1:1(0) ack 201 <TS 0 ecr 110>");
    s.in("P. 201:211(10) ack 1 <TS 130>");  // a delayed ACK echoes the first of those it waits for
    s.in("P. 211:221(10) ack 1 <TS 140>");
    s.advance(Duration::milliseconds(50));
    s.out(". 1:1(0) ack 221 <TS 0 ecr 130>");
}

TEST(Timestamps, a_segment_without_them_is_dropped_but_not_a_reset) {  // RFC 7323 §3.2
    Script s;
    SocketId const socket = opened(s, "mss 1460,TS 100", ". 1:1(0) ack 1 <TS 101>");
    s.in("P. 1:11(10) ack 1");
    s.silent();
    EXPECT_EQ(s.dropped(Drop::TcpNoTimestamp), 1u);
    s.in("R 1:1(0)");
    s.state(socket, State::Closed);
}

TEST(Timestamps, an_old_one_is_told_and_dropped) {  // T15, PAWS
    Script s;
    SocketId const socket = opened(s, "mss 1460,TS 100", ". 1:1(0) ack 1 <TS 101>");
    s.in("P. 1:11(10) ack 1 <TS 50>");
    s.out(". 1:1(0) ack 1");
    EXPECT_EQ(s.dropped(Drop::TcpOldTimestamp), 1u);
    s.expect_read(socket, 0);
    s.in("P. 1:11(10) ack 1 <TS 101>");  // the same tick is not older
    s.expect_read(socket, 10);
}

// Or one forged segment with a number in the window would make the peer's own look old.
TEST(Timestamps, of_an_ack_of_what_was_never_sent_count_for_nothing) {  // T15
    Script s;
    SocketId const socket = opened(s, "mss 1460,TS 100", ". 1:1(0) ack 1 <TS 101>");
    s.in("P. 1:11(10) ack 9999 <TS 900000>");
    s.out(". 1:1(0) ack 1");
    EXPECT_EQ(s.dropped(Drop::TcpBadAck), 1u);
    s.in("P. 1:11(10) ack 1 <TS 102>");
    s.expect_read(socket, 10);
}

TEST(Timestamps, the_clock_may_wrap) {  // T15
    Script s;
    SocketId const socket = opened(s, "mss 1460,TS 4294967290", ". 1:1(0) ack 1 <TS 4294967295>");
    s.in("P. 1:11(10) ack 1 <TS 5>");
    s.expect_read(socket, 10);
    s.in("P. 11:21(10) ack 1 <TS 4294967290>");
    s.expect_read(socket, 0);
    EXPECT_EQ(s.dropped(Drop::TcpOldTimestamp), 1u);
}

TEST(Timestamps, after_24_days_of_silence_any_clock_is_right) {  // T15
    Script s;
    SocketId const socket = opened(s, "mss 1460,TS 100", ". 1:1(0) ack 1 <TS 101>");
    s.advance(Duration::seconds(25 * 24 * 3600));
    s.in("P. 1:11(10) ack 1 <TS 50>");
    s.expect_read(socket, 10);
}

TEST(Timestamps, time_what_was_sent_twice) {  // RFC 6298 §3
    Script s;
    SocketId const socket = opened(s, "mss 1460,TS 100", ". 1:1(0) ack 1 <TS 101>");
    auto const rtt = [&] { return s.stack().tcp().information(socket).value().smoothed_rtt; };
    Duration const before = rtt();
    s.send(socket, 10);
    s.out("P. 1:11(10) ack 1");
    s.advance(Duration::seconds(1));
    s.out("P. 1:11(10) ack 1");
    s.advance(Duration::milliseconds(100));
    s.in(". 1:1(0) ack 11 <TS 200>");  // echoes the second one
    EXPECT_NE(rtt(), before);
    EXPECT_LE(rtt(), Duration::milliseconds(300));
}

TEST(Timestamps, begin_elsewhere_for_each_pair_of_ends) {  // RFC 7323 §7.1
    Script s;
    s.listen(80);
    std::set<std::uint32_t> clocks;
    for (std::uint16_t port = 1; port <= 100; ++port) {
        s.ports(port, 80);
        s.in("S 0:0(0) win 65535 <mss 1460,TS 1>");
        s.out("S. 0:0(0) ack 1");
        clocks.insert(s.last().timestamps->value >> 16);
    }
    EXPECT_GE(clocks.size(), 90u);
}

TEST(Timestamps, end_time_wait_for_a_newer_syn_whatever_its_number) {  // RFC 6191, SHLD-4, T14
    for (bool newer : {true, false}) {
        Script s;
        SocketId const socket = opened(s, "mss 1460,TS 100", ". 1:1(0) ack 1 <TS 101>");
        s.stack().tcp().close(socket);
        s.out("F. 1:1(0) ack 1");
        s.in("F. 1:1(0) ack 2 <TS 102>");
        s.out(". 2:2(0) ack 2");
        s.use_peer_isn(s.peer_isn() - 1'000'000);
        s.in(newer ? "S 0:0(0) win 65535 <mss 1460,TS 103>" : "S 0:0(0) win 65535 <mss 1460,TS 102>");
        auto const answer = s.out_frame();
        ASSERT_TRUE(answer);
        EXPECT_EQ(((*answer)[47] & wire::TcpFlags::Syn) != 0, newer);
    }
}

TEST(Sack, says_what_came_behind_holes_the_latest_first) {  // RFC 2018 §4
    Script s;
    opened(s, "mss 1460,sackOK");
    s.in(". 101:201(100) ack 1");
    s.out(". 1:1(0) ack 1 <sack 101:201>");
    s.in(". 301:401(100) ack 1");
    s.out(". 1:1(0) ack 1 <sack 301:401,sack 101:201>");
    s.in(". 501:601(100) ack 1");
    s.out(". 1:1(0) ack 1 <sack 501:601,sack 301:401,sack 101:201>");
    s.in(". 201:301(100) ack 1");
    s.out(". 1:1(0) ack 1 <sack 101:401,sack 501:601>");
    s.in(". 1:101(100) ack 1");
    s.out(". 1:1(0) ack 401 <sack 501:601>");
    s.in(". 401:501(100) ack 1");
    s.out(". 1:1(0) ack 601");
    EXPECT_EQ(s.last().sack_count, 0u);
}

// Eight segments of 500 octets, of which the first is here: the examples of RFC 2018 §4 with
// 5001 for 1, and what the receiver is to say.
struct Example {
    explicit Example() {
        SocketId const listener = s.listen(80);
        s.in("S 0:0(0) win 65535 <mss 500,sackOK>");
        s.out("S. 0:0(0) ack 1");
        s.in(". 1:1(0) ack 1");
        s.accept(listener);
    }
    void segment(unsigned i) {
        unsigned const begin = 1 + 500 * i;
        s.in((". " + std::to_string(begin) + ":" + std::to_string(begin + 500) + "(500) ack 1").c_str());
    }
    void says(unsigned ack, std::vector<std::pair<unsigned, unsigned>> const& blocks) {
        std::string text = ". 1:1(0) ack " + std::to_string(1 + 500 * ack);
        for (std::size_t i = 0; i < blocks.size(); ++i)
            text += std::string(i == 0 ? " <" : ",") + "sack " + std::to_string(1 + 500 * blocks[i].first) +
                    ":" + std::to_string(1 + 500 * blocks[i].second);
        s.out((text + (blocks.empty() ? "" : ">")).c_str());
        if (blocks.empty()) {
            EXPECT_EQ(s.last().sack_count, 0u);
        }
    }
    Script s;
};

TEST(Sack, example_case_1_the_first_four_come_and_the_last_four_are_lost) {  // RFC 2018 §4
    Example e;
    for (unsigned i = 0; i < 4; ++i) e.segment(i);
    e.s.advance(Duration::milliseconds(40));
    e.says(4, {});
}

TEST(Sack, example_case_2_the_first_is_lost_and_seven_come) {  // RFC 2018 §4
    Example e;
    for (unsigned i = 1; i < 8; ++i) {
        e.segment(i);
        e.says(0, {{1, i + 1}});
    }
}

TEST(Sack, example_case_3_every_second_one_is_lost_and_two_come_later) {  // RFC 2018 §4
    Example e;
    e.segment(0);
    e.segment(2);
    e.says(1, {{2, 3}});
    e.segment(4);
    e.says(1, {{4, 5}, {2, 3}});
    e.segment(6);
    e.says(1, {{6, 7}, {4, 5}, {2, 3}});
    e.segment(3);  // the fourth, out of order
    e.says(1, {{2, 5}, {6, 7}});
    e.segment(1);  // and the second
    e.says(5, {{6, 7}});
}

TEST(Sack, duplicate_example_1_an_ack_was_lost) {  // RFC 2883 §4.1.1
    Example e;
    for (unsigned i = 0; i < 2; ++i) e.segment(i);
    e.s.advance(Duration::milliseconds(40));
    e.s.discard_output();
    e.segment(0);
    e.says(2, {{0, 1}});
}

TEST(Sack, duplicate_example_2_beside_what_is_out_of_order) {  // RFC 2883 §4.1.2
    Example e;
    e.segment(0);
    e.segment(2);
    e.says(1, {{2, 3}});
    e.segment(0);
    e.says(1, {{0, 1}, {2, 3}});
}

TEST(Sack, duplicate_example_3_of_what_is_out_of_order) {  // RFC 2883 §4.1.3
    Example e;
    e.segment(0);
    e.segment(2);
    e.says(1, {{2, 3}});
    e.segment(3);
    e.says(1, {{2, 4}});
    e.segment(3);
    e.says(1, {{3, 4}, {2, 4}});
}

TEST(Sack, has_four_blocks_or_three_beside_time_stamps) {
    for (bool stamped : {false, true}) {
        Script s;
        opened(s, stamped ? "mss 1460,sackOK,TS 1" : "mss 1460,sackOK",
               stamped ? ". 1:1(0) ack 1 <TS 1>" : ". 1:1(0) ack 1");
        for (unsigned at : {101u, 301u, 501u, 701u, 901u}) {
            std::string const begin = std::to_string(at), end = std::to_string(at + 100);
            s.in((". " + begin + ":" + end + "(100) ack 1" + (stamped ? " <TS 1>" : "")).c_str());
            s.out(". 1:1(0) ack 1");
        }
        EXPECT_EQ(s.last().sack_count, stamped ? 3u : 4u);
        EXPECT_EQ(s.last().sack[0].begin.raw() - s.peer_isn(), 901u);
        EXPECT_LE(s.last().emitted_size(), wire::TcpHeader::largest_size);
    }
}

TEST(Sack, is_silent_when_it_was_not_agreed) {
    Script s;
    s.established();
    s.in(". 101:201(100) ack 1");
    s.out(". 1:1(0) ack 1");
    EXPECT_EQ(s.last().sack_count, 0u);
}

TEST(Sack, tells_once_of_what_came_twice) {  // RFC 2883 §4
    Script s;
    opened(s, "mss 1460,sackOK");
    s.in("P. 1:101(100) ack 1");
    s.in("P. 1:101(100) ack 1");
    s.out(". 1:1(0) ack 101 <sack 1:101>");
    s.in(". 201:301(100) ack 1");
    s.out(". 1:1(0) ack 101 <sack 201:301>");
    s.in(". 201:301(100) ack 1");  // twice behind a hole: both blocks are the same
    s.out(". 1:1(0) ack 101 <sack 201:301>");
    s.in(". 151:251(100) ack 1");  // the duplicate lies in a larger block
    s.out(". 1:1(0) ack 101 <sack 201:251,sack 151:301>");
    s.in(". 301:401(100) ack 1");
    s.out(". 1:1(0) ack 101 <sack 151:401>");
}

TEST(Sack, tells_of_what_comes_again_after_its_ack_left) {  // RFC 2883 §4.1
    Script s;
    opened(s, "mss 1460,sackOK");
    s.in("P. 1:101(100) ack 1");
    s.until_output();
    s.out(". 1:1(0) ack 101");
    s.in("P. 1:101(100) ack 1");
    s.out(". 1:1(0) ack 101 <sack 1:101>");
    s.in(". 51:51(0) ack 1");  // without data nothing came twice
    s.out(". 1:1(0) ack 101");
    EXPECT_EQ(s.last().sack_count, 0u);
    s.in("S 0:0(0) win 65535");  // nor is a SYN data
    s.out(". 1:1(0) ack 101");
    EXPECT_EQ(s.last().sack_count, 0u);
}

TEST(Sack, a_duplicate_from_before_the_stream_ends_where_its_data_does) {
    Script s;
    opened(s, "mss 1460,sackOK");
    s.in("P. 1:101(100) ack 1");
    s.until_output();
    s.out(". 1:1(0) ack 101");
    s.in(". 4294967247:51(100) ack 1");  // its first half is nothing that we know
    s.out(". 1:1(0) ack 101 <sack 1:51>");
}

TEST(Sack, rides_on_data_that_leaves_room_for_it) {  // RFC 2018 §4
    Script s;
    SocketId const socket = opened(s, "mss 1460,sackOK");
    s.in(". 101:201(100) ack 1");
    s.send(socket, 3000);
    s.out(". 1:1449(1448) ack 1 <sack 101:201>");
    s.out(". 1449:2897(1448) ack 1 <sack 101:201>");
    s.in(". 1:101(100) ack 2897");
    s.out("P. 2897:3001(104) ack 201");
    EXPECT_EQ(s.last().sack_count, 0u);
}

TEST(Sack, options_of_a_syn_are_parsed_and_emitted_in_any_company) {
    SeededRandom random(21);
    for (int i = 0; i < 2000; ++i) {
        wire::TcpOptions options;
        if (random.chance(50)) options.mss = static_cast<std::uint16_t>(random.next());
        if (random.chance(50)) options.window_scale = static_cast<std::uint8_t>(random.below(15));
        options.sack_permitted = random.chance(50);
        if (random.chance(50))
            options.timestamps = {static_cast<std::uint32_t>(random.next()),
                                  static_cast<std::uint32_t>(random.next())};
        bool const is_syn = random.chance(50);
        if (!is_syn) {
            options.mss.reset();
            options.window_scale.reset();
            options.sack_permitted = false;
            options.sack_count = static_cast<std::uint8_t>(random.below(options.timestamps ? 4 : 5));
            for (std::uint8_t b = 0; b < options.sack_count; ++b)
                options.sack[b] = {tcp::SeqNum(static_cast<std::uint32_t>(random.next())),
                                   tcp::SeqNum(static_cast<std::uint32_t>(random.next()))};
        }
        std::vector<std::uint8_t> octets(options.emitted_size());
        ASSERT_EQ(octets.size() % 4, 0u);
        ASSERT_LE(octets.size(), wire::TcpOptions::largest_size);
        options.emit(octets.data());
        auto const parsed = wire::TcpOptions::parse(octets, is_syn);
        ASSERT_TRUE(parsed.ok());
        EXPECT_EQ(parsed.value(), options);
    }
}

TEST(Sack, lengths_that_cannot_be_condemn_the_segment) {  // T4
    auto const parse = [](std::vector<std::uint8_t> const& octets) {
        return wire::TcpOptions::parse(octets, true).ok();
    };
    for (std::uint8_t length = 0; length < 40; ++length) {
        std::vector<std::uint8_t> octets(40, 1);
        octets[1] = length;
        octets[0] = 3;
        EXPECT_EQ(parse(octets), length == 3) << unsigned{length};
        octets[0] = 4;
        EXPECT_EQ(parse(octets), length == 2) << unsigned{length};
        octets[0] = 5;
        EXPECT_EQ(parse(octets), length > 2 && (length - 2) % 8 == 0) << unsigned{length};
        octets[0] = 8;
        EXPECT_EQ(parse(octets), length == 10) << unsigned{length};
    }
}

}  // namespace
}  // namespace net::testing
