// SPDX-License-Identifier: MIT
//
// What an application chooses and is told: keep-alives, time-outs, time to live, the
// differentiated services field, troubles that pass.
#include <gmock/gmock.h>

#include "kernel/base/format.hpp"
#include "kernel/net/testing/script.hpp"

namespace net::testing {
namespace {

using tcp::Settings;
using tcp::State;

void change(Script& s, SocketId socket, auto&& how) {
    Settings settings = s.stack().tcp().settings(socket);
    how(settings);
    s.stack().tcp().configure(socket, settings);
}

TEST(KeepAlive, is_off_until_somebody_asks) {  // MUST-24, MUST-25
    Script s;
    SocketId const socket = s.established();
    EXPECT_FALSE(s.stack().tcp().settings(socket).keep_alive);
    s.advance(Duration::seconds(24 * 3600));
    s.silent();
    change(s, socket, [](Settings& settings) { settings.keep_alive = true; });
    EXPECT_EQ(s.until_output(Duration::seconds(10'000)), Duration::seconds(7200));  // MUST-28
    s.out(". 0:0(0) ack 1");  // SHLD-12: no data, and a number that it has already
    change(s, socket, [](Settings& settings) { settings.keep_alive = false; });
    s.advance(Duration::seconds(24 * 3600));
    s.silent();
    s.state(socket, State::Established);
}

TEST(KeepAlive, asks_only_when_nothing_came_and_at_the_chosen_interval) {  // MUST-26, MUST-27
    Script s;
    SocketId const socket = s.established();
    change(s, socket, [](Settings& settings) {
        settings.keep_alive = true;
        settings.keep_alive_idle = Duration::seconds(60);
        settings.keep_alive_interval = Duration::seconds(5);
    });
    s.advance(Duration::seconds(50));
    s.in("P. 1:11(10) ack 1");
    s.advance(Duration::seconds(1));
    s.discard_output();
    EXPECT_EQ(s.until_output(), Duration::seconds(59));
    s.out(". 0:0(0) ack 11");
    s.in(". 11:11(0) ack 1");  // it is there
    EXPECT_EQ(s.until_output(), Duration::seconds(60));
    s.out(". 0:0(0) ack 11");
    EXPECT_EQ(s.until_output(), Duration::seconds(5));
    s.out(". 0:0(0) ack 11");
}

TEST(KeepAlive, one_lost_question_ends_nothing_and_many_do) {  // MUST-29
    Script s;
    SocketId const socket = s.established();
    change(s, socket, [](Settings& settings) {
        settings.keep_alive = true;
        settings.keep_alive_idle = Duration::seconds(60);
        settings.keep_alive_interval = Duration::seconds(5);
        settings.keep_alive_probes = 3;
    });
    for (int seconds : {60, 5, 5}) {
        EXPECT_EQ(s.until_output(), Duration::seconds(seconds));
        s.out(". 0:0(0) ack 1");
        s.state(socket, State::Established);
    }
    s.advance(Duration::seconds(5));
    s.out("R. 1:1(0) ack 1");
    EXPECT_EQ(s.stack().tcp().error(socket), Error::TimedOut);
}

TEST(KeepAlive, every_answer_counts_however_long_the_interval_is) {
    Script s;
    SocketId const socket = s.established();
    change(s, socket, [](Settings& settings) {
        settings.keep_alive = true;
        settings.keep_alive_idle = Duration::seconds(60);
        settings.keep_alive_interval = Duration::seconds(75);
        settings.keep_alive_probes = 3;
    });
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(s.until_output(), Duration::seconds(60)) << i;
        s.out(". 0:0(0) ack 1");
        s.advance(Duration::milliseconds(100));
        s.in(". 1:1(0) ack 1");
    }
    s.state(socket, State::Established);
}

TEST(KeepAlive, a_time_of_nothing_is_a_second) {  // or time would stand still
    Script s;
    SocketId const socket = s.established();
    change(s, socket, [](Settings& settings) {
        settings.keep_alive = true;
        settings.keep_alive_idle = settings.keep_alive_interval = Duration();
    });
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(s.until_output(), Duration::seconds(1));
        s.out(". 0:0(0) ack 1");
    }
    // However soon an answer comes: not one question after the other.
    for (int i = 0; i < 3; ++i) {
        s.in(". 1:1(0) ack 1");
        EXPECT_EQ(s.until_output(), Duration::seconds(1)) << i;
        s.out(". 0:0(0) ack 1");
    }
}

TEST(KeepAlive, nobody_is_asked_in_time_wait) {  // MUST-24: which would be answered with a reset
    Script s;
    SocketId const socket = s.established();
    change(s, socket, [](Settings& settings) {
        settings.keep_alive = true;
        settings.keep_alive_idle = Duration::seconds(30);
    });
    s.advance(Duration::seconds(5));
    s.stack().tcp().close(socket);
    s.out("F. 1:1(0) ack 1");
    s.in("F. 1:1(0) ack 2");
    s.out(". 2:2(0) ack 2");
    EXPECT_EQ(s.stack().tcp().connections(), 1u);
    s.advance(Duration::seconds(600));
    s.silent();
    EXPECT_EQ(s.stack().tcp().connections(), 0u);
}

TEST(KeepAlive, a_listeners_choice_is_that_of_its_connections) {
    Script s;
    SocketId const listener = s.listen(80);
    change(s, listener, [](Settings& settings) {
        settings.keep_alive = true;
        settings.keep_alive_idle = Duration::seconds(30);
        settings.time_to_live = 7;
    });
    s.in("S 0:0(0) win 65535");
    auto const frame = s.out_frame();
    ASSERT_TRUE(frame);
    EXPECT_EQ((*frame)[22], 7);
}

TEST(Settings, what_is_not_allowed_is_put_right_for_listeners_and_connections_alike) {
    Script s;
    SocketId const listener = s.listen(80);
    for (SocketId const socket : {listener, s.connect(81)}) {
        change(s, socket, [](Settings& settings) {
            settings.keep_alive_idle = Duration();
            settings.keep_alive_interval = Duration::milliseconds(999);
            settings.traffic_class = 0xff;
        });
        Settings const chosen = s.stack().tcp().settings(socket);
        EXPECT_EQ(chosen.keep_alive_idle, Duration::seconds(1)) << (socket == listener);
        EXPECT_EQ(chosen.keep_alive_interval, Duration::seconds(1)) << (socket == listener);
        EXPECT_EQ(chosen.traffic_class, 0xfc) << (socket == listener);
    }
}

TEST(Buffers, a_smaller_one_for_receiving_is_the_largest_window) {
    Script s;
    SocketId const listener = s.listen(80);
    change(s, listener, [](Settings& settings) { settings.receive_buffer = 4096; });
    s.in("S 0:0(0) win 65535 <mss 1460>");
    s.out("S. 0:0(0) ack 1 win 4096 <mss 1460>");
    s.in(". 1:1(0) ack 1");
    SocketId const socket = s.accept(listener);
    s.in(". 1:1461(1460) ack 1");
    s.in(". 1461:2921(1460) ack 1");
    s.out(". 1:1(0) ack 2921 win 1176");
    s.in("P. 2921:4381(1460) ack 1");  // more than was offered
    s.out(". 1:1(0) ack 4097 win 0");
    EXPECT_EQ(s.dropped(Drop::TcpOutsideWindow), 1u);
    s.expect_read(socket, 4096);
    s.out(". 1:1(0) ack 4097 win 4096");
}

TEST(Buffers, an_active_open_offers_no_more_either) {
    Script s;
    SocketId const socket =
        s.stack().tcp().connect({Script::peer_ip, Port(8080)}, {IpAddress(), Port(4000)}).value();
    change(s, socket, [](Settings& settings) { settings.receive_buffer = 3000; });
    s.ports(8080, 4000);
    s.out("S 0:0(0) win 3000");
    s.in("S. 0:0(0) ack 1 win 65535 <mss 1460>");
    s.out(". 1:1(0) ack 1 win 3000");
}

TEST(Buffers, a_window_that_was_offered_is_not_taken_back) {  // SHLD-14
    Script s;
    SocketId const socket = s.established();
    change(s, socket, [](Settings& settings) { settings.receive_buffer = 2048; });
    s.silent();
    s.in(". 1:1461(1460) ack 1");
    s.in("P. 1461:2921(1460) ack 1");
    s.out(". 1:1(0) ack 2921 win 13464");
    s.expect_read(socket, 2920);
    s.in("P. 2921:4381(1460) ack 1");
    s.advance(Duration::milliseconds(50));
    s.out(". 1:1(0) ack 4381 win 12004");  // to 16385 still: nothing new is offered
    EXPECT_EQ(s.dropped(Drop::TcpOutsideWindow), 0u);
}

TEST(Buffers, a_larger_one_is_offered_at_once) {
    Script s;
    SocketId const listener = s.listen(80);
    change(s, listener, [](Settings& settings) { settings.receive_buffer = 2048; });
    s.in("S 0:0(0) win 65535 <mss 1460>");
    s.out("S. 0:0(0) ack 1 win 2048");
    s.in(". 1:1(0) ack 1");
    SocketId const socket = s.accept(listener);
    s.silent();
    change(s, socket, [](Settings& settings) { settings.receive_buffer = 16'384; });
    s.out(". 1:1(0) ack 1 win 16384");
}

TEST(Buffers, a_smaller_one_for_sending_takes_less_and_what_is_in_it_stays) {
    Script s;
    SocketId const socket = s.established();
    auto& tcp = s.stack().tcp();
    EXPECT_EQ(tcp.send(socket, stream(0, 5000)).value(), 5000u);
    change(s, socket, [](Settings& settings) { settings.send_buffer = 4096; });
    EXPECT_EQ(tcp.send(socket, stream(5000, 100)).error(), Error::WouldBlock);
    EXPECT_FALSE(tcp.readiness(socket).writable);
    s.out(". 1:1461(1460) ack 1");
    s.out(". 1461:2921(1460) ack 1");
    s.out(". 2921:4381(1460) ack 1");
    s.in(". 1:1(0) ack 1461");
    EXPECT_EQ(tcp.send(socket, stream(5000, 5000)).value(), 556u) << "4096 less 3540 that are out";
    while (s.stack().next_ready()) {
    }
    change(s, socket, [](Settings& settings) { settings.send_buffer = 8192; });
    EXPECT_EQ(s.stack().next_ready(), socket) << "there is room again";
    EXPECT_EQ(tcp.information(socket).value().send_buffer, 8192u);
}

TEST(Buffers, are_no_smaller_than_a_kilobyte_and_no_larger_than_the_stacks) {
    Script s;
    SocketId const listener = s.listen(80);
    for (SocketId const socket : {listener, s.connect(81)}) {
        EXPECT_EQ(s.stack().tcp().settings(socket).send_buffer, 16'384u);
        change(s, socket,
               [](Settings& settings) { settings.send_buffer = 1, settings.receive_buffer = 1 << 30; });
        EXPECT_EQ(s.stack().tcp().settings(socket).send_buffer, 1024u);
        EXPECT_EQ(s.stack().tcp().settings(socket).receive_buffer, 16'384u);
    }
}

TEST(Information, counts_the_octets_of_the_streams_and_what_was_sent_again) {
    Script s;
    SocketId const socket = s.established();
    auto const seen = [&] { return s.stack().tcp().information(socket).value(); };
    EXPECT_EQ(seen().bytes_sent + seen().bytes_acknowledged + seen().bytes_received, 0u)
        << "a SYN is no octet";
    s.send(socket, 1000);
    s.out("P. 1:1001(1000) ack 1");
    EXPECT_EQ(seen().bytes_sent, 1000u);
    s.advance(Duration::milliseconds(300));  // lost
    s.out("P. 1:1001(1000) ack 1");
    EXPECT_EQ(seen().retransmissions, 1u);
    EXPECT_EQ(seen().bytes_sent, 1000u);
    EXPECT_EQ(seen().bytes_acknowledged, 0u);
    s.in("P. 1:51(50) ack 1001");
    EXPECT_EQ(seen().bytes_acknowledged, 1000u);
    EXPECT_EQ(seen().bytes_received, 50u);
    s.in("F. 51:51(0) ack 1001");
    EXPECT_EQ(seen().bytes_received, 50u) << "nor is a FIN";
    char text[300];
    base::BufferSink sink(text);
    print(sink, "{}", seen());
    EXPECT_THAT(
        std::string(sink.text()),
        ::testing::MatchesRegex("CLOSE-WAIT, rtt [0-9]+/[0-9]+ us, rto [0-9]+ ms, cwnd [0-9]+, ssthresh "
                                "[0-9]+, mss 1460, again 1, sent 1000, acknowledged 1000, received 50"));
}

TEST(Settings, a_cork_keeps_small_segments_until_it_is_pulled) {
    if (!tcp::Sender::knows_cork) GTEST_SKIP() << "these halves know no cork";
    Script s;
    SocketId const socket = s.established();
    tcp::Settings settings;
    settings.cork = settings.no_delay = true;
    s.stack().tcp().configure(socket, settings);
    s.send(socket, 100);
    s.silent();
    s.send(socket, 1500);
    s.out(". 1:1461(1460) ack 1");  // a full one leaves
    s.in(". 1:1(0) ack 1461");
    s.silent();
    settings.cork = false;
    s.stack().tcp().configure(socket, settings);
    s.out("P. 1461:1601(140) ack 1");
    s.silent();
    s.advance(Duration::milliseconds(190));  // the timer is that of the segment, not of the cork
    s.in(". 1:1(0) ack 1601");
    s.advance(Duration::seconds(10));
    s.silent();
    EXPECT_EQ(s.stack().statistics().retransmissions, 0u);
}

TEST(Settings, a_cork_that_is_forgotten_lets_go_after_200_ms) {  // MUST-60
    if (!tcp::Sender::knows_cork) GTEST_SKIP() << "these halves know no cork";
    Script s;
    SocketId const socket = s.established();
    tcp::Settings settings;
    settings.cork = true;
    s.stack().tcp().configure(socket, settings);
    for (unsigned i = 0; i < 3; ++i) {
        s.send(socket, 100);
        EXPECT_EQ(s.until_output(), Duration::milliseconds(200));
        unsigned const begin = 1 + 100 * i;
        s.out(("P. " + std::to_string(begin) + ":" + std::to_string(begin + 100) + "(100) ack 1").c_str());
        s.in((". 1:1(0) ack " + std::to_string(begin + 100)).c_str());
    }
    s.send(socket, 100);
    s.silent();
    EXPECT_TRUE(s.stack().tcp().shutdown(socket).ok());  // the end lets go as well
    s.out("FP. 301:401(100) ack 1");
}

TEST(Settings, a_corked_connection_still_asks_about_a_closed_window) {
    if (!tcp::Sender::knows_cork) GTEST_SKIP() << "these halves know no cork";
    Script s;
    SocketId const socket = s.established();
    tcp::Settings settings;
    settings.cork = true;
    s.stack().tcp().configure(socket, settings);
    s.in(". 1:1(0) ack 1 win 0");
    s.send(socket, 100);
    s.until_output();
    s.out(". 1:2(1) ack 1");
    s.in(". 1:1(0) ack 1 win 0");
    s.in(". 1:1(0) ack 1 win 1000");
    s.until_output();
    s.out("P. 1:101(100) ack 1");
}

TEST(Settings, the_application_may_wait_longer_or_shorter_for_an_answer) {  // MUST-21
    for (int seconds : {10, 1000}) {
        Script s;
        SocketId const socket = s.established();
        change(s, socket, [&](Settings& settings) { settings.user_timeout = Duration::seconds(seconds); });
        s.send(socket, 10);
        Instant const start = s.now();
        while (!s.stack().tcp().readiness(socket).failed && s.now() - start < Duration::seconds(2000))
            s.advance(Duration::seconds(1));
        EXPECT_EQ(s.stack().tcp().error(socket), Error::TimedOut);
        EXPECT_GE(s.now() - start, Duration::seconds(seconds));
        EXPECT_LE(s.now() - start, Duration::seconds(seconds + 61));
    }
}

TEST(Settings, time_to_live_and_services_reach_ip_as_they_are) {  // MUST-48, MUST-49, SHLD-21, SHLD-22
    Script s;
    SocketId const socket = s.established();
    for (std::uint8_t value : {0xb8, 0x28, 0xff}) {
        change(s, socket, [&](Settings& settings) {
            settings.no_delay = true;
            settings.traffic_class = value;
            settings.time_to_live = value;
        });
        s.send(socket, 10);
        auto const frame = s.out_frame();
        ASSERT_TRUE(frame);
        EXPECT_EQ((*frame)[15], value & 0xfc);  // two bits are not the application's
        EXPECT_EQ((*frame)[22], value);
    }
}

TEST(Settings, a_local_address_may_be_chosen_if_it_is_ours) {  // MUST-43
    Script s;
    auto& tcp = s.stack().tcp();
    Endpoint const remote{Script::peer_ip, Port(80)};
    EXPECT_EQ(tcp.connect(remote, Endpoint{Script::peer_ip, Port(5000)}).error(), Error::InvalidAddress);
    auto const socket = tcp.connect(remote, Endpoint{Script::our_ip, Port(5000)});
    ASSERT_TRUE(socket.ok());
    EXPECT_EQ(tcp.information(socket.value()).value().local, (Endpoint{Script::our_ip, Port(5000)}));
}

TEST(Trouble, is_told_after_three_retransmissions_and_ends_with_an_answer) {  // SHLD-9, SHLD-10, MUST-47
    Script s;
    SocketId const socket = s.established();
    while (s.stack().next_ready()) {
    }
    s.send(socket, 10);
    s.out("P. 1:11(10) ack 1");
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(s.stack().tcp().readiness(socket).troubled);
        s.until_output();
        s.out("P. 1:11(10) ack 1");
    }
    EXPECT_TRUE(s.stack().tcp().readiness(socket).troubled);
    EXPECT_EQ(s.stack().next_ready(), socket);
    EXPECT_EQ(s.stack().tcp().information(socket).value().trouble, Error::TimedOut);
    s.in(". 1:1(0) ack 11");
    EXPECT_FALSE(s.stack().tcp().readiness(socket).troubled);
    s.state(socket, State::Established);
}

TEST(Trouble, makes_us_ask_the_next_hop_whether_it_is_still_there) {  // MUST-20, R1
    Script s;
    SocketId const socket = s.established();
    s.send(socket, 10);
    s.out("P. 1:11(10) ack 1");
    auto const is_asked = [&] {
        for (auto const& entry : s.stack().neighbours().entries())
            if (entry.address == Script::peer_ip && entry.state == arp::Neighbours::Entry::State::Probing)
                return true;
        return false;
    };
    // The script answers ARP at once: the question is seen as an entry that is fresh again.
    Instant before;
    for (auto const& entry : s.stack().neighbours().entries())
        if (entry.address == Script::peer_ip) before = entry.expires;
    s.advance(Duration::seconds(10));
    Instant after;
    for (auto const& entry : s.stack().neighbours().entries())
        if (entry.address == Script::peer_ip) after = entry.expires;
    EXPECT_TRUE(after > before || is_asked());
}

TEST(Trouble, what_a_router_says_is_told_unless_nobody_wants_to_know) {  // SHLD-20, SHLD-25
    for (bool tell : {true, false}) {
        Script s;
        SocketId const socket = s.established();
        change(s, socket, [&](Settings& settings) { settings.tell_of_trouble = tell; });
        while (s.stack().next_ready()) {
        }
        s.send(socket, 10);
        auto const frame = s.out_frame();
        ASSERT_TRUE(frame);
        std::vector<std::uint8_t> message(8 + 28);
        std::copy(frame->begin() + 14, frame->begin() + 14 + 28, message.begin() + 8);
        wire::IcmpHeader header;
        header.type = wire::IcmpHeader::Type::Unreachable;
        header.code = 1;
        header.emit(message);
        s.in_frame(s.ipv4_frame(wire::IpProtocol::Icmp, message));
        EXPECT_EQ(s.stack().tcp().readiness(socket).troubled, tell);
        EXPECT_EQ(static_cast<bool>(s.stack().next_ready()), tell);
        s.state(socket, State::Established);  // MUST-56
    }
}

}  // namespace
}  // namespace net::testing
