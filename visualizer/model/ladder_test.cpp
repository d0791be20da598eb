// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/ladder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "visualizer/testing/wire.hpp"

namespace viz::model {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Wire;

constexpr std::uint8_t syn = TcpFlag::syn, ack = TcpFlag::ack;

Model model_of(Wire const& wire) {
    auto snapshot = std::make_shared<sim::debug::Snapshot>(*testing::sample_snapshot());
    snapshot->events = wire.index.view();
    snapshot->virtual_ns = snapshot->end_ns = wire.now();
    snapshot->moment = snapshot->end = {wire.now(), 0};
    Model model;
    model.update(snapshot);
    return model;
}

// Out goes a, b, c; b is lost; then b again.
Wire with_a_loss() {
    Wire wire;
    wire.in(syn, 100, 0).out(syn | ack, 500, 101).in(ack, 101, 501);
    for (unsigned i = 0; i < 3; ++i) wire.out(ack, 501 + i * 100, 101, 100);
    wire.in(ack, 101, 601).wait(200'000).out(ack, 601, 101, 100).in(ack, 101, 801);
    return wire;
}

TEST(Ladder, has_this_machine_first_and_its_peers_as_they_come) {
    Wire wire = with_a_loss();
    Ladder ladder;
    Model const model = model_of(wire);
    ladder.update(model, "");
    EXPECT_EQ(ladder.hosts(), (std::vector<std::string>{"10.0.2.15", "10.0.2.2"}));
    ASSERT_EQ(ladder.size(), 9u);
    LadderRow const first = ladder.row(model, 0);
    EXPECT_FALSE(first.outward);
    EXPECT_EQ(first.peer, 1u);
    EXPECT_THAT(first.what, HasSubstr("[SYN]"));
    EXPECT_THAT(first.what, Not(HasSubstr("51514")));
    EXPECT_EQ(ladder.row(model, 7).gap_ns, 201'000u);
}

TEST(Ladder, marks_what_was_lost_and_what_came_again_and_links_the_two) {
    Wire wire = with_a_loss();
    Ladder ladder;
    Model const model = model_of(wire);
    ladder.update(model, "");
    EXPECT_EQ(ladder.row(model, 3).fate, Fate::plain) << "acknowledged";
    LadderRow const lost = ladder.row(model, 4), again = ladder.row(model, 7);
    EXPECT_EQ(lost.fate, Fate::lost);
    EXPECT_EQ(lost.other, again.event);
    EXPECT_EQ(again.fate, Fate::again);
    EXPECT_EQ(again.other, lost.event);
    EXPECT_THAT(lost.remark, HasSubstr("sent again in packet 8, 203 us later"));
    EXPECT_EQ(ladder.row(model, 5).fate, Fate::plain) << "nobody sent it again";
}

TEST(Ladder, what_is_sent_again_after_its_acknowledgement_was_not_lost) {
    Wire wire;
    wire.in(syn, 100, 0).out(syn | ack, 500, 101).in(ack, 101, 501).out(ack, 501, 101, 100);
    wire.out(ack, 601, 101, 100);
    wire.frame(true, ack, 101, 501, 0, {5, 10, 0, 0, 2, 0x59, 0, 0, 2, 0xBD});  // SACK 601..701
    wire.out(ack, 601, 101, 100).in(ack, 101, 701).out(ack, 501, 101, 100);
    Ladder ladder;
    Model const model = model_of(wire);
    ladder.update(model, "");
    EXPECT_EQ(ladder.row(model, 4).fate, Fate::plain) << "reported as an island";
    EXPECT_EQ(ladder.row(model, 3).fate, Fate::plain) << "acknowledged before";
    EXPECT_EQ(ladder.row(model, 8).fate, Fate::again);
}

TEST(Ladder, knows_a_hole_that_is_filled) {
    Wire wire;
    wire.in(syn, 100, 0).out(syn | ack, 500, 101).in(ack, 101, 501);
    wire.in(ack, 101, 501, 100).in(ack, 301, 501, 100).in(ack, 201, 501, 100).in(ack, 201, 501, 100);
    Ladder ladder;
    Model const model = model_of(wire);
    ladder.update(model, "");
    EXPECT_EQ(ladder.row(model, 4).fate, Fate::plain);
    EXPECT_EQ(ladder.row(model, 5).fate, Fate::late) << "the first one never arrived";
    EXPECT_FALSE(model.flows().all()[0].segments[5].again) << "it was not seen before";
    EXPECT_EQ(model.flows().all()[0].sums(false, 7).again, 1u) << "the last one was";
}

TEST(Ladder, names_hosts_by_their_address) {
    EXPECT_EQ(host_of("10.0.2.2:51514"), "10.0.2.2");
    EXPECT_EQ(host_of("10.0.2.2"), "10.0.2.2");
    EXPECT_EQ(host_of("255.255.255.255:67"), "everyone");
    EXPECT_EQ(host_of("224.0.0.1"), "everyone");
    EXPECT_EQ(host_of("ff:ff:ff:ff:ff:ff"), "everyone");
    EXPECT_EQ(host_of("33:33:00:00:00:01"), "everyone");
    EXPECT_EQ(host_of("52:55:0a:00:02:02"), "52:55:0a:00:02:02");
    EXPECT_EQ(host_of("[fe80::2]:80"), "fe80::2");
    EXPECT_EQ(host_of("ff02::1"), "everyone");
    EXPECT_EQ(host_of(""), "");
}

TEST(Ladder, a_card_whose_address_is_seen_later_is_the_same_host) {
    Wire wire;
    for (bool request : {true, false}) {
        sim::debug::Event e;
        wire.wait(1000);
        e.at = {wire.now(), 0};
        e.virtual_ns = wire.now();
        e.kind = request ? sim::debug::EventKind::packet_out : sim::debug::EventKind::packet_in;
        e.packet = std::make_shared<std::vector<std::uint8_t> const>(testing::arp_frame(request));
        wire.index.add(e);
    }
    Ladder early;
    Model const before = model_of(wire);
    early.update(before, "");
    EXPECT_EQ(early.hosts().back(), "52:55:0a:00:02:02");
    wire.in(syn, 100, 0);
    Ladder ladder;
    Model const model = model_of(wire);
    ladder.update(model, "");
    EXPECT_EQ(ladder.hosts(), (std::vector<std::string>{"10.0.2.15", "everyone", "10.0.2.2"}));
    EXPECT_EQ(ladder.row(model, 1).peer, ladder.row(model, 2).peer);
}

TEST(Ladder, is_told_as_text_and_for_programs) {
    Wire wire = with_a_loss();
    Model const model = model_of(wire);
    ViewState state;
    std::string const text = ladder_text(model, state);
    EXPECT_THAT(text, HasSubstr("10.0.2.15         10.0.2.2\n"));
    EXPECT_THAT(text, HasSubstr("|<----------------|  [SYN]"));
    EXPECT_THAT(text, HasSubstr("|-----------X     |"));
    EXPECT_THAT(text, HasSubstr("<- again: first in packet 5"));
    auto const json = nlohmann::json::parse(ladder_json(model, state));
    EXPECT_EQ(json["rows"][4]["fate"], "lost");
    EXPECT_EQ(json["rows"][4]["other"], 8);
    EXPECT_EQ(json["rows"][0]["to"], "10.0.2.15");
    state.packet_filter = "in";
    EXPECT_THAT(ladder_text(model, state), Not(HasSubstr("---->|")));
    state.packet_filter = "len>many";
    EXPECT_THAT(ladder_text(model, state), HasSubstr("the filter: "));
}

TEST(Ladder, has_room_for_a_few_hosts_and_a_place_for_the_others) {
    Wire wire;
    for (unsigned i = 0; i < 20; ++i) {
        auto frame = testing::tcp_frame(true, syn, 100, 0, "");
        frame[29] = static_cast<std::uint8_t>(20 + i);  // the last byte of its source
        sim::debug::Event e;
        e.at = {i + 1, 0};
        e.virtual_ns = i + 1;
        e.kind = sim::debug::EventKind::packet_in;
        e.packet = std::make_shared<std::vector<std::uint8_t> const>(std::move(frame));
        wire.index.add(e);
    }
    wire.wait(100);
    Ladder ladder;
    Model const model = model_of(wire);
    ladder.update(model, "");
    EXPECT_EQ(ladder.hosts().size(), Ladder::most_hosts);
    EXPECT_EQ(ladder.hosts().back(), "others");
    EXPECT_EQ(ladder.row(model, 19).peer, Ladder::most_hosts - 1);
}

}  // namespace
}  // namespace viz::model
