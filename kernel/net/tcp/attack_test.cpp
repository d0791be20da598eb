// SPDX-License-Identifier: MIT
//
// Blind attacks and nonsense: resets, SYNs and data from somebody who guesses;
// every combination of flags in every state. [rfc5961]
#include <functional>

#include "kernel/net/testing/stages.hpp"

namespace net::testing {
namespace {

using tcp::State;

TEST(Attack, only_a_reset_at_the_exact_number_resets) {  // T6, RFC 5961 §3.2
    struct Case {
        std::uint32_t at;
        bool resets;
        bool challenges;
    };
    // Received up to 101, window to 16385.
    for (Case const& c : {Case{100, false, false}, Case{101, true, false}, Case{102, false, true},
                          Case{8000, false, true}, Case{16'384, false, true}, Case{16'385, false, false},
                          Case{50'000, false, false}, Case{0x8000'0000, false, false}}) {
        SCOPED_TRACE(c.at);
        Script s;
        SocketId const socket = s.established();
        s.in("P. 1:101(100) ack 1");
        s.until_output();
        s.discard_output();
        std::string const at = std::to_string(c.at);
        s.in(("R " + at + ":" + at + "(0)").c_str());
        s.state(socket, c.resets ? State::Closed : State::Established);
        if (c.challenges) s.out(". 1:1(0) ack 101");
        s.silent();
    }
}

TEST(Attack, a_reset_may_carry_data) {  // SHLD-2
    Script s;
    SocketId const socket = s.established();
    s.in("R 1:21(20)");
    EXPECT_EQ(s.stack().tcp().error(socket), Error::ConnectionReset);
}

TEST(Attack, a_syn_inside_a_connection_is_challenged_ten_times_in_five_seconds) {  // RFC 5961 §4, §7
    Script s;
    SocketId const socket = s.established();
    for (int i = 0; i < 10; ++i) {
        s.in("S 50:50(0)");
        s.out(". 1:1(0) ack 1");
    }
    for (int i = 0; i < 100; ++i) s.in("S 50:50(0)");
    s.silent();
    EXPECT_EQ(s.dropped(Drop::TcpChallengeLimited), 100u);
    s.advance(Duration::seconds(5));
    s.in("S 50:50(0)");
    s.out(". 1:1(0) ack 1");
    s.state(socket, State::Established);
}

TEST(Attack, an_ack_of_what_was_never_sent_is_challenged) {  // T6, T17, RFC 5961 §5
    Script s;
    SocketId const socket = s.established();
    s.send(socket, 10);
    s.out("P. 1:11(10) ack 1");
    std::uint32_t const window = s.stack().tcp().information(socket).value().congestion_window;
    s.in("P. 1:6(5) ack 12");
    s.out(". 11:11(0) ack 1");
    s.expect_read(socket, 0);
    s.in("P. 1:6(5) ack 4294901760");  // 65,536 before our first
    s.out(". 11:11(0) ack 1");
    s.expect_read(socket, 0);
    EXPECT_EQ(s.stack().tcp().information(socket).value().congestion_window, window);
    EXPECT_EQ(s.dropped(Drop::TcpBadAck), 2u);
}

TEST(Attack, data_without_ack_is_dropped) {
    Script s;
    SocketId const socket = s.established();
    s.in("P 1:6(5)");
    s.silent();
    s.expect_read(socket, 0);
    EXPECT_EQ(s.dropped(Drop::TcpNoAck), 1u);
}

TEST(Attack, two_ends_that_disagree_do_not_answer_each_other_for_ever) {  // T16
    Script s;
    s.established();
    int answers = 0;
    for (int i = 0; i < 1000; ++i) {
        s.in(". 100000:100000(0) ack 1");
        while (s.out_frame()) ++answers;
    }
    EXPECT_EQ(answers, 10);
}

TEST(Attack, urgent_pointers_of_any_value_do_no_harm) {  // T5
    for (std::uint16_t pointer : {0, 1, 5, 6, 100, 65'535}) {
        for (std::size_t length : {0u, 5u}) {
            Script s;
            SocketId const socket = s.established();
            wire::TcpHeader header;
            header.source = Port(40'000);
            header.destination = Port(80);
            header.flags = wire::TcpFlags::Ack | wire::TcpFlags::Urg;
            header.sequence = tcp::SeqNum(s.peer_isn() + 1);
            header.acknowledgement = tcp::SeqNum(s.our_isn() + 1);
            header.window = 1000;
            header.urgent_pointer = pointer;
            s.in_frame(s.tcp_frame(header, stream(0, length)));
            s.expect_read(socket, length);
            s.expect_alive();
        }
    }
}

TEST(Attack, ten_thousand_holes_cost_bounded_memory) {  // T9
    Script s;
    SocketId const socket = s.established();
    std::size_t const before = s.memory().used();
    for (unsigned i = 0; i < 8000; ++i) {
        std::string const begin = std::to_string(3 + 2 * i), end = std::to_string(4 + 2 * i);
        s.in((". " + begin + ":" + end + "(1) ack 1").c_str());
        s.discard_output();
    }
    EXPECT_LE(s.memory().used(), before + 20'000);
    EXPECT_GT(s.dropped(Drop::TcpTooManyHoles), 7000u);
    s.in(". 1:101(100) ack 1");
    s.expect_read(socket, 100);
}

TEST(Attack, a_flood_of_syns_leaves_connections_alone_and_memory_bounded) {  // T13
    Config config = Script::default_config();
    config.limits.connections = 64;
    Script s(config);
    SocketId const listener = s.listen(80, 32);
    s.in("S 0:0(0) win 65535");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1");
    SocketId const socket = s.accept(listener);
    SeededRandom random(1);
    std::size_t peak = 0;
    for (int i = 0; i < 20'000; ++i) {
        s.ports(static_cast<std::uint16_t>(1 + random.below(30'000)), 80);
        s.use_peer_isn(static_cast<std::uint32_t>(random.next()));
        s.in("S 0:0(0) win 65535");
        if (i % 100 == 0) s.advance(Duration::milliseconds(100));
        s.discard_output();
        if (i == 2000) peak = s.memory().used();
    }
    EXPECT_LE(s.memory().used(), peak + 40'000);
    EXPECT_LE(s.stack().tcp().connections(), 33u);
    s.ports(40'000, 80);
    s.use_peer_isn(0x1000'0000);
    s.in("P. 1:11(10) ack 1");
    s.expect_read(socket, 10);
    s.expect_alive();
}

// ---- every combination of flags in every state (T2) ----

TEST(Attack, every_combination_of_flags_in_every_state_leaves_a_live_host) {
    for (State const state : every_state) {
        for (unsigned flags = 0; flags < 64; ++flags) {
            for (std::uint32_t sequence : {0u, 1u, 2u, 1000u, 0x4000'0000u}) {
                for (std::uint32_t ack : {0u, 1u, 2u, 0x4000'0000u}) {
                    for (std::size_t length : {0u, 3u}) {
                        Script s;
                        SocketId const socket = reach(s, state);
                        s.state(socket, state);
                        wire::TcpHeader header;
                        header.source = Port(40'000);
                        header.destination = Port(80);
                        if (state == State::SynSent || state == State::SynReceived)
                            header.destination = s.stack().tcp().information(socket).value().local.port;
                        header.flags = static_cast<std::uint8_t>(flags);
                        header.sequence = tcp::SeqNum(s.peer_isn() + sequence);
                        header.acknowledgement = tcp::SeqNum(s.our_isn() + ack);
                        header.window = 500;
                        header.urgent_pointer = 77;
                        s.in_frame(s.tcp_frame(header, std::vector<std::uint8_t>(length)));
                        State const after = s.stack().tcp().state(socket);
                        int answers = 0;
                        while (s.out_frame()) ++answers;
                        EXPECT_LE(answers, 2);
                        if (header.has(wire::TcpFlags::Rst)) {
                            EXPECT_LE(answers, 1);
                        } else if (is_synchronised(state)) {
                            // Nothing but a reset, or the end of LAST-ACK, closes.
                            if (state != State::LastAck) {
                                EXPECT_NE(after, State::Closed) << flags;
                            }
                        }
                        s.expect_alive();
                    }
                }
            }
        }
    }
}

}  // namespace
}  // namespace net::testing
