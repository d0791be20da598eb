// SPDX-License-Identifier: MIT
//
// Data in both directions: acknowledgements, windows, Nagle, probes.
#include "kernel/net/testing/script.hpp"

namespace net::testing {
namespace {

using tcp::State;

TEST(Data, an_ack_waits_for_company_but_not_long) {  // SHLD-18, MUST-40
    Script s;
    s.established();
    s.in("P. 1:11(10) ack 1");
    s.silent();
    EXPECT_EQ(s.until_output(), Duration::milliseconds(40));
    s.out(". 1:1(0) ack 11");
    s.advance(Duration::seconds(10));
    s.silent();
}

TEST(Data, every_second_full_segment_is_acknowledged_at_once) {  // SHLD-19
    Script s;
    s.established();
    s.in(". 1:1461(1460) ack 1");
    s.silent();
    s.in(". 1461:2921(1460) ack 1");
    s.out(". 1:1(0) ack 2921");
    s.silent();
}

TEST(Data, time_stamps_take_room_in_a_full_segment) {  // SHLD-19, RFC 5681 §4.2
    Script s;
    SocketId const listener = s.listen(80);
    s.in("S 0:0(0) win 65535 <mss 1460,TS 1>");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1 <TS 1>");
    s.accept(listener);
    s.in(". 1:1449(1448) ack 1 <TS 2>");
    s.silent();
    s.in(". 1449:2897(1448) ack 1 <TS 2>");
    s.out(". 1:1(0) ack 2897");
}

TEST(Data, segments_that_arrive_together_get_one_ack) {  // MUST-58, MUST-59
    Script s;
    s.established();
    s.in(". 1:1461(1460) ack 1");
    s.in(". 1461:2921(1460) ack 1");
    s.in(". 2921:4381(1460) ack 1");
    s.in(". 4381:5841(1460) ack 1");
    s.out(". 1:1(0) ack 5841");
    s.silent();
}

TEST(Data, but_each_one_behind_a_hole_gets_its_own) {  // RFC 5681 §4.2: the sender counts them
    Script s;
    s.established();
    for (char const* segment : {". 101:201(100) ack 1", ". 201:301(100) ack 1", ". 301:401(100) ack 1"})
        s.in(segment);
    for (int i = 0; i < 3; ++i) s.out(". 1:1(0) ack 1");
    s.silent();
    s.in(". 401:501(100) ack 1");
    s.in(". 501:601(100) ack 1");
    s.in(". 1:101(100) ack 1");
    s.out(". 1:1(0) ack 601");  // now they would say nothing
    s.silent();
}

TEST(Data, an_answer_carries_the_ack) {
    Script s;
    SocketId const socket = s.established();
    s.in("P. 1:11(10) ack 1");
    s.expect_read(socket, 10);
    s.send(socket, 5);
    s.out("P. 1:6(5) ack 11");
    s.in(". 11:11(0) ack 6");
    s.advance(Duration::seconds(1));
    s.silent();
}

TEST(Data, out_of_order_segments_are_kept_and_told_at_once) {  // SHLD-31, MAY-13
    Script s;
    SocketId const socket = s.established();
    s.in(". 101:201(100) ack 1");
    s.out(". 1:1(0) ack 1");
    s.in(". 301:401(100) ack 1");
    s.out(". 1:1(0) ack 1");
    s.expect_read(socket, 0);
    s.in(". 1:101(100) ack 1");
    s.out(". 1:1(0) ack 201");
    s.expect_read(socket, 200);
    s.in(". 201:301(100) ack 1");
    s.out(". 1:1(0) ack 401");
    s.expect_read(socket, 200);
}

TEST(Data, old_data_is_acknowledged_again_and_not_delivered_again) {  // T7
    Script s;
    SocketId const socket = s.established();
    s.in("P. 1:101(100) ack 1");
    s.expect_read(socket, 100);
    s.until_output();
    s.out(". 1:1(0) ack 101");
    s.in("P. 1:101(100) ack 1");
    s.out(". 1:1(0) ack 101");
    s.expect_read(socket, 0);
    s.in("P. 51:151(100) ack 1");  // half of it is new
    s.out(". 1:1(0) ack 151");
    s.expect_read(socket, 50);
}

// A segment that tells another story, in each of the thirteen ways that it can lie to one that is
// here behind a hole: what came first stays.
TEST(Data, the_first_copy_wins_however_segments_overlap) {  // T8
    struct {
        char const* name;
        std::uint32_t begin, end;
    } constexpr relations[] = {{"before", 2, 5},       {"meets", 5, 10},          {"overlaps", 5, 15},
                               {"starts", 10, 15},     {"during", 12, 18},        {"finishes", 15, 20},
                               {"equals", 10, 20},     {"started by", 10, 25},    {"contains", 5, 25},
                               {"finished by", 5, 20}, {"overlapped by", 15, 25}, {"met by", 20, 25},
                               {"after", 25, 28}};
    for (auto const& relation : relations) {
        SCOPED_TRACE(relation.name);
        Script s;
        SocketId const socket = s.established();
        s.in(". 10:20(10) ack 1");
        wire::TcpHeader header;
        header.source = Port(40'000);
        header.destination = Port(80);
        header.flags = wire::TcpFlags::Ack;
        header.sequence = tcp::SeqNum(s.peer_isn() + relation.begin);
        header.acknowledgement = tcp::SeqNum(s.our_isn() + 1);
        header.window = 65'535;
        s.in_frame(s.tcp_frame(header, std::vector<std::uint8_t>(relation.end - relation.begin, 0xee)));
        s.in(". 1:30(29) ack 1");
        std::uint8_t got[40];
        auto const count = s.stack().tcp().receive(socket, got);
        ASSERT_TRUE(count.ok());
        ASSERT_EQ(count.value(), 29u);
        for (std::uint32_t at = 1; at < 30; ++at) {
            bool const first = at >= 10 && at < 20;
            bool const second = !first && at >= relation.begin && at < relation.end;
            EXPECT_EQ(got[at - 1], second ? 0xee : stream_byte(at - 1)) << at;
        }
        s.discard_output();
    }
}

TEST(Data, what_lies_beyond_the_window_is_cut_off) {  // T7
    Config config = Script::default_config();
    config.limits.receive_buffer = 1024;
    Script s(config);
    SocketId const socket = s.established();
    s.in(". 1:1101(1100) ack 1");
    s.out(". 1:1(0) ack 1025 win 0");
    s.expect_read(socket, 1024);
    s.out(". 1:1(0) ack 1025 win 1024");  // the window opens at once
    s.in(". 2049:2149(100) ack 1");       // outside it
    s.out(". 1:1(0) ack 1025 win 1024");
    s.in(". 1:2149(2148) ack 1");  // straddling both edges
    s.out(". 1:1(0) ack 2049 win 0");
    s.expect_read(socket, 1024);
}

TEST(Data, the_window_shrinks_as_data_waits_and_never_moves_back) {  // SHLD-14
    Script s;
    SocketId const socket = s.established();
    s.in(". 1:1461(1460) ack 1");
    s.in(". 1461:2921(1460) ack 1");
    s.out(". 1:1(0) ack 2921 win 13464");
    s.expect_read(socket, 2920);
    s.silent();  // not worth a segment yet
    s.in(". 2921:4381(1460) ack 1");
    s.in(". 4381:5841(1460) ack 1");
    s.out(". 1:1(0) ack 5841 win 13464");
    s.expect_read(socket, 2920);
    s.silent();
}

TEST(Data, a_window_that_doubled_is_announced_at_once) {
    Script s;
    SocketId const socket = s.established();
    for (unsigned i = 0; i < 12; ++i) {
        std::string const begin = std::to_string(1 + i * 1024), end = std::to_string(1 + (i + 1) * 1024);
        s.in((". " + begin + ":" + end + "(1024) ack 1").c_str());
    }
    s.out(". 1:1(0) ack 12289 win 4096");
    s.expect_read(socket, 2048);
    s.silent();
    s.expect_read(socket, 2048);
    s.out(". 1:1(0) ack 12289 win 8192");
    s.expect_read(socket, 8192);
    s.out(". 1:1(0) ack 12289 win 16384");
}

TEST(Data, a_silly_window_is_never_offered) {  // MUST-39
    Config config = Script::default_config();
    config.limits.receive_buffer = 4096;
    Script s(config);
    SocketId const socket = s.established();
    s.in(". 1:4097(4096) ack 1");
    s.out(". 1:1(0) ack 4097 win 0");
    for (int i = 0; i < 14; ++i) {
        s.expect_read(socket, 100);
        s.silent();
    }
    s.expect_read(socket, 100);  // 1500: a segment
    s.out(". 1:1(0) ack 4097 win 1500");
}

TEST(Data, a_closed_window_answers_probes) {  // MUST-66
    Config config = Script::default_config();
    config.limits.receive_buffer = 1024;
    Script s(config);
    SocketId const socket = s.established();
    s.send(socket, 100);
    s.out("P. 1:101(100) ack 1");
    s.in(". 1:1025(1024) ack 1");
    s.until_output();
    s.out(". 101:101(0) ack 1025 win 0");
    s.in(". 1025:1026(1) ack 101");  // a probe, and an ACK that counts
    s.out(". 101:101(0) ack 1025 win 0");
    EXPECT_EQ(s.stack().tcp().information(socket).value().unacknowledged, 0u);
    s.in("R 1025:1025(0)");
    EXPECT_EQ(s.stack().tcp().error(socket), Error::ConnectionReset);
}

TEST(Data, an_ack_from_just_behind_a_full_window_counts) {
    Config config = Script::default_config();
    config.limits.receive_buffer = 1024;
    Script s(config);
    SocketId const socket = s.established();
    s.send(socket, 100);
    s.out("P. 1:101(100) ack 1");
    s.in(". 101:1025(924) ack 1");  // the first hundred are lost
    s.out(". 101:101(0) ack 1");
    s.in(". 1025:1025(0) ack 101");
    s.silent();
    EXPECT_EQ(s.stack().tcp().information(socket).value().unacknowledged, 0u);
}

TEST(Data, large_writes_leave_as_full_segments) {  // SHLD-28, MUST-61
    Script s;
    SocketId const socket = s.established();
    s.send(socket, 4000);
    s.out(". 1:1461(1460) ack 1");
    s.out(". 1461:2921(1460) ack 1");
    s.silent();  // Nagle keeps the rest
    s.in(". 1:1(0) ack 2921");
    s.out("P. 2921:4001(1080) ack 1");
}

TEST(Data, small_writes_wait_while_something_is_in_flight) {  // SHLD-7
    Script s;
    SocketId const socket = s.established();
    s.send(socket, 1);
    s.out("P. 1:2(1) ack 1");
    s.send(socket, 1);
    s.send(socket, 1);
    s.silent();
    s.in(". 1:1(0) ack 2");
    s.out("P. 2:4(2) ack 1");
}

TEST(Data, unless_the_application_says_no_delay) {  // MUST-17
    Script s;
    SocketId const socket = s.established();
    s.stack().tcp().set_no_delay(socket, true);
    s.send(socket, 1);
    s.out("P. 1:2(1) ack 1");
    s.send(socket, 1);
    s.out("P. 2:3(1) ack 1");
}

TEST(Data, the_senders_window_is_respected) {
    Script s;
    SocketId const socket = s.established(3000);
    s.send(socket, 10'000);
    s.out(". 1:1461(1460) ack 1");
    s.out(". 1461:2921(1460) ack 1");
    s.silent();  // 80 octets of window are not worth a segment
    s.in(". 1:1(0) ack 1461 win 3000");
    s.out(". 2921:4381(1460) ack 1");
    s.in(". 1:1(0) ack 4381 win 0");
    s.silent();
}

TEST(Data, a_window_taken_back_stops_new_data_but_not_old) {  // MUST-34, SHLD-15, SHLD-16, T11
    Script s;
    SocketId const socket = s.established(6000);
    s.send(socket, 10'000);
    for (char const* segment : {". 1:1461(1460) ack 1", ". 1461:2921(1460) ack 1", ". 2921:4381(1460) ack 1",
                                ". 4381:5841(1460) ack 1"})
        s.out(segment);
    s.in(". 1:1(0) ack 1461 win 1460");  // the right edge moves left
    s.silent();
    s.until_output();
    s.out(". 1461:2921(1460) ack 1");
    s.in(". 1:1(0) ack 5841 win 6000");
    s.out(". 5841:7301(1460) ack 1");
}

// What the peer has room for it acknowledges; what lies beyond the edge that it took back waits for
// ten minutes, six times as long as it would have without a word of the peer.
TEST(Data, what_lies_beyond_a_window_taken_back_times_nothing_out) {  // SHLD-15, SHLD-17
    for (bool sack : {false, true}) {
        Script s;
        SocketId const listener = s.listen(80);
        s.in(sack ? "S 0:0(0) win 6000 <mss 1460,sackOK>" : "S 0:0(0) win 6000 <mss 1460>");
        s.out("S. 0:0(0) ack 1");
        s.in(". 1:1(0) ack 1");
        SocketId const socket = s.accept(listener);
        s.send(socket, 10'000);
        s.discard_output();  // four segments are out: up to 5841
        std::uint32_t highest = 0;
        auto const leaves = [&] {
            while (auto const frame = s.out_frame())
                highest = std::max(highest, wire::load_be32(&(*frame)[38]) - s.our_isn() +
                                                static_cast<std::uint32_t>(frame->size() - 54));
        };
        s.in(". 1:1(0) ack 1461 win 1000");
        for (Instant const end = s.now() + Duration::seconds(600); s.now() < end;) {
            s.until_output(Duration::seconds(70));
            leaves();
            s.in(". 1:1(0) ack 2461 win 0");
        }
        s.state(socket, State::Established);
        EXPECT_LE(highest, 5841u) << "nothing new";
        for (unsigned acknowledged = 2461; acknowledged < 10'001; acknowledged = highest) {
            s.in((". 1:1(0) ack " + std::to_string(acknowledged) + " win 6000").c_str());
            s.until_output();
            leaves();
            ASSERT_GT(highest, acknowledged);
        }
        s.in(". 1:1(0) ack 10001 win 6000");
        EXPECT_EQ(s.stack().tcp().information(socket).value().unacknowledged, 0u);
    }
}

TEST(Data, a_zero_window_is_probed_ever_more_rarely_and_for_ever) {  // MUST-35 to MUST-37, SHLD-29, SHLD-30
    Script s;
    SocketId const socket = s.established(0);
    s.send(socket, 100);
    s.silent();
    Duration previous;
    for (int i = 0; i < 30; ++i) {
        Duration const wait = s.until_output();
        EXPECT_GE(wait, previous);
        EXPECT_LE(wait, Duration::seconds(60));
        previous = wait;
        s.out(". 1:2(1) ack 1");
        s.in(". 1:1(0) ack 1 win 0");
    }
    EXPECT_EQ(previous, Duration::seconds(60));
    s.state(socket, State::Established);
    s.in(". 1:1(0) ack 1 win 1000");
    s.out("P. 1:101(100) ack 1");
}

TEST(Data, an_unanswered_probe_ends_the_connection_in_the_end) {  // MUST-20
    Script s;
    SocketId const socket = s.established(0);
    s.send(socket, 100);
    Instant const start = s.now();
    while (!s.stack().tcp().readiness(socket).failed) s.advance(Duration::seconds(1));
    EXPECT_GE(s.now() - start, Duration::seconds(100));
    EXPECT_LE(s.now() - start, Duration::seconds(200));
    EXPECT_EQ(s.stack().tcp().error(socket), Error::TimedOut);
}

TEST(Data, a_probe_that_was_accepted_is_not_sent_again) {
    Script s;
    SocketId const socket = s.established(0);
    s.send(socket, 100);
    s.until_output();
    s.out(". 1:2(1) ack 1");
    s.in(". 1:1(0) ack 2 win 0");
    s.until_output();
    s.out(". 2:3(1) ack 1");
    s.in(". 1:1(0) ack 3 win 500");
    s.out("P. 3:101(98) ack 1");
}

TEST(Data, a_window_smaller_than_a_segment_is_used_after_a_while) {  // §3.8.6.2.1, the override timer
    Script s;
    SocketId const socket = s.established(65'535);
    s.in(". 1:1(0) ack 1 win 100");
    s.send(socket, 1000);
    s.silent();
    s.until_output(Duration::seconds(2));
    s.out(". 1:101(100) ack 1");
}

TEST(Data, a_full_send_buffer_says_so_and_tells_when_there_is_room) {
    Script s;
    SocketId const socket = s.established();
    s.stack().next_ready();
    std::vector<std::uint8_t> bytes(20'000);
    auto& tcp = s.stack().tcp();
    EXPECT_EQ(tcp.send(socket, bytes).value(), 16'384u);
    EXPECT_EQ(tcp.send(socket, bytes).error(), Error::WouldBlock);
    EXPECT_FALSE(tcp.readiness(socket).writable);
    while (s.stack().next_ready()) {
    }
    s.discard_output();
    s.in(". 1:1(0) ack 1461");
    EXPECT_EQ(s.stack().next_ready(), socket);
    EXPECT_TRUE(tcp.readiness(socket).writable);
    EXPECT_EQ(tcp.send(socket, bytes).value(), 1460u);
}

TEST(Data, reading_and_writing_without_a_copy) {
    Script s;
    SocketId const socket = s.established();
    auto& tcp = s.stack().tcp();
    s.in("P. 1:11(10) ack 1");
    Bytes const seen = tcp.peek(socket).value();
    ASSERT_EQ(seen.size(), 10u);
    EXPECT_EQ(seen[9], stream_byte(9));
    tcp.consume(socket, 10);
    EXPECT_EQ(tcp.peek(socket).error(), Error::WouldBlock);
    MutableBytes const place = tcp.reserve(socket).value();
    ASSERT_GE(place.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) place[i] = stream_byte(i);
    tcp.commit(socket, 3);
    s.out("P. 1:4(3) ack 11");
}

TEST(Data, an_idle_connection_holds_no_buffers) {
    Script s;
    SocketId const socket = s.established();
    s.in("P. 1:101(100) ack 1");
    s.send(socket, 100);
    s.out("P. 1:101(100) ack 101");
    EXPECT_EQ(s.stack().tcp().receive_blocks().in_use(), 1u);
    EXPECT_EQ(s.stack().tcp().send_blocks().in_use(), 1u);
    s.expect_read(socket, 100);
    s.in(". 101:101(0) ack 101");
    EXPECT_EQ(s.stack().tcp().receive_blocks().in_use(), 0u);
    EXPECT_EQ(s.stack().tcp().send_blocks().in_use(), 0u);
}

TEST(Data, without_a_buffer_data_is_dropped_and_comes_again) {
    Config config = Script::default_config();
    config.limits.buffers = 1;
    Script s(config);
    SocketId const listener = s.listen(80);
    SocketId sockets[2];
    for (std::uint16_t i = 0; i < 2; ++i) {
        s.ports(static_cast<std::uint16_t>(100 + i), 80);
        s.in("S 0:0(0) win 65535");
        s.out("S. 0:0(0) ack 1");
        s.in(". 1:1(0) ack 1");
        sockets[i] = s.accept(listener);
        s.in("P. 1:11(10) ack 1");
    }
    EXPECT_EQ(s.dropped(Drop::TcpNoBuffer), 1u);
    s.discard_output();
    s.expect_read(sockets[0], 10);
    s.ports(101, 80);
    s.in("P. 1:11(10) ack 1");
    s.expect_read(sockets[1], 10);
}

// No acknowledgement of its own will tell a connection that another one gave its buffer back.
TEST(Data, who_found_no_buffer_to_send_from_hears_when_there_is_one) {
    Config config = Script::default_config();
    config.limits.buffers = 1;
    Script s(config);
    auto& tcp = s.stack().tcp();
    SocketId const listener = s.listen(80);
    std::vector<SocketId> sockets;
    for (std::uint16_t i = 0; i < 4; ++i) {
        s.ports(static_cast<std::uint16_t>(100 + i), 80);
        s.in("S 0:0(0) win 65535");
        s.out("S. 0:0(0) ack 1");
        s.in(". 1:1(0) ack 1");
        sockets.push_back(s.accept(listener));
    }
    while (s.stack().next_ready()) {
    }
    std::vector<std::uint8_t> const bytes(100);
    EXPECT_EQ(tcp.send(sockets[0], bytes).value(), 100u);
    EXPECT_EQ(tcp.send(sockets[1], bytes).error(), Error::WouldBlock);
    EXPECT_EQ(tcp.reserve(sockets[2]).error(), Error::WouldBlock);
    EXPECT_EQ(tcp.send(sockets[3], bytes).error(), Error::WouldBlock);
    tcp.close(sockets[1]);  // it does not wait any more
    s.discard_output();
    EXPECT_FALSE(s.stack().next_ready());
    s.ports(100, 80);
    s.in(". 1:1(0) ack 101");
    std::vector<SocketId> told;
    while (SocketId const one = s.stack().next_ready()) told.push_back(one);
    EXPECT_EQ(told, (std::vector{sockets[2], sockets[3]}));
    // Who comes too late waits again.
    EXPECT_EQ(tcp.send(sockets[2], bytes).value(), 100u);
    EXPECT_EQ(tcp.send(sockets[3], bytes).error(), Error::WouldBlock);
    EXPECT_FALSE(s.stack().next_ready());
    tcp.abort(sockets[2]);
    EXPECT_EQ(s.stack().next_ready(), sockets[3]);
    EXPECT_EQ(tcp.send(sockets[3], bytes).value(), 100u);
}

}  // namespace
}  // namespace net::testing
