// SPDX-License-Identifier: MIT
//
// CUBIC and HyStart++ as laws alone, and over links with a queue. [rfc9438] [rfc9406]
#include "kernel/net/tcp/cubic.hpp"

#include <cmath>

#include "kernel/net/tcp/reno.hpp"
#include "kernel/net/testing/link.hpp"

namespace net::testing {
namespace {

using tcp::Acknowledged;
using tcp::CongestionControl;
using tcp::Cubic;
using tcp::Position;

constexpr std::uint32_t mss = 1000;

// A sender that always has a window's worth out: each round trip all of it is acknowledged,
// two segments at a time.
struct Path {
    explicit Path(CongestionControl& law_to_use, Duration round_trip_to_use)
        : law(law_to_use), round_trip(round_trip_to_use) {
        law.start(mss);
    }
    void round() {
        Position const end = una + law.window();
        while (una < end) {
            std::uint64_t const left = end - una;
            auto const octets = static_cast<std::uint32_t>(left < 2 * mss ? left : 2 * mss);
            una += octets;
            now = now + round_trip * octets / static_cast<std::int64_t>(end - begin);
            law.on_acknowledged({octets, una, una + law.window(), measured, round_trip, now});
        }
        begin = end;
        now = start + round_trip * ++rounds;
    }
    double segments() const { return law.window() / double{mss}; }

    CongestionControl& law;
    Duration round_trip;
    Duration measured = round_trip;
    Instant start = Instant::from_boot(Duration::seconds(5));
    Instant now = start;
    std::int64_t rounds = 0;
    Position una = 1;
    Position begin = 1;
};

// In slow start up to so many segments, and then a loss.
void lose_at(Path& path, std::uint32_t segments) {
    while (path.law.window() < segments * mss) path.round();
    path.law.on_loss(segments * mss);
}

TEST(Cubic, a_loss_leaves_seven_tenths) {  // RFC 9438 §4.6
    Cubic law;
    law.start(mss);
    law.on_loss(100 * mss);
    EXPECT_EQ(law.window(), 70 * mss);
    EXPECT_EQ(law.threshold(), 70 * mss);
    law.on_loss(1 * mss);
    EXPECT_EQ(law.window(), 2 * mss);  // but not less than two segments
}

TEST(Cubic, comes_back_along_its_curve) {  // RFC 9438 §4.2
    Cubic law;
    Path path(law, Duration::milliseconds(100));
    while (law.window() < 1000 * mss) path.round();
    double const top = path.segments();
    law.on_loss(law.window());
    double const bottom = path.segments();
    double const k = std::cbrt((top - bottom) / 0.4);
    ASSERT_NEAR(bottom, 0.7 * top, 1);
    ASSERT_GT(k, 9);
    for (double t = 0.1; t < 2 * k; t += 0.1) {
        path.round();
        double const curve = 0.4 * std::pow(t - k, 3) + top;
        EXPECT_NEAR(path.segments(), curve, 0.02 * top) << t << " s after the loss";
    }
    EXPECT_GT(path.segments(), top * 1.2);  // beyond the old plateau, and ever faster
}

TEST(Cubic, is_no_slower_than_reno_where_the_path_is_short) {  // RFC 9438 §4.3
    Cubic law;
    tcp::Reno reno;
    Path cubic(law, Duration::milliseconds(10)), book(reno, Duration::milliseconds(10));
    lose_at(cubic, 20);
    lose_at(book, 20);
    // Reno's average after losses is what counts: cubic falls less and rises at 9/17 of its pace.
    EXPECT_EQ(law.window(), 14 * mss);
    EXPECT_EQ(reno.window(), 10 * mss);
    for (int i = 0; i < 10; ++i) {
        cubic.round();
        book.round();
    }
    EXPECT_NEAR(cubic.segments(), 14 + 10 * 9 / 17.0, 1);
    EXPECT_NEAR(book.segments(), 20, 1);
    // Where the loss was, it has found the path's room again, and rises as Reno does.
    for (int i = 0; i < 2; ++i) cubic.round();
    double const there = cubic.segments();
    for (int i = 0; i < 5; ++i) cubic.round();
    EXPECT_NEAR(cubic.segments(), there + 5, 1);
}

TEST(Cubic, leaves_room_for_a_newcomer) {  // RFC 9438 §4.7
    Cubic law;
    Path path(law, Duration::milliseconds(100));
    lose_at(path, 1000);
    law.on_loss(700 * mss);  // before it got back to its plateau
    double const plateau = 0.85 * 0.7 * 1000;
    EXPECT_EQ(law.window(), 490 * mss);
    // There its curve is flat, and not where the second loss was.
    double const k = std::cbrt((plateau - 490) / 0.4);
    for (double t = 0.1; t < k; t += 0.1) path.round();
    EXPECT_NEAR(path.segments(), plateau, 10);
}

TEST(Cubic, a_time_out_leaves_one_segment_and_a_curve_that_begins_flat) {  // RFC 9438 §4.8
    Cubic law;
    Path path(law, Duration::milliseconds(100));
    lose_at(path, 100);
    law.on_timeout(70 * mss, false);
    EXPECT_EQ(law.window(), mss);
    EXPECT_EQ(law.threshold(), 49 * mss);
    law.on_timeout(1 * mss, true);  // once more: the threshold stays
    EXPECT_EQ(law.threshold(), 49 * mss);
    while (law.window() < 49 * mss) path.round();
    double const begin = path.segments();
    for (int i = 0; i < 5; ++i) path.round();
    EXPECT_LT(path.segments(), begin + 6);
}

TEST(Cubic, time_passes_only_while_the_window_is_used) {  // RFC 9438 §5.8
    Cubic law;
    Path path(law, Duration::milliseconds(100));
    lose_at(path, 1000);
    path.round();
    std::uint32_t const before = law.window();
    path.start = path.start + Duration::seconds(60);  // nothing is sent for a minute
    path.now = path.start + path.round_trip * path.rounds;
    law.on_acknowledged({mss, path.una, path.una, path.round_trip, path.round_trip, path.now});
    EXPECT_LT(law.window(), before + 30 * mss);  // and not thousands
}

TEST(Cubic, a_window_without_bound_does_not_overflow) {
    Cubic law;
    Path path(law, Duration::seconds(10));
    law.on_loss(1u << 30);
    Instant now = path.now;
    for (int i = 0; i < 20'000; ++i) {
        now = now + Duration::seconds(10);
        law.on_acknowledged({1u << 20, 1, 1, Duration::seconds(10), Duration::seconds(10), now});
        ASSERT_LE(law.window(), 1u << 30);
        ASSERT_GE(law.window(), 2 * mss);
    }
    EXPECT_EQ(law.window(), 1u << 30);
}

TEST(Hystart, leaves_slow_start_when_round_trips_become_longer) {  // RFC 9406 §4.2
    Cubic law;
    Path path(law, Duration::milliseconds(50));
    for (int i = 0; i < 3; ++i) path.round();
    std::uint32_t const before = law.window();
    path.measured = Duration::milliseconds(57);  // more than an eighth
    path.round();
    EXPECT_LT(law.window(), before * 2);     // the doubling ends within the round
    EXPECT_EQ(law.threshold(), UINT32_MAX);  // but it may still be an accident
    for (int i = 0; i < 4; ++i) {
        std::uint32_t const then = law.window();
        path.round();
        EXPECT_NEAR(law.window(), then * 1.25, 2 * mss);
    }
    path.round();
    EXPECT_LT(law.threshold(), UINT32_MAX);
}

TEST(Hystart, goes_on_when_it_was_something_else) {  // RFC 9406 §4.2, "spurious"
    Cubic law;
    Path path(law, Duration::milliseconds(50));
    for (int i = 0; i < 2; ++i) path.round();
    path.measured = Duration::milliseconds(57);
    path.round();
    path.measured = Duration::milliseconds(50);
    path.round();
    std::uint32_t const then = law.window();
    path.round();
    EXPECT_NEAR(law.window(), then * 2, 2 * mss);
    EXPECT_EQ(law.threshold(), UINT32_MAX);
}

TEST(Hystart, bears_a_little_jitter) {
    Cubic law;
    Path path(law, Duration::milliseconds(50));
    for (int i = 0; i < 4; ++i) {
        path.measured = Duration::milliseconds(50 + i);  // less than 4 ms from round to round
        std::uint32_t const then = law.window();
        path.round();
        EXPECT_NEAR(law.window(), then * 2, 2 * mss);
    }
}

// Ten megabits a second, 40 ms of round trip and a queue of 768 KiB: what it had dropped when slow
// start ended.
std::uint64_t dropped_by_slow_start(CongestionLaw law) {
    LinkFaults faults;
    faults.delay = Duration::milliseconds(20);
    faults.octets_per_second = 1'250'000;
    faults.queue = 768 * 1024;
    Config config;
    config.congestion = law;
    config.limits.send_buffer = config.limits.receive_buffer = 1024 * 1024;
    Pair pair(1, faults, config);
    auto const listener = pair.tcp(1).listen(Endpoint{IpAddress(), Port(80)});
    Peer client{&pair.tcp(0), pair.tcp(0).connect(Endpoint{Pair::address(1), Port(80)}).value(), 8'000'000};
    Peer server{&pair.tcp(1), SocketId(), 0};
    while (pair.tcp(0).information(client.socket).value().threshold == UINT32_MAX) {
        client.work();
        if (auto const accepted = pair.tcp(1).accept(listener.value()); accepted.ok())
            server.socket = accepted.value();
        if (server.socket) server.work();
        if (!pair.step()) break;
    }
    EXPECT_LT(server.read, 8'000'000u);
    std::uint64_t const dropped = pair.overflows();
    pair.tcp(0).abort(client.socket);
    pair.tcp(1).abort(server.socket);
    return dropped;
}

TEST(Hystart, ends_slow_start_before_a_queue_overflows) {        // RFC 9406 §1
    EXPECT_GT(dropped_by_slow_start(CongestionLaw::Reno), 20u);  // it finds out by filling it
    EXPECT_EQ(dropped_by_slow_start(CongestionLaw::Cubic), 0u);
}

TEST(Hystart, needs_eight_measurements_in_a_round) {  // N_RTT_SAMPLE
    tcp::HystartPlusPlus start;
    auto const ack = [&](Position una, int milliseconds) {
        return start.growth({1000, una, una + 10'000, Duration::milliseconds(milliseconds), {}, {}}, 1000);
    };
    for (int i = 0; i < 8; ++i) EXPECT_EQ(ack(1000, 50), 1000u);
    for (int i = 0; i < 7; ++i) EXPECT_EQ(ack(11'000, 80), 1000u);
    EXPECT_EQ(ack(11'000, 80), 250u);
}

}  // namespace
}  // namespace net::testing
