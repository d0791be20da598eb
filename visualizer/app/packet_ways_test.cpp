// SPDX-License-Identifier: GPL-2.0-or-later
//
// From a packet to what handled it, each with one line; and what a kernel tells of its
// congestion control. On lives of the real kernel: those of two tours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "visualizer/app/line_mode.hpp"
#include "visualizer/app/tour_files.hpp"
#include "visualizer/app/tour_machine.hpp"
#include "visualizer/model/congestion_plot.hpp"

namespace viz::app {
namespace {

using ::testing::HasSubstr;

class OfATour : public ::testing::Test {
protected:
    void take(std::string const& tour) {
        auto const found = find_tour(tour);
        ASSERT_TRUE(std::holds_alternative<model::TourPtr>(found));
        model::Tour const& read = *std::get<model::TourPtr>(found);
        watch = watch_recording(recording_of(read.machine, read.name).file);
        ASSERT_EQ(travel(watch, "end"), "");
        lines = std::make_unique<LineMode>(watch, [this](std::string_view text) { told += text; });
    }
    std::string say(std::string_view line) {
        told.clear();
        lines->obey(line);
        return told;
    }
    sim::debug::Snapshot const& now() const { return *watch.session->snapshot(); }
    Watch watch;
    std::string told;
    std::unique_ptr<LineMode> lines;
};

TEST_F(OfATour, a_packet_leads_to_its_interrupt_its_thread_its_code_and_its_descriptor) {
    ASSERT_NO_FATAL_FAILURE(take("packet-life"));
    say("select packet 8");
    auto const& desk = lines->desk();
    std::uint64_t const packet = desk.state().selected.id;
    auto const delivered = now().events.all[packet].at;
    ASSERT_EQ(now().events.all[packet].kind, sim::debug::EventKind::packet_in);

    EXPECT_THAT(say("packet.interrupt"), HasSubstr("selected: "));
    auto const interrupted = now().moment;
    EXPECT_GE(interrupted, delivered);
    EXPECT_EQ(now().events.all[desk.state().selected.id].kind, sim::debug::EventKind::interrupt);

    say("select packet 8");
    EXPECT_THAT(say("packet.thread"), HasSubstr("selected: thread main"));
    EXPECT_GT(now().moment, interrupted);

    say("select packet 8");
    std::string const code = say("packet.code");
    EXPECT_THAT(code, HasSubstr("reads it first, at "));
    EXPECT_GT(now().moment, interrupted);
    EXPECT_LT(now().moment, now().end) << "there, and not where the question was asked";
    ASSERT_TRUE(now().source);
    EXPECT_THAT(code, HasSubstr(now().symbols->describe(*now().source)));

    say("select packet 8");
    EXPECT_THAT(say("packet.descriptor"), HasSubstr("of the receive queue: "));
    EXPECT_EQ(now().moment, delivered);
    EXPECT_EQ(desk.state().selected.kind, model::EntityKind::descriptor);

    say("select packet 9");
    EXPECT_THAT(say("packet.interrupt"), HasSubstr("refused: the guest sent this packet"));
    say("packet.code");
    EXPECT_EQ(now().moment, now().events.all[desk.state().selected.id].at);
}

// Ten segments at first; a loss halves that.
TEST_F(OfATour, the_kernel_tells_its_congestion_window_and_its_round_trips) {
    ASSERT_NO_FATAL_FAILURE(take("loss"));
    model::Model model;
    model.update(watch.session->snapshot());
    auto const& flows = model.flows().all();
    ASSERT_FALSE(flows.empty());
    model::TcpFlow const& flow = flows[0];
    ASSERT_GE(flow.windows.size(), 3u);
    EXPECT_EQ(flow.windows.front().window, 14480u);
    EXPECT_EQ(flow.windows.front().threshold, UINT32_MAX);
    auto const halved =
        std::ranges::find_if(flow.windows, [](auto const& w) { return w.threshold < UINT32_MAX; });
    ASSERT_NE(halved, flow.windows.end()) << "the loss";
    EXPECT_LE(halved->threshold, 57'000u);
    ASSERT_FALSE(flow.round_trips.empty());
    EXPECT_GE(flow.round_trips.front().smoothed_ns, 2'000'000u) << "two ways of a millisecond";
    EXPECT_GE(flow.round_trips.front().timeout_ns, 200'000'000u) << "never less";
    // Both are seen from the wire, too.
    auto const plot = model::congestion_plot(flow, true, model::life_of(flow));
    ASSERT_FALSE(plot.round_trips.empty());
    EXPECT_GE(plot.round_trips.front().ns, 2'000'000u);
    EXPECT_FALSE(plot.again.empty());
    EXPECT_THAT(say("connection"), HasSubstr("congestion window: 14480 at"));
    EXPECT_THAT(say("ladder"), HasSubstr("sent again in packet"));
}

}  // namespace
}  // namespace viz::app
