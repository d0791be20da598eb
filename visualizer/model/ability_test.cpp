// SPDX-License-Identifier: GPL-2.0-or-later
//
// At the desk before a machine that cannot do everything.
#include "visualizer/model/ability.hpp"

#include <gmock/gmock.h>

#include "visualizer/model/twin.hpp"
#include "visualizer/testing/at_the_desk.hpp"

namespace viz::model {
namespace {

using ::testing::HasSubstr;
using viz::testing::AtTheDesk;
using namespace sim::debug;

class AtAMachineWithoutAPast : public AtTheDesk {
protected:
    AtAMachineWithoutAPast() {
        auto s = std::make_shared<Snapshot>(*viz::testing::sample_snapshot());
        auto info = std::make_shared<MachineInfo>(*s->machine);
        for (unsigned a = 0; a < ability_count; ++a)
            info->lacks.set(static_cast<Ability>(a), "not here: " + std::string(ability_names[a]));
        info->lacks.set(Ability::packets, "");
        s->machine = info;
        desk.update(s);
    }
};

TEST_F(AtAMachineWithoutAPast, what_it_lacks_is_refused_with_the_reason) {
    for (auto const& [line, lack] :
         std::vector<std::pair<std::string, std::string>>{{"step.back", "past"},
                                                          {"go.moment 5", "past"},
                                                          {"go.place 5", "past"},
                                                          {"go.end", "past"},
                                                          {"continue.back", "past"},
                                                          {"event.next", "past"},
                                                          {"tour", "past"},
                                                          {"run.until 5", "counting"},
                                                          {"next.packet", "steps_to_event"},
                                                          {"ask.question last-write 0", "questions"},
                                                          {"packet.code", "questions"},
                                                          {"fork", "branches"},
                                                          {"type x", "typing"},
                                                          {"bookmark.set here", "bookmarks"},
                                                          {"frames.changes", "heat"},
                                                          {"frames.writes", "questions"},
                                                          {"frames.reads", "questions"}})
        EXPECT_EQ(type(line), "not here: " + lack) << line;
    EXPECT_TRUE(door.commands.empty());
}

TEST_F(AtAMachineWithoutAPast, a_step_in_a_unit_that_it_cannot_do_is_refused) {
    EXPECT_EQ(type("unit packet"), "");
    EXPECT_EQ(type("step.forward"), "not here: steps_to_event");
    EXPECT_EQ(type("unit instruction"), "");
    EXPECT_EQ(type("step.forward"), "");
    EXPECT_EQ(last<Step>().unit, StepUnit::instruction);
}

TEST_F(AtAMachineWithoutAPast, what_was_captured_is_selected_without_going_there) {
    EXPECT_EQ(type("go.place packet:2"), "");
    EXPECT_EQ(desk.state().selected.kind, EntityKind::packet);
    EXPECT_EQ(type("reveal packet 1"), "");
    EXPECT_TRUE(door.commands.empty()) << "nobody was sent anywhere";
    EXPECT_EQ(type("show.memory 0x1000"), "");
    EXPECT_EQ(type("back"), "");
    EXPECT_TRUE(door.commands.empty());
}

TEST_F(AtAMachineWithoutAPast, views_and_their_text_say_what_is_missing) {
    EXPECT_EQ(why_empty(ViewId::scheduler, desk.model().now()), "not here: events");
    EXPECT_EQ(why_empty(ViewId::registers, desk.model().now()), "");
    EXPECT_EQ(why_empty(ViewId::packets, desk.model().now()), "");
    EXPECT_EQ(print_twin("branches", false, desk.model(), desk.state()), "(not here: not here: branches)\n");
    EXPECT_THAT(print_twin("gantt", true, desk.model(), desk.state()), HasSubstr("\"not_here\""));
    EXPECT_THAT(print_twin("registers", false, desk.model(), desk.state()), HasSubstr("RIP"));
}

}  // namespace
}  // namespace viz::model
