// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the commands do, with no window.
#include "visualizer/model/desk.hpp"

#include <gmock/gmock.h>

#include "visualizer/model/twin.hpp"
#include "visualizer/testing/at_the_desk.hpp"

namespace viz::model {
namespace {

using ::testing::HasSubstr;
using viz::testing::AtTheDesk;
using namespace sim::debug;

TEST_F(AtTheDesk, bytes_are_written_where_a_person_says) {
    EXPECT_EQ(type("write phys:0x8000 0x5a 7"), "");
    ASSERT_EQ(door.commands.size(), 1u) << "one write, however many bytes";
    EXPECT_EQ(last<Poke>().space, AddressSpace::physical);
    EXPECT_EQ(last<Poke>().address, 0x8000u);
    EXPECT_EQ(last<Poke>().bytes, (std::vector<std::uint8_t>{0x5a, 7}));
    for (char const* wrong : {"write", "write 0x1000", "write nowhere 1", "write 0x1000 256",
                              "write 0x1000 x", "write phys:x 1", "write packet:1 3"})
        EXPECT_NE(type(wrong), "") << wrong;
    EXPECT_EQ(door.commands.size(), 1u) << "what is wrong is told, not sent";
    EXPECT_EQ(type("type status"), "");
    EXPECT_EQ(last<TypeText>().text, "status\n");
}

TEST_F(AtTheDesk, branches_are_forked_gone_to_named_dropped_saved) {
    EXPECT_EQ(type("fork what if"), "");
    EXPECT_EQ(last<Fork>().name, "what if");
    EXPECT_EQ(type("fork"), "");
    EXPECT_EQ(last<Fork>().name, "");
    EXPECT_EQ(type("branch drop the answer"), "");
    EXPECT_EQ(last<SwitchBranch>().branch, 1u);
    EXPECT_EQ(type("branch 0"), "");
    EXPECT_EQ(last<SwitchBranch>().branch, original);
    EXPECT_EQ(type("branch.name 2 another one"), "");
    EXPECT_EQ(last<RenameBranch>().name, "another one");
    EXPECT_EQ(type("branch.drop fork 2"), "");
    EXPECT_EQ(last<DropBranch>().branch, 2u);
    EXPECT_EQ(type("branch.save 2 /tmp/a b.run"), "");
    EXPECT_EQ(last<SaveBranch>().file, "/tmp/a b.run");
    std::size_t const sent = door.commands.size();
    EXPECT_THAT(type("branch.save 2"), HasSubstr("where to"));
    EXPECT_THAT(type("branch.save 9 x.run"), HasSubstr("0 original, 1 drop the answer, 2 fork 2"));
    EXPECT_THAT(type("branch nothing"), HasSubstr("is no branch"));
    EXPECT_EQ(door.commands.size(), sent);
}

// The one that is looked at stands at the right.
TEST_F(AtTheDesk, branches_are_compared_where_the_machine_stands) {
    auto const& now = desk.model().now();
    EXPECT_EQ(type("compare original"), "");
    auto c = last<CompareBranches>();
    EXPECT_EQ(c.one, original);
    EXPECT_EQ(c.other, 1u);
    EXPECT_EQ(c.one_at, now.moment);
    EXPECT_EQ(c.other_at, now.moment);
    EXPECT_TRUE(desk.layout().visible(ViewId::comparison));
    EXPECT_EQ(type("compare 1"), "");
    EXPECT_EQ(last<CompareBranches>().one, original) << "with its parent";
    EXPECT_EQ(type("compare 2 0 @1234"), "");
    c = last<CompareBranches>();
    EXPECT_EQ(c.one, 2u);
    EXPECT_EQ(c.other, original);
    EXPECT_EQ(c.one_at, (sim::machine::Moment{1234, 0}));
    EXPECT_EQ(type("compare 1 0 @end"), "");
    EXPECT_EQ(last<CompareBranches>().one_at, now.branches[1].end) << "no further than it goes";
    std::size_t const sent = door.commands.size();
    EXPECT_THAT(type("compare 7"), HasSubstr("no branch"));
    EXPECT_THAT(type("compare 1 1"), HasSubstr("no other branch"));
    EXPECT_THAT(type("compare 1 0 @nowhere"), HasSubstr("no moment"));
    EXPECT_EQ(door.commands.size(), sent);
}

TEST_F(AtTheDesk, a_bookmark_is_gone_to_with_what_it_shows) {
    EXPECT_EQ(type("go.place bookmark:second page"), "the worker answers");
    EXPECT_EQ(last<SeekTo>().moment, desk.model().now().machine->bookmarks[0].at);
    EXPECT_TRUE(desk.layout().visible(ViewId::threads));
    EXPECT_EQ(desk.state().memory_address, 0x1000u);
    EXPECT_THAT(type("go.place bookmark:none"), HasSubstr("there are second page"));
}

TEST_F(AtTheDesk, a_processor_is_chosen_only_where_there_are_several) {
    auto several = std::make_shared<Snapshot>(*viz::testing::sample_snapshot());
    EXPECT_THAT(type("processor.next"), HasSubstr("one processor"));
    several->processors.resize(3);
    several->processor = 2;
    desk.update(several);
    EXPECT_EQ(type("processor.next"), "");
    EXPECT_EQ(last<SelectProcessor>().number, 0u);
    EXPECT_EQ(type("processor 1"), "");
    EXPECT_EQ(last<SelectProcessor>().number, 1u);
    EXPECT_EQ(type("processor"), "");
    EXPECT_EQ(last<SelectProcessor>().number, std::nullopt);
    EXPECT_THAT(type("processor 3"), HasSubstr("only 3"));
}

TEST_F(AtTheDesk, what_is_shown_is_seen_in_every_perspective) {
    for (auto const& p : all_perspectives())
        for (char const* line : {"show.memory 0x1000", "show.walk 0x1000", "show.code 0x1000"}) {
            desk.show(p.id);
            EXPECT_EQ(type(line), "");
            ViewId const view = line[5] == 'm'   ? ViewId::memory
                                : line[5] == 'w' ? ViewId::walk
                                                 : ViewId::source;
            EXPECT_TRUE(desk.layout().visible(view)) << p.name << ": " << line;
            desk.show(p.id);
        }
}

TEST_F(AtTheDesk, steps_are_counted) {
    EXPECT_EQ(type("step.instruction 12"), "");
    EXPECT_EQ(last<Step>().count, 12u);
    EXPECT_EQ(type("next.packet"), "");
    EXPECT_EQ(last<Step>().count, 1u);
    EXPECT_EQ(last<Step>().unit, StepUnit::packet);
}

TEST_F(AtTheDesk, things_are_selected_by_name_and_number) {
    auto selected = [&](char const* line) {
        EXPECT_EQ(type(line), "") << line;
        return desk.state().selected;
    };
    EXPECT_EQ(selected("select thread worker 1").kind, EntityKind::thread);
    auto const& packets = desk.model().now().events.group(EventGroup::packets);
    EXPECT_EQ(selected("select packet 2"), (Entity{EntityKind::packet, packets[1], 0}));
    EXPECT_EQ(selected("select frame 0x123"), (Entity{EntityKind::frame, 0x123, 0}));
    EXPECT_EQ(selected("select bytes 0x1000 16"), (Entity{EntityKind::virtual_range, 0x1000, 16}));
    EXPECT_EQ(selected("select switch 1").kind, EntityKind::event);
    for (char const* wrong : {"select", "select thread nobody", "select packet 999999", "select frame x",
                              "select"
                              " bytes nowhere",
                              "select unknown 3"})
        EXPECT_NE(type(wrong), "") << wrong;
}

// Every row of the table can be typed, and is refused in one line when it is wrong.
TEST_F(AtTheDesk, every_command_has_a_line) {
    for (CommandInfo const& c : all_commands()) {
        std::string const line(c.name);
        auto const bare = parse_request(line, desk.model());
        EXPECT_EQ(std::holds_alternative<Request>(bare), !c.needs_argument()) << line;
        if (c.takes == Takes::nothing) {
            EXPECT_TRUE(std::holds_alternative<std::string>(parse_request(line + " more", desk.model())))
                << line;
        } else {
            EXPECT_FALSE(c.usage.empty()) << line;
        }
        if (auto const* why = std::get_if<std::string>(&bare)) {
            EXPECT_EQ(why->find('\n'), std::string::npos) << line;
            EXPECT_THAT(*why, HasSubstr(std::string(c.usage))) << line;
        }
    }
    EXPECT_THAT(type("no.such"), HasSubstr("no command"));
    EXPECT_THAT(type("step"), HasSubstr("may be step.forward, step.back"));
    EXPECT_EQ(type("overv"), "no command is called \"overv\"; help lists them");
    EXPECT_EQ(type("perspective.ov"), "") << "the only one that begins so";
}

TEST_F(AtTheDesk, prompts_ask_for_the_argument_of_a_command) {
    desk.state().selected = {EntityKind::frame, 3, 0};
    desk.perform({CommandId::poke_prompt, {}});
    EXPECT_TRUE(desk.window.palette);
    EXPECT_EQ(desk.window.prompt, CommandId::poke);
    EXPECT_EQ(desk.window.prompt_text, "phys:0x3000 ");
    desk.perform({CommandId::type_argument, CommandId::compare});
    EXPECT_EQ(desk.window.prompt, CommandId::compare);
    EXPECT_EQ(desk.window.prompt_text, "");
    desk.perform({CommandId::palette, {}});
    EXPECT_EQ(desk.window.prompt, std::nullopt);
}

TEST_F(AtTheDesk, the_way_back_leads_to_the_branch_where_one_was) {
    auto const was = desk.model().now();
    ASSERT_EQ(was.branch, 1u) << "of the sample";
    auto const stand = [&](BranchNumber branch, sim::machine::Moment moment, bool dropped = false) {
        auto next = std::make_shared<Snapshot>(was);
        next->branch = branch;
        next->moment = moment;
        for (auto& b : next->branches) b.active = b.number == branch;
        if (dropped) std::erase_if(next->branches, [](BranchInfo const& b) { return b.number == 1; });
        desk.update(next);
    };
    EXPECT_EQ(type("branch 2"), "");
    stand(2, {1000, 0});
    door.commands.clear();
    EXPECT_EQ(type("back"), "");
    ASSERT_EQ(door.commands.size(), 2u);
    EXPECT_EQ(std::get<SwitchBranch>(door.commands[0]).branch, 1u);
    EXPECT_EQ(last<SeekTo>().moment, was.moment);
    stand(1, was.moment);
    EXPECT_EQ(type("forward"), "");
    EXPECT_EQ(std::get<SwitchBranch>(door.commands[2]).branch, 2u);
    EXPECT_EQ(last<SeekTo>().moment, (sim::machine::Moment{1000, 0}));
    stand(2, {1000, 0}, true);
    EXPECT_THAT(type("back"), HasSubstr("nowhere")) << "a branch that was dropped";
}

TEST_F(AtTheDesk, the_arrangement_outlives_a_small_window) {
    type("perspective.memory");
    desk.layout().nodes[1].ratio = 0.7f;
    type("perspective.overview");
    desk.layout().nodes[0].ratio = 0.3f;
    desk.fit(true);
    EXPECT_LT(desk.layout().nodes.size(), layout_of(Perspective::overview).nodes.size());
    desk.layout().nodes[0].ratio = 0.4f;
    Desk other(door);
    other.fit(true);
    other.restore(desk.saved());
    EXPECT_FLOAT_EQ(other.layout().nodes[0].ratio, 0.4f);
    for (Desk* one : {&desk, &other}) {
        one->fit(false);
        EXPECT_FLOAT_EQ(one->layout().nodes[0].ratio, 0.3f);
        one->show(Perspective::memory);
        EXPECT_FLOAT_EQ(one->layout().nodes[1].ratio, 0.7f);
        one->fit(true);
        one->show(Perspective::overview);
        EXPECT_FLOAT_EQ(one->layout().nodes[0].ratio, 0.4f);
        one->fit(false);
    }
    // One view that fills the window comes from the arrangement that it hides.
    desk.show_alone(ViewId::walk);
    desk.fit(true);
    EXPECT_TRUE(desk.layout().visible(ViewId::walk));
    desk.fit(false);
    EXPECT_EQ(desk.layout().nodes.size(), 1u);
    type("select.none");
    EXPECT_FLOAT_EQ(desk.layout().nodes[0].ratio, 0.3f);
    type("layout.reset");
    EXPECT_NE(desk.layout().nodes[0].ratio, 0.3f);
    desk.fit(true);
    EXPECT_NE(desk.layout().nodes[0].ratio, 0.4f) << "both are new";
}

TEST_F(AtTheDesk, the_arrangement_of_the_window_survives_a_restart) {
    type("theme light");
    type("scale.larger");
    type("squeeze");
    desk.layout().nodes[0].ratio = 0.3f;
    desk.layout().show(ViewId::walk);
    type("perspective.memory");
    desk.layout().nodes[1].ratio = 0.7f;
    std::string const saved = desk.saved();
    Desk other(door);
    other.restore(saved);
    EXPECT_EQ(other.window.theme->name, "light");
    EXPECT_FLOAT_EQ(other.window.zoom, 1.1f);
    EXPECT_FALSE(other.state().squeeze_sleep);
    EXPECT_EQ(other.perspective(), Perspective::memory);
    EXPECT_FLOAT_EQ(other.layout().nodes[1].ratio, 0.7f);
    other.show(Perspective::overview);
    EXPECT_FLOAT_EQ(other.layout().nodes[0].ratio, 0.3f);
    EXPECT_TRUE(other.layout().visible(ViewId::walk));
    EXPECT_EQ(other.saved(), [&] {
        desk.show(Perspective::overview);
        return desk.saved();
    }());
}

TEST_F(AtTheDesk, of_a_saved_arrangement_only_what_fits_is_taken) {
    std::string const as_it_was = desk.saved();
    for (char const* text :
         {"", "not json", "[]", "null", "{\"panes\": 3, \"zoom\": \"x\", \"theme\": 4, \"perspective\": {}}",
          "{\"panes\": {\"overview\": [1]}, \"zoom\": 1e300, \"theme\": \"pink\"}",
          "{\"panes\": {\"overview\": [{}, [], null, \"nothing\", 7, true, -1]}, \"zoom\": -3}"}) {
        desk.restore(text);
        EXPECT_EQ(desk.saved(), as_it_was) << text;
    }
    desk.restore("{\"panes\": {\"overview\": [-5, 99, 0.5, \"packets\", 0, \"\", \"walk\"]}}");
    for (auto const& node : desk.layout().nodes) {
        EXPECT_GT(node.ratio, 0);
        EXPECT_LT(node.ratio, 1);
        EXPECT_LE(static_cast<std::size_t>(node.active), node.tabs.size());
    }
}

// ---- bookmarks ----

TEST_F(AtTheDesk, a_moment_is_bookmarked_renamed_described_and_forgotten) {
    EXPECT_EQ(type("bookmark.set the answer"), "");
    EXPECT_EQ(last<SetBookmark>().bookmark.name, "the answer");
    EXPECT_EQ(last<SetBookmark>().bookmark.at, desk.model().now().moment);
    EXPECT_EQ(last<SetBookmark>().replaces, "");
    EXPECT_EQ(type("bookmark.set"), "");
    EXPECT_EQ(last<SetBookmark>().bookmark.name, "bookmark 2") << "one is there";
    EXPECT_EQ(type("bookmark.name second page = the second page"), "");
    EXPECT_EQ(last<SetBookmark>().replaces, "second page");
    EXPECT_EQ(last<SetBookmark>().bookmark.name, "the second page");
    EXPECT_EQ(last<SetBookmark>().bookmark.view, "threads") << "all else stays";
    EXPECT_EQ(type("bookmark.text second page = a = b"), "");
    EXPECT_EQ(last<SetBookmark>().bookmark.text, "a = b");
    EXPECT_EQ(type("bookmark.remove second page"), "");
    EXPECT_EQ(last<RemoveBookmark>().name, "second page");
    std::size_t const sent = door.commands.size();
    EXPECT_THAT(type("bookmark.remove third page"), HasSubstr("there are second page"));
    EXPECT_THAT(type("bookmark.name nothing = x"), HasSubstr("no bookmark"));
    EXPECT_THAT(type("bookmark.name second page"), HasSubstr("NAME = NEW NAME"));
    EXPECT_THAT(type("bookmark.name second page = "), HasSubstr("wants a name"));
    EXPECT_THAT(type("bookmark.set a@b"), HasSubstr("no @"));
    EXPECT_THAT(type("bookmark.set " + std::string(61, 'x')), HasSubstr("at most 60"));
    EXPECT_EQ(door.commands.size(), sent);
}

TEST_F(AtTheDesk, a_bookmark_remembers_the_view_that_fills_the_window) {
    desk.show_alone(ViewId::frames);
    EXPECT_EQ(type("bookmark.set map"), "");
    EXPECT_EQ(last<SetBookmark>().bookmark.view, "frames");
}

}  // namespace
}  // namespace viz::model
