// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/tcp_flow.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "visualizer/model/connection_text.hpp"
#include "visualizer/model/sequence_plot.hpp"
#include "visualizer/testing/sample_snapshot.hpp"
#include "visualizer/testing/wire.hpp"

namespace viz::model {
namespace {

using sim::debug::Event;
using sim::debug::EventIndex;
using sim::debug::EventKind;

constexpr std::uint8_t fin = TcpFlag::fin, syn = TcpFlag::syn, rst = TcpFlag::rst, ack = TcpFlag::ack;

using testing::Wire;

std::vector<TcpState> states(TcpFlow const& flow) {
    std::vector<TcpState> out;
    for (auto const& step : flow.path()) out.push_back(step.to);
    return out;
}

TEST(TcpFlow, counts_from_the_syn_across_the_wrap_of_the_wire) {
    Wire wire;
    wire.in(syn, 0xFFFFFFF0, 0).out(syn | ack, 0xFFFFFF00, 0xFFFFFFF1);
    wire.in(ack, 0xFFFFFFF1, 0xFFFFFF01).out(ack, 0xFFFFFF01, 0xFFFFFFF1, 1000).in(ack, 0xFFFFFFF1, 0x2E9);
    auto const all = wire.flows();
    ASSERT_EQ(all.all().size(), 1u);
    TcpFlow const& flow = all.all()[0];
    EXPECT_EQ(flow.name(), "10.0.2.15:80 with 10.0.2.2:51514");
    ASSERT_EQ(flow.segments.size(), 5u);
    EXPECT_EQ(flow.segments[3].from, 1);
    EXPECT_EQ(flow.segments[3].to, 1001);
    EXPECT_EQ(flow.segments[4].confirmed, 1001);
    EXPECT_EQ(flow.of(true).bytes, 1000u);
    EXPECT_TRUE(flow.mostly_outward());
}

TEST(TcpFlow, knows_what_was_sent_again_which_acks_are_duplicates_and_what_islands_are_reported) {
    Wire wire;
    wire.in(syn, 100, 0).out(syn | ack, 500, 101).in(ack, 101, 501);
    for (unsigned i = 0; i < 4; ++i) wire.out(ack, 501 + i * 100, 101, 100);
    wire.in(ack, 101, 501);
    wire.frame(true, ack, 101, 501, 0, {5, 10, 0, 0, 2, 0x59, 0, 0, 3, 0x21});  // SACK 601..801
    wire.out(ack, 501, 101, 100).in(ack, 101, 901);
    TcpFlow const flow = wire.flows().all().at(0);
    EXPECT_EQ(flow.sums(true, flow.segments.size()), (TcpSums{500, 1, 2}));
    EXPECT_EQ(flow.sums(true, 7), (TcpSums{400, 0, 0})) << "until then";
    EXPECT_EQ(flow.until({8'500, 0}), 8u);
    Segment const& again = flow.segments[9];
    ASSERT_TRUE(again.again);
    EXPECT_EQ(*again.again, 3u);
    EXPECT_EQ(flow.segments[8].sacks, 1u);
    EXPECT_EQ(flow.segments[8].sack[0], (std::pair<std::int64_t, std::int64_t>{101, 301}));
    EXPECT_FALSE(flow.segments[10].duplicate_ack);

    SequencePlot const plot = sequence_plot(flow, true, life_of(flow));
    using Kind = SequencePlot::Kind;
    std::map<Kind, unsigned> kinds;
    for (auto const& b : plot.bars) ++kinds[b.kind];
    EXPECT_EQ(kinds[Kind::data], 4u);
    EXPECT_EQ(kinds[Kind::again], 1u);
    EXPECT_EQ(kinds[Kind::selective], 1u);
    EXPECT_EQ(kinds[Kind::control], 1u) << "the SYN";
    EXPECT_EQ(plot.duplicate_acks.size(), 2u);
    EXPECT_EQ(plot.confirmed.back().number, 401);
    EXPECT_EQ(plot.least, 0);
    EXPECT_EQ(plot.most, 401) << "the window lies far above: it does not press the data flat";
    EXPECT_EQ(plot.room, 64240u - 400) << "the least that it left";
    EXPECT_EQ(sequence_plot(flow, true, life_of(flow), 3).room, 64240u) << "until then";
    SequencePlot const first = sequence_plot(flow, true, life_of(flow), 1);
    EXPECT_TRUE(first.edge_left_out);
    EXPECT_EQ(first.room, std::nullopt) << "nothing was acknowledged yet";

    // The last two frames alone: what had been acknowledged before them is known.
    SequencePlot const end = sequence_plot(flow, true, {9'500, 12'000});
    ASSERT_FALSE(end.confirmed.empty());
    EXPECT_EQ(end.confirmed.front().number, 1);
    EXPECT_EQ(end.bars.size(), 1u);
    EXPECT_TRUE(sequence_plot(flow, false, {9'500, 12'000}).bars.empty());
}

TEST(TcpFlow, an_acknowledgement_with_another_window_is_no_duplicate) {
    Wire wire;
    wire.in(syn, 100, 0).out(syn | ack, 500, 101).in(ack, 101, 501).out(ack, 501, 101, 100);
    auto update = testing::tcp_frame(true, ack, 101, 501, "");
    update[48] = 1;
    Event e;
    e.at = {50'000, 0};
    e.virtual_ns = 50'000;
    e.kind = EventKind::packet_in;
    e.packet = std::make_shared<std::vector<std::uint8_t> const>(std::move(update));
    wire.index.add(e);
    EXPECT_EQ(wire.flows().all().at(0).sums(true, 99).duplicate_acks, 0u);
}

TEST(TcpFlow, scales_windows_only_when_both_sides_offered_it) {
    for (bool both : {true, false}) {
        Wire wire;
        wire.frame(true, syn, 100, 0, 0, {3, 3, 7});
        wire.frame(false, syn | ack, 500, 101, 0,
                   both ? std::vector<std::uint8_t>{3, 3, 2} : std::vector<std::uint8_t>{});
        wire.in(ack, 101, 501);
        TcpFlow const flow = wire.flows().all().at(0);
        EXPECT_EQ(flow.segments[0].window, 64240u) << "never in a SYN";
        EXPECT_EQ(flow.segments[2].window, both ? 64240u << 7 : 64240u);
    }
}

TEST(TcpFlow, a_new_syn_of_the_same_name_is_another_connection_and_the_same_syn_is_not) {
    Wire wire;
    wire.in(syn, 100, 0).in(syn, 100, 0).out(syn | ack, 500, 101).in(ack, 101, 501).in(rst, 101, 0);
    wire.in(syn, 9'000'000, 0).out(syn | ack, 700, 9'000'001);
    auto const all = wire.flows();
    ASSERT_EQ(all.all().size(), 2u);
    EXPECT_EQ(all.all()[0].segments.size(), 5u);
    EXPECT_EQ(all.all()[0].sums(false, 99).again, 1u) << "the SYN came twice";
    EXPECT_EQ(all.all()[1].segments.size(), 2u);
    EXPECT_EQ(all.of_event(6), 1u);
    EXPECT_EQ(all.of_event(99), std::nullopt);
}

TEST(TcpFlow, thinks_out_every_ordinary_life) {
    using enum TcpState;
    Wire server;
    server.in(syn, 100, 0).out(syn | ack, 500, 101).in(ack, 101, 501).out(ack, 501, 101, 10);
    server.in(fin | ack, 101, 511).out(ack, 511, 102).out(fin | ack, 511, 102).in(ack, 102, 512);
    EXPECT_EQ(states(server.flows().all().at(0)),
              (std::vector{syn_received, established, close_wait, last_ack, closed}));
    Wire client;
    client.out(syn, 100, 0).in(syn | ack, 500, 101).out(ack, 101, 501).out(fin | ack, 101, 501);
    client.in(ack, 501, 102).in(fin | ack, 501, 102).out(ack, 102, 502);
    EXPECT_EQ(states(client.flows().all().at(0)),
              (std::vector{syn_sent, established, fin_wait_1, fin_wait_2, time_wait}));
    Wire both;
    both.out(syn, 100, 0).in(syn | ack, 500, 101).out(fin | ack, 101, 501).in(fin | ack, 501, 101);
    both.out(ack, 102, 502).in(ack, 502, 102);
    EXPECT_EQ(states(both.flows().all().at(0)),
              (std::vector{syn_sent, established, fin_wait_1, closing, time_wait}));
    Wire refused;
    refused.out(syn, 100, 0).in(rst | ack, 0, 101);
    EXPECT_EQ(states(refused.flows().all().at(0)), (std::vector{syn_sent, closed}));
    for (auto const& step : server.flows().all().at(0).path()) EXPECT_TRUE(step.packet);
}

TEST(TcpFlow, believes_the_kernel_where_it_tells) {
    auto const snapshot = testing::sample_snapshot();
    TcpFlows flows;
    flows.update(snapshot->events);
    ASSERT_FALSE(flows.all().empty());
    bool told = false;
    for (TcpFlow const& flow : flows.all()) {
        told |= flow.path_is_told();
        for (auto const& step : flow.told) EXPECT_TRUE(flows.of_event(step.event));
    }
    EXPECT_TRUE(told);
}

// The guest looks at what came only when all of it is there, as after an interrupt.
TEST(TcpFlow, gives_a_told_step_the_frame_that_fits_it_among_those_that_came_at_once) {
    Wire wire;
    wire.index.name_states({"Closed", "Listen", "SynSent", "SynReceived", "Established", "FinWait1",
                            "FinWait2", "CloseWait", "Closing", "LastAck", "TimeWait"});
    wire.index.name_connection(0x900, "10.0.2.15:80 with 10.0.2.2:51514", 0);
    wire.in(syn, 100, 0).state(0, 3).out(syn | ack, 500, 101);                       // events 0 to 2
    wire.in(ack, 101, 501).in(ack, 101, 501, 10).in(ack, 111, 501, 10).state(3, 4);  // 3 to 6
    wire.state(4, 5).out(fin | ack, 501, 121);                                       // 7, 8
    wire.in(ack, 121, 502).in(fin | ack, 121, 502).state(5, 6).state(6, 10);         // 9 to 12
    TcpFlow const flow = wire.flows().all().at(0);
    ASSERT_TRUE(flow.path_is_told());
    std::vector<std::optional<std::uint64_t>> packets;
    for (auto const& step : flow.path()) packets.push_back(step.packet);
    EXPECT_EQ(packets, (std::vector<std::optional<std::uint64_t>>{0, 3, 8, 9, 10}));
    for (auto const& step : flow.path()) EXPECT_EQ(step.packet == 3u, cause_of(step) == "rcv ACK of SYN");
}

TEST(TcpFlow, one_frame_can_be_the_cause_of_two_steps_and_none_that_does_not_fit_is_named) {
    Wire wire;
    wire.index.name_states({"Closed", "Listen", "SynSent", "SynReceived", "Established", "FinWait1",
                            "FinWait2", "CloseWait", "Closing", "LastAck", "TimeWait"});
    wire.index.name_connection(0x900, "10.0.2.15:80 with 10.0.2.2:51514", 0);
    wire.in(syn, 100, 0).state(0, 3).out(syn | ack, 500, 101);  // events 0 to 2
    wire.in(fin | ack, 101, 501).state(3, 4).state(4, 7).in(ack, 102, 501).state(7, 0);
    auto const path = wire.flows().all().at(0).path();
    ASSERT_EQ(path.size(), 4u);
    EXPECT_EQ(path[1].packet, 3u);
    EXPECT_EQ(path[2].packet, 3u);
    EXPECT_EQ(path[3].packet, std::nullopt) << "given up: no frame was the cause";
}

TEST(TcpFlow, a_fin_that_carries_data_is_drawn_as_both) {
    Wire wire;
    wire.in(syn, 100, 0).out(syn | ack, 500, 101).in(ack, 101, 501).out(fin | ack, 501, 101, 100);
    TcpFlow const flow = wire.flows().all().at(0);
    SequencePlot const plot = sequence_plot(flow, true, life_of(flow));
    ASSERT_EQ(plot.bars.size(), 3u) << "SYN, data, FIN";
    EXPECT_EQ(plot.bars[1].kind, SequencePlot::Kind::data);
    EXPECT_EQ(plot.bars[2].kind, SequencePlot::Kind::control);
    EXPECT_EQ(plot.bars[2].to, plot.bars[1].to) << "at its upper end";
    EXPECT_EQ(plot.bars[2].from, plot.bars[2].to - 1);
}

// [rfc9293 §3.4]: the SYN comes before the data.
TEST(TcpFlow, a_syn_that_carries_data_is_marked_at_its_own_number) {
    Wire wire;
    wire.in(syn, 100, 0, 50).out(syn | ack, 500, 151);
    TcpFlow const flow = wire.flows().all().at(0);
    SequencePlot const plot = sequence_plot(flow, false, life_of(flow));
    ASSERT_EQ(plot.bars.size(), 2u);
    EXPECT_EQ(plot.bars[1].kind, SequencePlot::Kind::control);
    EXPECT_EQ(plot.bars[1].from, 0);
    EXPECT_EQ(plot.bars[1].to, 1);
}

TEST(ConnectionText, says_of_one_that_comes_later_that_it_has_not_begun) {
    Wire wire;
    wire.in(syn, 100, 0).out(syn | ack, 500, 101).in(ack, 101, 501);
    Model model;
    auto at = [&](std::uint64_t ns) {
        auto then = std::make_shared<sim::debug::Snapshot>(*testing::sample_snapshot());
        then->events = wire.index.view();
        then->moment = {ns, 0}, then->virtual_ns = ns;
        model.update(then);
        return nlohmann::json::parse(connection_json(model, {}));
    };
    auto before = at(1);
    EXPECT_NE(connection_text(model, {}).find("10.0.2.2:51514, not begun yet\n"), std::string::npos)
        << connection_text(model, {});
    EXPECT_EQ(before["begun"], false);
    ASSERT_EQ(before["path"].size(), 2u);
    for (auto const& step : before["path"]) EXPECT_EQ(step["later"], true);
    auto const between = at(2'500);
    EXPECT_EQ(connection_text(model, {}).find("not begun yet"), std::string::npos);
    EXPECT_EQ(between["begun"], true);
    EXPECT_EQ(between["path"][0]["later"], false);
    EXPECT_EQ(between["path"][1]["later"], true);
}

TEST(ConnectionText, chooses_the_connection_that_was_heard_of_last) {
    Wire wire;
    auto other = [&](std::uint8_t flags, std::uint32_t sequence) {
        auto frame = testing::tcp_frame(true, flags, sequence, 0, "");
        frame[35] = static_cast<std::uint8_t>(frame[35] + 1);  // the next port
        Event e;
        e.virtual_ns = 2'500;
        e.at = {2'500, 0};
        e.kind = EventKind::packet_in;
        e.packet = std::make_shared<std::vector<std::uint8_t> const>(std::move(frame));
        wire.index.add(e);
    };
    wire.in(syn, 100, 0).out(syn | ack, 500, 101);
    other(syn, 7000);
    wire.in(ack, 101, 501);
    auto snapshot = std::make_shared<sim::debug::Snapshot>(*testing::sample_snapshot());
    snapshot->events = wire.index.view();
    Model model;
    for (auto [now, chosen] : {std::pair{2'100ULL, 0U}, {2'600ULL, 1U}, {3'100ULL, 0U}}) {
        auto then = std::make_shared<sim::debug::Snapshot>(*snapshot);
        then->moment = {now, 0}, then->virtual_ns = now;
        model.update(then);
        ASSERT_EQ(model.flows().all().size(), 2u);
        EXPECT_EQ(chosen_flow(model, {}), chosen) << "at " << now;
    }
}

TEST(TcpFlow, any_bytes_are_welcome) {
    std::mt19937 random(6);
    auto const whole = testing::tcp_frame(true, ack, 1, 2, "hello");
    EventIndex index;
    std::uint64_t at = 0;
    auto add = [&](std::vector<std::uint8_t> bytes) {
        Event e;
        e.at = {++at, 0};
        e.virtual_ns = at;
        e.kind = at % 2 ? EventKind::packet_in : EventKind::packet_out;
        e.packet = std::make_shared<std::vector<std::uint8_t> const>(std::move(bytes));
        index.add(e);
    };
    for (std::size_t cut = 0; cut < whole.size(); ++cut)
        add({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut)});
    for (unsigned round = 0; round < 3000; ++round) {
        auto b = whole;
        b.resize(60 + random() % 60, static_cast<std::uint8_t>(random()));
        for (unsigned i = 0; i < 6; ++i)
            b[12 + random() % (b.size() - 12)] = static_cast<std::uint8_t>(random());
        add(std::move(b));
    }
    TcpFlows flows;
    flows.update(index.view());
    std::size_t segments = 0;
    for (TcpFlow const& flow : flows.all()) {
        segments += flow.segments.size();
        (void)flow.path();
        SequencePlot const plot = sequence_plot(flow, true, life_of(flow));
        EXPECT_GT(plot.most, plot.least);
        EXPECT_LE(number_marks(plot.least, plot.most, 8).size(), 9u);
    }
    EXPECT_GT(segments, 100u);
}

TEST(NumberMarks, are_round_and_few_but_never_less_than_three) {
    EXPECT_EQ(number_marks(0, 1459, 2), (std::vector<std::int64_t>{0, 500, 1000}));
    EXPECT_EQ(number_marks(0, 1000, 1).size(), 3u);
    EXPECT_EQ(number_marks(7, 8, 1), (std::vector<std::int64_t>{7, 8})) << "there are no more";
    for (std::int64_t most = 2; most < 100'000; most = most * 3 / 2 + 1)
        for (unsigned wanted : {1U, 2U, 5U}) {
            EXPECT_GE(number_marks(0, most, wanted).size(), 3u) << most;
            EXPECT_LE(number_marks(0, most, wanted).size(), wanted + 5) << most;
        }
    EXPECT_EQ(number_marks(0, 1000, 5), (std::vector<std::int64_t>{0, 200, 400, 600, 800, 1000}));
    EXPECT_EQ(number_marks(-30, 30, 3), (std::vector<std::int64_t>{-20, 0, 20}));
    EXPECT_TRUE(number_marks(5, 5, 5).empty());
}

TEST(ConnectionText, says_path_and_segments_and_is_json_too) {
    Model model;
    model.update(testing::sample_snapshot());
    ViewState state;
    std::string const text = connection_text(model, state);
    EXPECT_NE(text.find("10.0.2.15:80 with 10.0.2.2:51514"), std::string::npos) << text;
    EXPECT_NE(text.find("ESTABLISHED"), std::string::npos) << text;
    EXPECT_NE(text.find("data from 10.0.2.15:80"), std::string::npos) << text;
    state.plot_other_direction = true;
    EXPECT_NE(connection_text(model, state).find("data from 10.0.2.2:51514"), std::string::npos);
    EXPECT_NE(connection_json(model, state).find("\"told_by_kernel\""), std::string::npos);
    Model empty;
    EXPECT_EQ(connection_text(empty, state), "No TCP connection yet.\n");
}

}  // namespace
}  // namespace viz::model
