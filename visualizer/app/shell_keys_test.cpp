// SPDX-License-Identifier: GPL-2.0-or-later
//
// Everything by keyboard: keys, the palette, and what is typed at its prompts.
#include <gtest/gtest.h>
#include <imgui.h>

#include <set>

#include "visualizer/app/keys.hpp"
#include "visualizer/app/stage.hpp"

namespace viz::app {
namespace {

using model::CommandId;
using model::Perspective;
using model::ViewId;
using sim::debug::Direction;
using sim::debug::StepUnit;

TEST(Questions, are_typed_at_a_prompt_and_answered_in_their_view) {
    Stage stage;
    stage.key(ImGuiKey_Q);
    stage.type("first-true ticks == 3");
    stage.key(ImGuiKey_Enter);
    auto const* asked = last_of<sim::debug::Ask>(stage.door);
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->question, "first-true ticks == 3");
    EXPECT_TRUE(stage.shell->layout().visible(model::ViewId::answers));

    auto next = std::make_shared<sim::debug::Snapshot>(*stage.snapshot);
    auto answer = std::make_shared<sim::debug::QuestionAnswer>();
    answer->question = asked->question;
    answer->understood = true;
    answer->text = "first true at moment 962491\n  after 0xffffffff80001000\n";
    next->answer = answer;
    stage.snapshot = next;
    stage.frame(3);
    ASSERT_EQ(stage.shell->model().answers().size(), 1u);
    EXPECT_EQ(stage.shell->model().answers()[0], answer);
    stage.frame(3);
    EXPECT_EQ(stage.shell->model().answers().size(), 1u) << "the same answer once";
}

TEST(Questions, are_asked_about_what_is_selected) {
    Stage stage;
    stage.frame();
    stage.shell->perform({model::CommandId::who_wrote, {}});
    EXPECT_FALSE(last_of<sim::debug::Ask>(stage.door)) << "nothing is selected";
    stage.shell->state().selected = {model::EntityKind::frame, 0x123, 0};
    stage.shell->perform({model::CommandId::who_wrote, {}});
    EXPECT_EQ(std::get<sim::debug::Ask>(stage.door.commands.back()).question, "last-write phys:0x123000");
    stage.shell->perform({model::CommandId::why_mapped, std::uint64_t{0xffff800000001000}});
    EXPECT_EQ(std::get<sim::debug::Ask>(stage.door.commands.back()).question,
              "why-mapped 0xffff800000001000");
    stage.shell->perform({model::CommandId::tell_story, {}});
    EXPECT_EQ(std::get<sim::debug::Ask>(stage.door.commands.back()).question, "frame phys:0x123000");
    auto const& events = stage.shell->model().now().events;
    auto const second = events.group(sim::debug::EventGroup::packets)[1];
    stage.shell->state().selected = {model::EntityKind::packet, second, 0};
    stage.shell->perform({model::CommandId::tell_story, {}});
    EXPECT_EQ(std::get<sim::debug::Ask>(stage.door.commands.back()).question, "packet 2");
}

TEST(Stops, are_typed_listed_switched_and_removed) {
    Stage stage;
    stage.key(ImGuiKey_B);
    stage.type("watch counter if rax == 3 every 2");
    stage.key(ImGuiKey_Enter);
    auto const* added = last_of<sim::debug::AddStop>(stage.door);
    ASSERT_TRUE(added);
    EXPECT_EQ(added->stop.place, "counter");
    EXPECT_EQ(added->stop.condition, "rax == 3");
    EXPECT_EQ(added->stop.count, 2u);
    EXPECT_TRUE(stage.shell->layout().visible(model::ViewId::stops));

    std::size_t const before = stage.door.commands.size();
    stage.shell->perform({model::CommandId::add_stop, std::string("nonsense")});
    EXPECT_EQ(stage.door.commands.size(), before) << "what is wrong is told, not sent";

    auto next = std::make_shared<sim::debug::Snapshot>(*stage.snapshot);
    next->stops.push_back({7, sim::debug::StopKind::watchpoint, true, "watchpoint 7: counter, on change"});
    stage.snapshot = next;
    stage.frame(3);
    stage.shell->perform({model::CommandId::switch_stop, std::uint64_t{7}});
    auto const* switched = last_of<sim::debug::EnableStop>(stage.door);
    ASSERT_TRUE(switched);
    EXPECT_EQ(switched->number, 7u);
    EXPECT_FALSE(switched->enabled);
    stage.shell->perform({model::CommandId::remove_stop, std::uint64_t{7}});
    EXPECT_EQ(std::get<sim::debug::RemoveStop>(stage.door.commands.back()).number, 7u);
}

TEST(Keys, every_key_of_the_table_is_one_that_keyboards_have) {
    for (auto const& c : model::all_commands()) {
        std::string_view keys = c.keys;
        while (!keys.empty()) {
            std::size_t end = std::min(keys.find(' '), keys.size());
            EXPECT_TRUE(parse_chord(keys.substr(0, end))) << c.name << ": " << keys;
            keys.remove_prefix(std::min(end + 1, keys.size()));
        }
    }
    EXPECT_FALSE(parse_chord("Hyper+Q"));
}

// A display that is slow to draw sees both in one frame.
TEST(Keys, a_chord_pressed_and_released_between_two_frames_is_one) {
    Stage stage;
    stage.frame(2);
    ImGuiIO& io = ImGui::GetIO();
    io.AddKeyEvent(ImGuiMod_Ctrl, true);
    io.AddKeyEvent(ImGuiKey_LeftCtrl, true);
    io.AddKeyEvent(ImGuiKey_6, true);
    io.AddKeyEvent(ImGuiKey_6, false);
    io.AddKeyEvent(ImGuiMod_Ctrl, false);
    io.AddKeyEvent(ImGuiKey_LeftCtrl, false);
    stage.frame(4);
    EXPECT_EQ(stage.shell->desk().perspective(), Perspective::compare);
}

TEST(Keys, space_runs_and_arrows_step_both_ways_in_the_chosen_unit) {
    Stage stage;
    stage.frame(2);
    stage.key(ImGuiKey_Space);
    EXPECT_TRUE(last_of<sim::debug::Run>(stage.door));
    stage.key(ImGuiKey_U);
    stage.key(ImGuiKey_LeftArrow);
    auto const* step = last_of<sim::debug::Step>(stage.door);
    ASSERT_TRUE(step);
    EXPECT_EQ(step->unit, StepUnit::line_over);
    EXPECT_EQ(step->direction, Direction::backward);
    stage.key(ImGuiKey_F11);
    step = last_of<sim::debug::Step>(stage.door);
    ASSERT_TRUE(step);
    EXPECT_EQ(step->unit, StepUnit::instruction);
    EXPECT_EQ(step->direction, Direction::forward);
}

TEST(Palette, opens_finds_and_carries_out) {
    Stage stage;
    stage.frame(2);
    stage.key(ImGuiKey_P, {ImGuiMod_Ctrl, ImGuiKey_LeftCtrl});
    stage.type("page walk");
    stage.key(ImGuiKey_Enter);
    EXPECT_TRUE(stage.shell->layout().visible(ViewId::walk));
}

// Each command and view by typing its title, as a person without a mouse does.
TEST(Palette, leads_everywhere_by_keyboard_alone) {
    Stage stage;
    stage.frame(2);
    for (auto const& row : model::palette_rows("")) {
        stage.key(ImGuiKey_Escape);
        stage.key(ImGuiKey_P, {ImGuiMod_Ctrl, ImGuiKey_LeftCtrl});
        stage.type(row.title.c_str());
        ImGui::GetIO().AddKeyEvent(ImGuiKey_Enter, true);
        bool done = false;
        for (unsigned i = 0; i < 4; ++i) {
            stage.frame();
            for (auto const& request : stage.shell->performed()) done |= request == row.request;
        }
        ImGui::GetIO().AddKeyEvent(ImGuiKey_Enter, false);
        stage.frame(2);
        EXPECT_TRUE(done) << row.title;
        if (row.request.id == CommandId::type_argument) {
            EXPECT_TRUE(stage.shell->window().palette) << row.title << " asks for its argument";
        }
    }
}

TEST(Palette, what_may_be_left_out_is_asked_for_and_may_be_left_out) {
    Stage stage;
    stage.frame(2);
    for (char const* name : {"what if", ""}) {
        stage.door.commands.clear();
        stage.key(ImGuiKey_P, {ImGuiMod_Ctrl, ImGuiKey_LeftCtrl});
        stage.type("Fork from here ...");
        stage.key(ImGuiKey_Enter);
        EXPECT_EQ(stage.shell->window().prompt, CommandId::fork);
        EXPECT_TRUE(stage.door.commands.empty());
        stage.type(name);
        stage.key(ImGuiKey_Enter);
        auto const* fork = last_of<sim::debug::Fork>(stage.door);
        ASSERT_TRUE(fork);
        EXPECT_EQ(fork->name, name);
    }
}

TEST(Branches, are_forked_written_to_and_compared_by_keyboard_alone) {
    Stage stage;
    stage.frame(2);
    stage.key(ImGuiKey_B, {ImGuiMod_Ctrl, ImGuiKey_LeftCtrl});
    EXPECT_TRUE(last_of<sim::debug::Fork>(stage.door));
    stage.shell->state().selected = {model::EntityKind::frame, 8, 0};
    stage.key(ImGuiKey_E);
    stage.type("0x5a");  // the place stands there already
    stage.key(ImGuiKey_Enter);
    auto const* poke = last_of<sim::debug::Poke>(stage.door);
    ASSERT_TRUE(poke);
    EXPECT_EQ(poke->address, 0x8000u);
    EXPECT_EQ(poke->space, sim::debug::AddressSpace::physical);
    stage.key(ImGuiKey_C);
    stage.type("status");
    stage.key(ImGuiKey_Enter);
    ASSERT_TRUE(last_of<sim::debug::TypeText>(stage.door));
    EXPECT_EQ(last_of<sim::debug::TypeText>(stage.door)->text, "status\n");
    stage.key(ImGuiKey_P, {ImGuiMod_Ctrl, ImGuiKey_LeftCtrl});
    stage.type("Compare with");
    stage.key(ImGuiKey_Enter);
    stage.type("original");
    stage.key(ImGuiKey_Enter);
    auto const* both = last_of<sim::debug::CompareBranches>(stage.door);
    ASSERT_TRUE(both);
    EXPECT_EQ(both->one, sim::debug::original);
    EXPECT_EQ(both->other, 1u);
    EXPECT_TRUE(stage.shell->layout().visible(ViewId::comparison));
}

TEST(Branches, a_click_goes_to_one_and_another_compares_it) {
    Stage stage;
    stage.frame(2);
    stage.shell->show_alone(ViewId::branches);
    stage.frame(4);
    for (float y = 120; y < 360; y += 10) stage.click(300, y);
    std::set<sim::debug::BranchNumber> visited;
    for (auto const& c : stage.door.commands)
        if (auto const* there = std::get_if<sim::debug::SwitchBranch>(&c)) visited.insert(there->branch);
    EXPECT_EQ(visited, (std::set<sim::debug::BranchNumber>{0, 2})) << "all but the one that is looked at";
    for (float y = 120; y < 360; y += 10)
        for (float x = 1500; x < 1590; x += 10) {
            stage.shell->show_alone(ViewId::branches);
            stage.frame();
            stage.click(x, y);
        }
    bool compared = false, dropped = false;
    for (auto const& c : stage.door.commands) {
        compared |= std::holds_alternative<sim::debug::CompareBranches>(c);
        if (auto const* gone = std::get_if<sim::debug::DropBranch>(&c)) dropped |= gone->branch == 2;
    }
    EXPECT_TRUE(compared);
    EXPECT_TRUE(dropped);
}

TEST(Palette, typing_there_is_no_command) {
    Stage stage;
    stage.frame(2);
    stage.key(ImGuiKey_P, {ImGuiMod_Ctrl, ImGuiKey_LeftCtrl});
    stage.key(ImGuiKey_Space);
    stage.key(ImGuiKey_I);
    EXPECT_TRUE(stage.door.commands.empty());
    stage.key(ImGuiKey_Escape);
    stage.key(ImGuiKey_Space);
    EXPECT_TRUE(last_of<sim::debug::Run>(stage.door));
}

}  // namespace
}  // namespace viz::app
