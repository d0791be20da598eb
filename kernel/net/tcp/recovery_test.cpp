// SPDX-License-Identifier: MIT
//
// Repairing losses with a peer that says what it holds. [rfc8985] [rfc6937] [rfc2018]
#include <map>

#include "kernel/net/tcp/proportional.hpp"
#include "kernel/net/tcp/rack.hpp"
#include "kernel/net/tcp/segment_log.hpp"
#include "kernel/net/testing/link.hpp"
#include "kernel/net/testing/script.hpp"

namespace net::testing {
namespace {

using tcp::Position;
using tcp::State;

struct OwnLog : tcp::SegmentLog {
    OwnLog() : SegmentLog(room) {}
    tcp::SentSegment room[64];
};

// A connection with SACK whose round trip is 100 ms, and segments of 1000 octets.
struct Flight {
    explicit Flight(std::uint32_t buffer = 64 * 1024) : s(config(buffer)) {
        SocketId const listener = s.listen(80);
        s.in("S 0:0(0) win 65535 <mss 1000,sackOK>");
        s.out("S. 0:0(0) ack 1");
        s.advance(Duration::milliseconds(100));
        s.in(". 1:1(0) ack 1");
        socket = s.accept(listener);
    }
    static Config config(std::uint32_t buffer) {
        Config config = Script::default_config();
        config.limits.send_buffer = buffer;
        config.congestion = CongestionLaw::Reno;  // whose windows are easily told
        return config;
    }
    // Sends so many segments and sees them leave.
    void fill(unsigned segments) {
        s.send(socket, 1000 * segments);
        for (unsigned i = 0; i < segments; ++i) out(sent++);
    }
    void out(unsigned segment) {
        unsigned const begin = 1 + 1000 * segment;
        s.out((". " + std::to_string(begin) + ":" + std::to_string(begin + 1000) + "(1000) ack 1").c_str());
    }
    // All below `next` has come, and these segments behind it.
    void ack(unsigned next, std::vector<std::pair<unsigned, unsigned>> const& held = {}) {
        std::string text = ". 1:1(0) ack " + std::to_string(1 + 1000 * next);
        std::string separator = " <";
        for (auto const& [begin, end] : held) {
            text +=
                separator + "sack " + std::to_string(1 + 1000 * begin) + ":" + std::to_string(1 + 1000 * end);
            separator = ",";
        }
        if (!held.empty()) text += ">";
        s.in(text.c_str());
    }
    tcp::Information information() { return s.stack().tcp().information(socket).value(); }

    Script s;
    SocketId socket;
    unsigned sent = 0;
};

void pass(Flight& f, int milliseconds) { f.s.advance(Duration::milliseconds(milliseconds)); }

TEST(Recovery, three_segments_behind_a_hole_show_the_loss_and_only_it_is_sent_again) {
    Flight f;
    f.fill(10);
    pass(f, 100);
    f.ack(0, {{1, 2}});
    f.s.silent();
    f.ack(0, {{1, 3}});
    f.s.silent();
    f.ack(0, {{1, 4}});
    f.out(0);
    f.ack(0, {{1, 10}});
    f.s.silent();
    pass(f, 100);
    f.ack(10);
    f.s.silent();
    EXPECT_EQ(f.information().retransmissions, 1u);
}

TEST(Recovery, two_holes_are_repaired_in_one_round_trip) {
    Flight f;
    f.fill(10);
    pass(f, 100);
    f.ack(0, {{1, 4}});
    f.out(0);
    f.ack(0, {{5, 8}, {1, 4}});
    f.out(4);
    f.ack(0, {{5, 10}, {1, 4}});
    pass(f, 100);
    f.ack(10);
    EXPECT_EQ(f.information().retransmissions, 2u);
    f.s.silent();
}

TEST(Recovery, the_window_is_halved_once_and_approached_evenly) {  // RFC 6937
    Flight f;
    f.fill(10);
    pass(f, 100);
    f.s.send(f.socket, 20'000);
    unsigned before = f.sent;
    for (unsigned held = 2; held <= 10; ++held) {
        f.ack(0, {{1, held}});
        while (auto const frame = f.s.out_frame()) {
            std::uint32_t const sequence = wire::load_be32(&(*frame)[38]) - f.s.our_isn();
            if (sequence > 1) ++f.sent;
        }
    }
    // Of nine that arrived, about half brought a new one out; two had gone before the loss
    // was noticed (limited transmit).
    EXPECT_GE(f.sent - before, 3u);
    EXPECT_LE(f.sent - before, 7u);
    EXPECT_EQ(f.information().threshold, 6000u);  // half of the twelve that were out
    f.ack(12);
    EXPECT_EQ(f.information().congestion_window, 6000u);  // and there it stays
    EXPECT_FALSE(f.information().recovering);
}

// Ten were out when four ACKs came at once, before anything could leave.
TEST(Recovery, what_was_out_counts_and_not_what_several_acks_have_left_of_it) {  // RFC 5681 §3.1
    Flight f;
    f.fill(10);
    pass(f, 100);
    for (unsigned next : {2u, 3u, 4u}) f.ack(next);
    f.ack(4, {{5, 8}});
    EXPECT_EQ(f.information().threshold, 5000u);
}

TEST(Recovery, a_retransmission_that_is_lost_is_found_by_time) {  // what counting cannot
    Flight f;
    f.fill(10);
    pass(f, 100);
    f.ack(0, {{1, 5}});
    f.out(0);
    pass(f, 100);
    f.s.send(f.socket, 4000);
    f.ack(0, {{1, 10}});
    f.s.discard_output();  // new data, sent after the retransmission
    f.sent += 4;
    pass(f, 110);
    f.ack(0, {{1, 11}});  // some of it arrives: the retransmission should have
    f.out(0);
    EXPECT_EQ(f.information().retransmissions, 2u);
}

TEST(Recovery, what_is_overtaken_for_a_moment_is_not_sent_again) {  // RFC 8985 §6.2, reordering
    Flight f;
    f.fill(4);
    pass(f, 100);
    f.ack(0, {{1, 3}});
    pass(f, 10);  // less than a quarter of the round trip
    f.ack(3);
    pass(f, 20);
    f.ack(4);
    EXPECT_EQ(f.information().retransmissions, 0u);
    f.fill(6);
    pass(f, 100);
    f.ack(4, {{5, 8}});
    f.s.silent();  // it has seen that before, and waits although three are there
    pass(f, 10);
    f.ack(8);
    EXPECT_EQ(f.information().retransmissions, 0u);
}

TEST(Recovery, but_only_for_a_moment) {
    Flight f;
    f.fill(4);
    pass(f, 100);
    f.ack(0, {{1, 3}});
    EXPECT_LE(f.s.until_output(), Duration::milliseconds(30));
    f.out(0);
}

// Two of ten are acknowledged, nothing is heard of the others, and the last one is sent again.
void probe_the_tail(Flight& f) {
    f.fill(10);
    pass(f, 100);
    f.ack(2);
    EXPECT_EQ(f.s.until_output(), Duration::milliseconds(200));  // two round trips
    f.out(9);
}

TEST(Recovery, who_was_too_impatient_waits_longer_the_next_time) {  // RFC 8985 §6.2, step 4
    Flight f;
    f.fill(10);
    pass(f, 100);
    f.ack(0, {{1, 2}});
    pass(f, 1);
    f.ack(10);  // the first was overtaken by the second: that happens on this path
    auto const overtaken = [&](unsigned first, unsigned count, int patience) {
        f.fill(count);
        pass(f, 100);
        f.ack(first, {{first + 1, first + count}});
        EXPECT_EQ(f.s.until_output(), Duration::milliseconds(patience));
        f.out(first);
        pass(f, 1);
        f.ack(first + count);                        // it comes, late,
        f.ack(first + count, {{first, first + 1}});  // and its second copy
    };
    overtaken(10, 10, 25);
    overtaken(20, 5, 50);
}

TEST(Rack, patience_grows_with_duplicates_and_is_forgotten_after_sixteen_recoveries) {  // RFC 8985 §6.2
    tcp::Rack rack;
    OwnLog log;
    tcp::RoundTripEstimator round_trip;
    round_trip.sample(Duration::milliseconds(100));
    Instant now = Instant::from_boot(Duration::seconds(1));
    Position next = 1;
    // Five segments, of which the second comes first; how long the first one's time is then.
    auto const patience = [&] {
        for (int i = 0; i < 5; ++i) log.on_sent({next + 1000 * i, next + 1000 * (i + 1)}, now);
        now = now + Duration::milliseconds(100);
        auto const delivered = [&](tcp::SentSegment const& segment) { rack.on_delivered(segment, now); };
        log.on_delivered({next + 1000, next + 5000}, delivered);
        rack.find_lost(log, true, round_trip, now);
        Duration const result = rack.next_look() - now;
        log.on_delivered({next, next + 1000}, delivered);
        next += 5000;
        return result;
    };
    patience();                                    // it sees that segments overtake each other
    for (int expected : {25, 50, 75, 100, 100}) {  // never more than a round trip
        EXPECT_EQ(patience(), Duration::milliseconds(expected));
        rack.on_duplicate(next, next + 5000);
        rack.on_duplicate(next, next + 5000);  // once a round trip
        next += 5000;
    }
    for (int i = 0; i < 15; ++i) rack.on_recovered();
    EXPECT_EQ(patience(), Duration::milliseconds(100));
    rack.on_recovered();
    EXPECT_EQ(patience(), Duration::milliseconds(25));
}

TEST(Recovery, the_last_segment_is_probed_before_the_timer_runs_out) {  // RFC 8985 §7.4.2
    Flight f;
    probe_the_tail(f);
    std::uint32_t const before = f.information().congestion_window;
    f.ack(10);
    EXPECT_GE(f.information().congestion_window, before);  // the first copy may have been late
    f.fill(1);
    f.ack(11);                                            // only one came, the second
    EXPECT_EQ(f.information().congestion_window, 4000u);  // half of the eight that were out
    EXPECT_EQ(f.information().threshold, 4000u);
    pass(f, 10'000);
    f.s.silent();
}

TEST(Recovery, a_probe_that_was_not_needed_costs_nothing) {
    for (bool says_so : {true, false}) {
        Flight f;
        probe_the_tail(f);
        std::uint32_t const before = f.information().congestion_window;
        f.ack(10);
        if (says_so)
            f.ack(10, {{9, 10}});  // it came twice [rfc2883 §4]
        else
            f.ack(10);  // the peer does not tell why it says that again
        f.fill(1);
        f.ack(11);
        EXPECT_GE(f.information().congestion_window, before) << says_so;
    }
}

// Where a device cuts segments, the probe may begin in the one before the last.
TEST(Recovery, a_probe_of_which_the_end_came_once_was_needed) {
    Flight f;
    probe_the_tail(f);
    f.s.in(". 1:1(0) ack 10001 <sack 9001:9501>");
    f.fill(1);
    f.ack(11);
    EXPECT_EQ(f.information().congestion_window, 4000u);
}

// Nor does what is known of an earlier loss, which was none, take it back.
TEST(Recovery, what_a_probe_found_lost_stays_when_the_loss_before_was_none) {
    Flight f;
    f.fill(10);
    pass(f, 100);
    f.ack(0, {{1, 4}});
    f.out(0);
    f.ack(10);  // or it was only late
    f.fill(5);
    pass(f, 100);
    f.ack(11);
    f.s.until_output();
    f.out(14);
    f.ack(15);
    f.fill(1);
    f.ack(16);
    std::uint32_t const window = f.information().congestion_window;
    EXPECT_LT(window, 5000u);
    f.ack(16, {{0, 1}});
    f.ack(16, {{0, 1}});  // and the network copied it, too
    EXPECT_EQ(f.information().congestion_window, window);
}

TEST(Recovery, of_two_that_are_news_at_once_the_lower_was_not_overtaken) {  // RFC 2018 §4
    Flight f;
    f.fill(8);
    pass(f, 100);
    f.ack(0, {{4, 5}, {1, 2}});  // the ACK in between was lost: the latest stands first
    f.s.silent();
    f.ack(0, {{4, 6}, {1, 2}});
    f.out(0);  // three arrived behind it, and nothing says that segments overtake each other
    f.out(2);
}

TEST(Recovery, a_time_out_sends_what_is_missing_from_the_first_on) {
    Flight f;
    f.fill(4);
    f.s.until_output();
    f.out(3);  // the probe of the tail
    f.s.until_output();
    f.out(0);  // the timer
    f.s.silent();
    EXPECT_EQ(f.information().congestion_window, 1000u);
    f.ack(1, {{2, 4}});
    f.out(1);
    f.s.silent();
    f.ack(4);
    f.s.silent();
    EXPECT_EQ(f.information().retransmissions, 3u);
}

TEST(Recovery, a_peer_that_forgets_what_it_held_gets_it_again) {  // RFC 2018 §8
    Flight f;
    f.fill(4);
    pass(f, 100);
    f.ack(0, {{0, 4}});  // a lie: it acknowledges nothing of it
    f.s.until_output();
    f.out(0);
    f.ack(1);
    f.out(1);
    f.out(2);  // slow start
    f.ack(2);
    f.out(3);
    f.ack(4);
    EXPECT_EQ(f.information().unacknowledged, 0u);
}

TEST(Recovery, blocks_that_cannot_be_are_not_believed) {  // T4, T10
    Flight f;
    f.fill(4);
    pass(f, 100);
    f.s.in(". 1:1(0) ack 1 <sack 3001:2001>");
    f.s.in(". 1:1(0) ack 1 <sack 1001:90001>");
    f.s.in(". 1:1(0) ack 1 <sack 2001:2001>");
    f.s.in(". 1:1(0) ack 1 <sack 4294900000:4294910000>");
    f.s.silent();
    EXPECT_EQ(f.information().retransmissions, 0u);
    f.ack(4);
    EXPECT_EQ(f.information().unacknowledged, 0u);
}

TEST(Recovery, blocks_of_one_octet_leave_a_host_that_answers) {  // T10, CVE-2019-11477
    Flight f;
    f.fill(10);
    pass(f, 100);
    for (unsigned at = 3; at < 9000; at += 2) {
        std::string const octet = std::to_string(at) + ":" + std::to_string(at + 1);
        f.s.in((". 1:1(0) ack 1 <sack " + octet + ">").c_str());
        f.s.discard_output();
    }
    f.ack(10);
    f.s.discard_output();
    EXPECT_EQ(f.information().unacknowledged, 0u);
    f.s.expect_alive();
}

TEST(Recovery, a_closed_window_is_probed_with_its_first_octet) {
    Flight f;
    f.fill(2);
    pass(f, 100);
    f.s.send(f.socket, 3000);
    f.s.discard_output();
    f.s.in(". 1:1(0) ack 2001 win 0");
    for (int i = 0; i < 10; ++i) {
        Duration const wait = f.s.until_output();
        EXPECT_LE(wait, Duration::seconds(61)) << i;
        auto const frame = f.s.out_frame();
        ASSERT_TRUE(frame);
        std::uint32_t const sequence = wire::load_be32(&(*frame)[38]) - f.s.our_isn();
        EXPECT_EQ(sequence, 2001u);
        f.s.in(". 1:1(0) ack 2001 win 0");
        f.s.discard_output();
    }
    f.s.in(". 1:1(0) ack 2001 win 65535");
    f.s.discard_output();
    pass(f, 5000);
    f.s.discard_output();
    f.s.in(". 1:1(0) ack 5001");
    EXPECT_EQ(f.information().unacknowledged, 0u);
}

// ---- the parts ----

TEST(SegmentLog, agrees_with_a_map_of_octets) {
    SeededRandom random(31);
    for (int round = 0; round < 60; ++round) {
        OwnLog log;
        std::map<tcp::Position, bool> octets;  // what is out; true: lost
        tcp::Position end = 1;
        Instant now;
        for (int step = 0; step < 40; ++step) {
            now = now + Duration::milliseconds(1);
            tcp::Position const begin = 1 + random.below(end);
            tcp::Position const until = begin + 1 + random.below(20);
            switch (random.below(4)) {
                case 0: {
                    tcp::Position const length = 1 + random.below(10);
                    log.on_sent({end, end + length}, now);
                    for (tcp::Position p = end; p < end + length; ++p) octets[p] = false;
                    end += length;
                    break;
                }
                case 1: {
                    std::uint32_t visited = 0;
                    std::uint32_t const gone = log.on_delivered(
                        {begin, until}, [&](tcp::SentSegment const& s) { visited += s.length(); });
                    std::uint32_t expected = 0;
                    for (tcp::Position p = begin; p < until; ++p)
                        expected += static_cast<std::uint32_t>(octets.erase(p));
                    ASSERT_EQ(gone, expected);
                    ASSERT_EQ(visited, expected);
                    break;
                }
                case 2:
                    log.mark_all_lost();
                    for (auto& [position, lost] : octets) lost = true;
                    break;
                default:
                    if (auto const* const lost = log.first_lost()) {
                        tcp::Position const from = lost->begin;
                        tcp::Position const to = from + (lost->length() + 1) / 2;
                        log.on_sent({from, to}, now);
                        for (tcp::Position p = from; p < to; ++p) octets[p] = false;
                    }
            }
            std::uint32_t in_network = 0;
            for (auto const& [position, lost] : octets) in_network += !lost;
            ASSERT_EQ(log.in_network(), in_network) << "round " << round << " step " << step;
            for (std::size_t i = 1; i < log.size(); ++i) ASSERT_LE(log[i - 1].end, log[i].begin);
        }
    }
}

TEST(SegmentLog, is_bounded_and_then_knows_less) {
    OwnLog log;
    for (tcp::Position p = 1; p <= 1000; ++p) log.on_sent({p, p + 1}, Instant());
    EXPECT_EQ(log.size(), log.capacity());
    EXPECT_EQ(log.in_network(), 1000u);
    EXPECT_EQ(log.on_delivered({1, 1001}, [](auto const&) {}), 1000u);
    EXPECT_TRUE(log.empty());
}

// Segments of 64 octets: what is out is bounded by the account that can be kept of it.
TEST(SegmentLog, what_does_not_fit_into_it_does_not_leave) {
    Script s(Flight::config(64 * 1024));
    SocketId const listener = s.listen(80);
    s.in("S 0:0(0) win 65535 <mss 64,sackOK>");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1");
    SocketId const socket = s.accept(listener);
    s.send(socket, 60'000);
    auto const leaves = [&] {
        unsigned count = 0;
        while (s.out_frame()) ++count;
        return count;
    };
    unsigned sent = leaves(), full_rounds = 0;
    while (sent < 60'000 / 64) {
        for (unsigned at = 0; at < 4; ++at)
            s.in((". 1:1(0) ack " + std::to_string(1 + 64 * (sent - 3 + at))).c_str());
        unsigned const more = leaves();
        ASSERT_GT(more, 0u);
        EXPECT_LE(more, 64u);
        if (more == 64) ++full_rounds;
        sent += more;
    }
    EXPECT_GT(full_rounds, 5u);  // the windows of both sides were larger
}

TEST(ProportionalReduction, halves_what_is_out_over_one_round_trip) {  // RFC 6937 §3.1
    tcp::ProportionalReduction pace;
    pace.begin(20'000);
    std::uint32_t out = 20'000, sent = 0;
    for (unsigned i = 0; i < 20; ++i) {
        out -= 1000;
        pace.on_delivered(1000, out, 10'000, 1000);
        while (pace.allowed() >= 1000) {
            pace.on_sent(1000);
            out += 1000;
            sent += 1000;
        }
    }
    EXPECT_EQ(sent, 10'000u);
    EXPECT_EQ(out, 10'000u);
}

// ---- two stacks ----

// Four million octets over 20 ms of round trip.
TEST(Recovery, goodput_bears_loss) {
    auto const time_for = [](unsigned loss, std::uint64_t seed) {
        LinkFaults faults;
        faults.loss_percent = loss;
        Config config;
        config.limits.send_buffer = config.limits.receive_buffer = 64 * 1024;
        Pair pair(seed, faults, config);
        auto const listener = pair.tcp(1).listen(Endpoint{IpAddress(), Port(80)});
        auto const client = pair.tcp(0).connect(Endpoint{Pair::address(1), Port(80)});
        EXPECT_TRUE(listener.ok() && client.ok());
        SocketId server;
        std::vector<std::uint8_t> chunk(4096, 0x5a), into(65536);
        std::uint64_t written = 0, read = 0;
        constexpr std::uint64_t total = 4'000'000;
        Instant const start = pair.now();
        while (read < total && pair.now() - start < Duration::seconds(600)) {
            while (written < total) {
                auto const sent = pair.tcp(0).send(client.value(), chunk);
                if (!sent.ok()) break;
                written += sent.value();
            }
            if (!server) {
                auto const accepted = pair.tcp(1).accept(listener.value());
                if (accepted.ok()) server = accepted.value();
            }
            while (server) {
                auto const got = pair.tcp(1).receive(server, into);
                if (!got.ok() || got.value() == 0) break;
                read += got.value();
            }
            if (!pair.step()) break;
        }
        EXPECT_GE(read, total);
        Duration const time = pair.now() - start;
        pair.tcp(0).abort(client.value());
        pair.tcp(1).abort(server);
        pair.run_for(Duration::seconds(1));
        return time;
    };
    // 64 KiB a round trip.
    EXPECT_LT(time_for(0, 5), Duration::milliseconds(1400));
    // Padhye's formula expects 5.5 s and 22 s of Reno, with a window without a bound: 2,763
    // segments, a time-out of 200 ms, an ACK for each segment (b = 1).
    constexpr std::uint64_t runs = 8;
    Duration one, five;
    for (std::uint64_t seed = 1; seed <= runs; ++seed) {
        one = one + time_for(1, seed);
        five = five + time_for(5, seed);
    }
    EXPECT_LT(one / runs, Duration::milliseconds(4500));
    EXPECT_LT(five / runs, Duration::milliseconds(22'000));
}

}  // namespace
}  // namespace net::testing
