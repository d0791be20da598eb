// SPDX-License-Identifier: GPL-2.0-or-later
//
// Properties, fates, lanes and the switch.
#include "simulator/links/lane.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "simulator/links/switch.hpp"
#include "simulator/machine/state.hpp"

namespace sim::links {
namespace {

Frame frame_of(std::size_t bytes, std::uint8_t content = 7) { return Frame(bytes, content); }

struct Sent {
    Lane lane;
    explicit Sent(char const* properties, std::uint64_t seed = 1, char const* name = "wire:a>b")
        : lane(parse_properties(properties), seed, name) {}
    std::vector<Lane::Arrival> at(std::uint64_t now, Frame const& frame = frame_of(100),
                                  FaultEffect effect = {}) {
        std::vector<Lane::Arrival> arrivals;
        lane.send(now, frame, effect, arrivals);
        return arrivals;
    }
};

TEST(LinkProperties, are_read_as_written) {
    LinkProperties const p = parse_properties(
        "loss=1%,delay=20ms,jitter=1.5ms,rate=10M,queue=50,burst=0.1%/"
        "4,duplicate=2%,reorder=0.5%,corrupt=100%");
    EXPECT_EQ(p.loss, 10'000u);
    EXPECT_EQ(p.delay_ns, 20'000'000u);
    EXPECT_EQ(p.jitter_ns, 1'500'000u);
    EXPECT_EQ(p.rate_bits, 10'000'000u);
    EXPECT_EQ(p.queue_frames, 50u);
    EXPECT_EQ(p.burst, 1'000u);
    EXPECT_EQ(p.burst_frames, 4u);
    EXPECT_EQ(p.duplicate, 20'000u);
    EXPECT_EQ(p.reorder, 5'000u);
    EXPECT_EQ(p.corrupt, 1'000'000u);
    EXPECT_EQ(parse_properties(""), LinkProperties());
}

// A minute's latency and a guest that sends as fast as it can.
TEST(Lane, no_more_is_under_way_than_fits) {
    Sent sent("delay=60s");
    std::uint64_t arrived = 0, time = 0;
    for (; time < 20'000'000; time += 1'000) arrived += sent.at(time, frame_of(1514)).size();
    EXPECT_LE(arrived * 1514, most_under_way_bytes);
    EXPECT_GE(arrived * 1514, most_under_way_bytes * 8 / 10);
    EXPECT_EQ(sent.lane.lost(), 20'000 - arrived);
    // When the first has arrived there is room for one more.
    EXPECT_EQ(sent.at(60'000'000'000, frame_of(1514)).size(), 1u);
    EXPECT_EQ(sent.at(60'000'000'000, frame_of(1514)).size(), 0u);
    // Twice the frame, twice the room.
    Sent doubled("delay=60s,duplicate=100%");
    arrived = 0;
    for (time = 0; time < 20'000'000; time += 1'000) arrived += doubled.at(time, frame_of(1514)).size();
    EXPECT_LE(arrived * 1514, most_under_way_bytes);
    // What is under way is part of the state.
    machine::StateWriter writer;
    Lane::fields(sent.lane, writer);
    auto const bytes = writer.take();
    Sent other("delay=60s");
    machine::StateReader reader(bytes);
    Lane::fields(other.lane, reader);
    reader.finish();
    EXPECT_EQ(other.at(60'000'000'500, frame_of(1514)).size(), 0u);
    EXPECT_EQ(other.at(60'000'001'000, frame_of(1514)).size(), 1u);
}

TEST(LinkProperties, nonsense_is_refused_by_its_key) {
    for (char const* text :
         {"loss",      "loss=",      "loss=1",     "loss=101%", "loss=-1%",
          "loss=1%%",  "delay=20",   "delay=1ns",  "delay=61s", "delay=99999999999999999999s",
          "jitter=x",  "rate=1",     "rate=M",     "rate=10X",  "queue=0",
          "queue=1.5", "burst=1%/0", "burst=1%/x", "speed=1",   "=",
          ","}) {
        try {
            parse_properties(text);
            ADD_FAILURE() << text;
        } catch (std::runtime_error const& error) {
            std::string_view const key =
                std::string_view(text).substr(0, std::string_view(text).find_first_of("=,"));
            EXPECT_NE(std::string(error.what()).find(key), std::string::npos) << error.what();
        }
    }
}

TEST(Fate, depends_on_seed_lane_and_number_and_on_nothing_else) {
    LinkProperties const p = parse_properties("loss=50%,duplicate=50%,jitter=1ms");
    auto const history = [&](std::uint64_t seed, std::uint64_t lane) {
        std::string text;
        for (std::uint64_t n = 1; n <= 64; ++n) text += fate_of(p, seed, lane, n, 100).lost ? 'x' : '.';
        return text;
    };
    EXPECT_EQ(history(1, 5), history(1, 5));
    EXPECT_NE(history(1, 5), history(2, 5));
    EXPECT_NE(history(1, 5), history(1, 6));
    // More of something else changes nothing about the losses.
    LinkProperties more = p;
    more.corrupt = 500'000;
    for (std::uint64_t n = 1; n <= 64; ++n)
        EXPECT_EQ(fate_of(p, 1, 5, n, 100).lost, fate_of(more, 1, 5, n, 100).lost);
}

TEST(Fate, happens_about_as_often_as_asked) {
    LinkProperties const p = parse_properties("loss=5%,duplicate=1%,reorder=20%,corrupt=50%,jitter=1ms");
    unsigned lost = 0, twice = 0, late = 0, turned = 0;
    double jitter = 0;
    constexpr unsigned many = 100'000;
    for (unsigned n = 1; n <= many; ++n) {
        Fate const fate = fate_of(p, 3, 99, n, 60);
        lost += fate.lost;
        twice += fate.duplicated;
        late += fate.overtaken;
        turned += fate.turned_bit.has_value();
        if (fate.turned_bit) {
            ASSERT_LT(*fate.turned_bit, 480u);
        }
        ASSERT_LE(fate.jitter_ns, 1'000'000u);
        jitter += static_cast<double>(fate.jitter_ns) / many;
    }
    EXPECT_NEAR(lost, 5'000, 300);
    EXPECT_NEAR(twice, 1'000, 150);
    EXPECT_NEAR(late, 20'000, 600);
    EXPECT_NEAR(turned, 50'000, 800);
    EXPECT_NEAR(jitter, 500'000, 10'000);
}

TEST(Fate, bursts_take_frames_in_a_row) {
    LinkProperties const p = parse_properties("burst=0.5%/10");
    unsigned lost = 0, runs = 0, shortest = 1000, run = 0;
    for (unsigned n = 1; n <= 50'000; ++n) {
        if (fate_of(p, 3, 99, n, 60).lost) {
            ++lost;
            ++run;
            continue;
        }
        if (run > 0) {
            ++runs;
            shortest = std::min(shortest, run);
        }
        run = 0;
    }
    EXPECT_EQ(shortest, 10u);
    EXPECT_GT(runs, 150u);
    EXPECT_GE(lost, runs * 10);
}

TEST(Lane, latency_rate_and_queue) {
    Sent plain("delay=5ms");
    ASSERT_EQ(plain.at(1000).size(), 1u);
    EXPECT_EQ(plain.at(1000)[0].at_ns, 5'001'000u);
    Sent slow("delay=1ms,rate=1M,queue=3");
    // 100 + 24 bytes at 1 Mbit/s: 992 us each.
    EXPECT_EQ(slow.at(0)[0].at_ns, 1'992'000u);
    EXPECT_EQ(slow.at(0)[0].at_ns, 2'984'000u);
    EXPECT_EQ(slow.at(0)[0].at_ns, 3'976'000u);
    EXPECT_TRUE(slow.at(0).empty()) << "the queue is full";
    EXPECT_EQ(slow.at(992'000)[0].at_ns, 4'968'000u) << "one has left";
    EXPECT_EQ(slow.lane.sent(), 5u);
    EXPECT_EQ(slow.lane.lost(), 1u);
}

TEST(Lane, jitter_keeps_the_order_and_reordering_does_not) {
    Sent jitter("delay=1ms,jitter=5ms");
    std::uint64_t last = 0;
    for (unsigned i = 0; i < 200; ++i) {
        auto const arrived = jitter.at(i * 1000);
        ASSERT_EQ(arrived.size(), 1u);
        EXPECT_GE(arrived[0].at_ns, last);
        last = arrived[0].at_ns;
    }
    Sent reorder("delay=1ms,reorder=20%");
    unsigned overtaken = 0;
    last = 0;
    for (unsigned i = 0; i < 200; ++i) {
        auto const at = reorder.at(i * 10'000)[0].at_ns;
        overtaken += at < last;
        last = std::max(last, at);
    }
    EXPECT_GT(overtaken, 20u);
}

TEST(Lane, faults_do_what_they_say) {
    Sent lane("delay=1ms");
    EXPECT_TRUE(lane.at(0, frame_of(60), {.drop = true}).empty());
    EXPECT_EQ(lane.at(0, frame_of(60), {.duplicate = true}).size(), 2u);
    EXPECT_NE(lane.at(0, frame_of(60), {.corrupt = {0}})[0].frame, frame_of(60));
    EXPECT_EQ(lane.at(0, frame_of(60), {.delay_ns = 7})[0].at_ns, 1'000'007u);
    EXPECT_EQ(lane.at(0)[0].at_ns, 1'000'000u) << "a delayed frame holds nobody up";
}

TEST(Lane, a_frames_fate_has_words) {
    Frame const frame(60, 1);
    Frame other = frame;
    other[7] ^= 4;
    EXPECT_EQ(Lane::fate(1'000'000, frame, {}), "lost");
    std::vector<Lane::Arrival> arrivals{{2'500'000, frame}};
    EXPECT_EQ(Lane::fate(1'000'000, frame, arrivals), "arrives 1500us later");
    arrivals.push_back(arrivals[0]);
    EXPECT_EQ(Lane::fate(1'000'000, frame, arrivals), "arrives 1500us later, twice");
    arrivals = {{1'000'001, other}};
    EXPECT_EQ(Lane::fate(1'000'000, frame, arrivals), "arrives 1ns later, changed");
    EXPECT_EQ(Lane::past(1'000'000, frame, arrivals), "under way for 1ns, changed");
    EXPECT_EQ(Lane::past(1'000'000, frame, {}), "lost");
}

TEST(Switch, floods_what_it_does_not_know_and_learns) {
    Switch one(3);
    one.set_ports(4);
    auto const frame = [](std::uint8_t to, std::uint8_t from) {
        Frame bytes(60, 0);
        bytes[5] = to;
        bytes[11] = from;
        if (to == 0xFF) std::fill_n(bytes.begin(), 6, 0xFF);
        return bytes;
    };
    using Ports = std::vector<unsigned>;
    EXPECT_EQ(one.forward(0, frame(2, 1)), (Ports{1, 2, 3}));
    EXPECT_EQ(one.forward(1, frame(1, 2)), (Ports{0}));
    EXPECT_EQ(one.forward(0, frame(2, 1)), (Ports{1}));
    EXPECT_EQ(one.forward(1, frame(0xFF, 2)), (Ports{0, 2, 3}));
    EXPECT_EQ(one.forward(1, frame(2, 3)), (Ports{})) << "it is there already";
    EXPECT_EQ(one.forward(2, frame(1, 2)), (Ports{0})) << "2 has moved";
    EXPECT_EQ(one.forward(0, frame(2, 1)), (Ports{2}));
    // The table is bounded: who was silent for longest goes.
    EXPECT_EQ(one.forward(3, frame(1, 9)), (Ports{0}));
    EXPECT_EQ(one.known(), 3u);
    EXPECT_EQ(one.forward(0, frame(3, 1)), (Ports{1, 2, 3}));
    EXPECT_TRUE(one.forward(0, Frame(13, 0)).empty());
}

}  // namespace
}  // namespace sim::links
