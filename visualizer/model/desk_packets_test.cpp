// SPDX-License-Identifier: GPL-2.0-or-later
//
// From a packet to what handled it.
#include <gmock/gmock.h>

#include "visualizer/testing/at_the_desk.hpp"

namespace viz::model {
namespace {

using ::testing::HasSubstr;
using viz::testing::AtTheDesk;
using namespace sim::debug;

class AtAPacket : public AtTheDesk {
protected:
    void SetUp() override { EXPECT_EQ(type("select packet 5"), ""); }
    std::shared_ptr<Snapshot> copy() const { return std::make_shared<Snapshot>(desk.model().now()); }
    Event const& event() const { return desk.model().now().events.all[desk.state().selected.id]; }
    // As the machine would answer.
    void answer(std::string const& question, std::string const& json) {
        auto next = copy();
        auto told = std::make_shared<QuestionAnswer>();
        told->question = question;
        told->understood = true;
        told->json = json;
        next->answer = told;
        desk.update(next);
    }
};

TEST_F(AtTheDesk, who_asks_for_a_handler_must_have_selected_a_packet) {
    for (char const* line : {"packet.descriptor", "packet.interrupt", "packet.thread", "packet.code"})
        EXPECT_THAT(type(line), HasSubstr("select a packet first")) << line;
    EXPECT_TRUE(door.commands.empty());
}

TEST_F(AtAPacket, the_thread_that_it_woke_is_gone_to_where_it_begins_to_run) {
    Event const packet = event();
    ASSERT_EQ(packet.kind, EventKind::packet_in);
    EXPECT_EQ(type("packet.thread"), "");
    EXPECT_GT(last<SeekTo>().moment, packet.at);
    EXPECT_EQ(desk.state().selected.kind, EntityKind::thread);
    EXPECT_EQ(desk.model().thread_name(desk.state().selected.id), "network");
}

TEST_F(AtAPacket, the_code_that_reads_it_first_is_gone_to_when_the_answer_comes) {
    std::string const question =
        "packet " +
        std::to_string(desk.model().packet_number(*desk.model().packet_index_of(desk.state().selected.id)));
    EXPECT_EQ(type("packet.code"), "");
    EXPECT_EQ(last<Ask>().question, question);
    EXPECT_TRUE(desk.follows());
    std::size_t const sent = door.commands.size();
    desk.update(copy());
    EXPECT_EQ(door.commands.size(), sent) << "no answer yet";
    answer(
        question,
        R"({"problem": "", "readers": [{"function": "net::read", "line": "net.cpp:7", "first": "777.1"}]})");
    EXPECT_EQ(last<SeekTo>().moment, (sim::machine::Moment{777, 1}));
    EXPECT_FALSE(desk.follows());
    auto const notices = desk.take_notices();
    ASSERT_FALSE(notices.empty());
    EXPECT_THAT(notices.back(), HasSubstr("net::read reads it first, at net.cpp:7"));
}

TEST_F(AtAPacket, the_descriptor_that_took_it_is_found_by_what_the_card_wrote) {
    std::string const question =
        "packet " +
        std::to_string(desk.model().packet_number(*desk.model().packet_index_of(desk.state().selected.id)));
    auto const at = event().at;
    EXPECT_EQ(type("packet.descriptor"), "");
    answer(question, R"({"problem": "", "dma": [{"physical": "0x9000", "length": 12, "what": "ring"},
                         {"physical": "0x41000", "length": 74, "what": "packet"}]})");
    EXPECT_EQ(last<SeekTo>().moment, at);
    EXPECT_TRUE(has(door.last.lists, KernelList::virtqueues)) << "they must be asked for";
    auto there = copy();
    there->moment = at;
    Virtqueue q;
    q.name = "receive";
    q.size = 4;
    q.descriptors = {
        {0, 0x40000, 1536, 2, 0, true}, {1, 0x41000, 1536, 2, 0, true}, {2, 0x41000, 1536, 2, 0, false}};
    there->kernel.virtqueues = {q};
    desk.update(there);
    EXPECT_FALSE(desk.follows());
    EXPECT_EQ(desk.state().selected, (Entity{EntityKind::descriptor, 1, 0}));
    EXPECT_EQ(name_of(desk.state().selected, desk.model()), "descriptor 1 of the receive queue");
}

TEST_F(AtAPacket, its_story_is_asked_where_it_lies_behind_and_one_comes_back) {
    auto const asked_at = [&](sim::machine::Moment moment) {
        auto there = copy();
        there->moment = moment;
        desk.update(there);
        door.commands.clear();
        EXPECT_EQ(type("ask.story"), "");
        EXPECT_EQ(last<Ask>().question, "packet 5");
    };
    asked_at(event().at);
    ASSERT_EQ(door.commands.size(), 2u);
    EXPECT_GT(std::get<SeekTo>(door.commands.front()).moment, event().at);
    auto later = copy();
    later->moment = std::get<SeekTo>(door.commands.front()).moment;
    desk.update(later);
    answer("packet 5", "{}");
    EXPECT_EQ(last<SeekTo>().moment, event().at);
    EXPECT_FALSE(desk.follows());

    asked_at({event().at.retired + 1, 0});
    EXPECT_EQ(door.commands.size(), 1u) << "as far as one has come";
    EXPECT_FALSE(desk.follows());
}

TEST_F(AtAPacket, what_cannot_be_told_is_refused_and_another_answer_is_not_followed) {
    EXPECT_EQ(type("packet.code"), "");
    answer("last-write 0x1000", "{}");
    EXPECT_FALSE(desk.follows()) << "somebody asked something else";
    std::size_t const sent = door.commands.size();
    EXPECT_EQ(type("select packet 4"), "");
    ASSERT_EQ(event().kind, EventKind::packet_out);
    EXPECT_THAT(type("packet.interrupt"), HasSubstr("the guest sent this packet"));
    EXPECT_THAT(type("packet.descriptor"), HasSubstr("received packets only"));
    EXPECT_EQ(door.commands.size(), sent);
}

}  // namespace
}  // namespace viz::model
