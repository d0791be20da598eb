// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/congestion_plot.hpp"

#include <gtest/gtest.h>

#include "visualizer/testing/wire.hpp"

namespace viz::model {
namespace {

using sim::debug::EventKind;
using testing::Wire;

constexpr std::uint8_t syn = TcpFlag::syn, ack = TcpFlag::ack;

Wire opened() {
    Wire wire;
    wire.index.name_connection(0x900, "10.0.2.15:80 with 10.0.2.2:51514", 0);
    wire.in(syn, 100, 0).out(syn | ack, 500, 101).in(ack, 101, 501);
    return wire;
}

TEST(CongestionPlot, shows_the_windows_that_the_kernel_tells) {
    Wire wire = opened();
    wire.tells(EventKind::tcp_window, 1000, UINT32_MAX);
    wire.out(ack, 501, 101, 400).in(ack, 101, 901).tells(EventKind::tcp_window, 1400, UINT32_MAX);
    wire.out(ack, 901, 101, 400).tells(EventKind::tcp_window, 700, 700).in(ack, 101, 1301);
    TcpFlow const flow = wire.flows().all().at(0);
    auto const plot = congestion_plot(flow, true, life_of(flow));
    ASSERT_EQ(plot.window.size(), 3u);
    EXPECT_EQ(plot.window[1].number, 1400);
    ASSERT_EQ(plot.threshold.size(), 1u) << "the first are not limited by one";
    EXPECT_EQ(plot.threshold[0].number, 700);
    EXPECT_EQ(plot.most_bytes, 1400);
    EXPECT_TRUE(congestion_plot(flow, false, life_of(flow)).window.empty()) << "the peer tells us nothing";
    ASSERT_EQ(plot.window.back().number, 700);
    auto const late = congestion_plot(flow, true, {plot.window[2].virtual_ns - 5, wire.now()});
    ASSERT_EQ(late.window.size(), 2u);
    EXPECT_EQ(late.window[0].number, 1400) << "what was so at the beginning";
}

TEST(CongestionPlot, counts_what_is_in_flight) {
    Wire wire = opened();
    for (unsigned i = 0; i < 3; ++i) wire.out(ack, 501 + i * 100, 101, 100);
    wire.in(ack, 101, 701).out(ack, 501, 101, 100).in(ack, 101, 801);
    TcpFlow const flow = wire.flows().all().at(0);
    auto const plot = congestion_plot(flow, true, life_of(flow));
    std::vector<std::int64_t> heights;
    for (auto const& c : plot.in_flight) heights.push_back(c.number);
    EXPECT_EQ(heights, (std::vector<std::int64_t>{0, 1, 0, 100, 200, 300, 100, 0})) << "the SYN counts too";
    EXPECT_EQ(height_at(plot.in_flight, plot.in_flight[5].virtual_ns + 1), 300);
    EXPECT_EQ(height_at(plot.in_flight, 0), std::nullopt);
    EXPECT_TRUE(plot.offered_left_out) << "64,240 bytes lie far above";
    EXPECT_EQ(plot.least_offered, 64240u);
    EXPECT_EQ(plot.again, (std::vector<std::size_t>{7}));
}

TEST(CongestionPlot, measures_no_round_trip_of_what_was_sent_twice) {
    Wire wire = opened();
    wire.out(ack, 501, 101, 100).wait(5000).in(ack, 101, 601);                          // 6 us
    wire.out(ack, 601, 101, 100).wait(9000).out(ack, 601, 101, 100).in(ack, 101, 701);  // nobody knows
    wire.out(ack, 701, 101, 100).out(ack, 801, 101, 100).wait(2000).in(ack, 101, 801);  // of the first
    wire.tells(EventKind::tcp_round_trip, 6'000, 200'000'000);
    wire.in(ack, 101, 901);  // of the second
    TcpFlow const flow = wire.flows().all().at(0);
    auto const plot = congestion_plot(flow, true, life_of(flow));
    std::vector<std::uint64_t> times;
    for (auto const& trip : plot.round_trips) times.push_back(trip.ns);
    EXPECT_EQ(times, (std::vector<std::uint64_t>{1'000, 6'000, 4'000, 4'010})) << "the SYN's first";
    ASSERT_EQ(plot.smoothed.size(), 1u);
    EXPECT_EQ(plot.smoothed[0].number, 6'000);
    EXPECT_TRUE(plot.timeout_left_out) << "200 ms would press microseconds flat";
    EXPECT_EQ(plot.most_ns, 6'000);
    EXPECT_TRUE(congestion_plot(flow, false, life_of(flow)).round_trips.empty());
}

}  // namespace
}  // namespace viz::model
