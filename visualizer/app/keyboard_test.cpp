// SPDX-License-Identifier: GPL-2.0-or-later
//
// The window without a mouse: panes, tabs, rows and what cannot be seen at once; and a
// hunt on a real session, each action a key.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "simulator/debug/queries/ask.hpp"
#include "tests/fakes/script_machine.hpp"
#include "visualizer/app/stage.hpp"
#include "visualizer/app/watch.hpp"

namespace viz::app {
namespace {

using model::EntityKind;
using model::Perspective;
using model::ViewId;
using sim::machine::Moment;
using ::testing::HasSubstr;

ViewId in_front(Stage& stage) {
    auto const& node = stage.shell->layout().nodes[static_cast<unsigned>(stage.shell->desk().pane())];
    return node.tabs[static_cast<unsigned>(node.active)];
}

TEST(Keyboard, goes_from_pane_to_pane_and_back) {
    Stage stage;
    stage.frame(2);
    auto const leaves = stage.shell->layout().leaves();
    ASSERT_GT(leaves.size(), 2u);
    std::vector<int> visited;
    for (std::size_t i = 0; i <= leaves.size(); ++i) {
        stage.key(ImGuiKey_Tab);
        visited.push_back(stage.shell->desk().pane());
    }
    EXPECT_TRUE(std::ranges::equal(leaves, std::span(visited).first(leaves.size())));
    EXPECT_EQ(visited.back(), leaves.front()) << "and round again";
    stage.key(ImGuiKey_Tab, {ImGuiMod_Shift, ImGuiKey_LeftShift});
    EXPECT_EQ(stage.shell->desk().pane(), leaves.back());
    EXPECT_TRUE(stage.shell->window().by_keys) << "it is marked";
    stage.click(200, 700);
    EXPECT_FALSE(stage.shell->window().by_keys) << "who has a mouse sees no mark";
}

TEST(Keyboard, turns_every_tab_of_every_perspective_and_fills_the_window_with_it) {
    Stage stage;
    for (auto const& p : model::all_perspectives()) {
        stage.shell->show(p.id);
        stage.frame(2);
        std::set<ViewId> seen, wanted;
        for (int leaf : stage.shell->layout().leaves()) {
            auto const& all = stage.shell->layout().nodes[static_cast<unsigned>(leaf)].tabs;
            wanted.insert(all.begin(), all.end());
            stage.key(ImGuiKey_Tab);
            auto const tabs =
                stage.shell->layout().nodes[static_cast<unsigned>(stage.shell->desk().pane())].tabs;
            for (std::size_t i = 0; i < tabs.size(); ++i) {
                stage.key(ImGuiKey_PageDown, {ImGuiMod_Ctrl, ImGuiKey_LeftCtrl});
                ViewId const view = in_front(stage);
                seen.insert(view);
                stage.key(ImGuiKey_M);
                EXPECT_TRUE(stage.shell->desk().one_view());
                EXPECT_EQ(in_front(stage), view);
                stage.key(ImGuiKey_Escape);
                EXPECT_FALSE(stage.shell->desk().one_view());
            }
        }
        EXPECT_EQ(seen, wanted) << p.name;
    }
}

// Also those that are out of sight at first.
TEST(Keyboard, chooses_each_packet_one_after_the_other) {
    Stage stage(1280, 720);
    stage.snapshot = testing::sample_snapshot(12);
    stage.shell->show(Perspective::network);
    stage.frame(3);
    stage.key(ImGuiKey_Tab);
    ASSERT_EQ(in_front(stage), ViewId::packets);
    auto const& packets = stage.snapshot->events.group(sim::debug::EventGroup::packets);
    std::uint64_t const count = packets.end() - packets.begin();
    ASSERT_GT(count, 30u);
    for (std::uint64_t i = 0; i < count; ++i) stage.key(ImGuiKey_UpArrow);
    auto chosen = [&] { return stage.shell->state().selected; };
    ASSERT_EQ(chosen().kind, EntityKind::packet);
    EXPECT_EQ(chosen().id, packets[packets.begin()]);
    for (std::uint64_t i = packets.begin() + 1; i < packets.end(); ++i) {
        stage.key(ImGuiKey_DownArrow);
        ASSERT_EQ(chosen().id, packets[i]) << i;
    }
    stage.key(ImGuiKey_DownArrow);
    EXPECT_EQ(chosen().id, packets[packets.end() - 1]) << "the last one stays";
    stage.key(ImGuiKey_Enter);
    ASSERT_TRUE(stage.shell->state().selected);
}

TEST(Keyboard, chooses_threads_events_and_rungs_of_the_ladder) {
    for (auto [view, kind] : {std::pair{ViewId::threads, EntityKind::thread},
                              {ViewId::events, EntityKind::event},
                              {ViewId::ladder, EntityKind::packet}}) {
        Stage stage;
        stage.shell->show_alone(view);
        stage.frame(3);
        std::set<std::uint64_t> chosen;
        for (unsigned i = 0; i < 3; ++i) {
            stage.key(ImGuiKey_DownArrow);
            EXPECT_TRUE(stage.shell->state().selected) << info(view).name;
            chosen.insert(stage.shell->state().selected.id);
        }
        EXPECT_EQ(chosen.size(), 3u) << info(view).name;
        if (kind != EntityKind::event) {
            EXPECT_EQ(stage.shell->state().selected.kind, kind);
        }
    }
}

// What the pictures show of it changes.
TEST(Keyboard, scrolls_what_has_no_rows) {
    Stage stage(1280, 720);
    stage.shell->show_alone(ViewId::registers);
    stage.frame(3);
    stage.key(ImGuiKey_Tab);
    auto texts = [&] {
        ImVector<ImDrawVert> all;
        for (int i = 0; i < ImGui::GetDrawData()->CmdListsCount; ++i)
            for (auto const& v : ImGui::GetDrawData()->CmdLists[i]->VtxBuffer) all.push_back(v);
        std::vector<float> ys;
        for (auto const& v : all) ys.push_back(v.pos.y);
        return ys;
    };
    auto const before = texts();
    for (unsigned i = 0; i < 4; ++i) stage.key(ImGuiKey_DownArrow);
    auto const below = texts();
    EXPECT_NE(before, below);
    for (unsigned i = 0; i < 4; ++i) stage.key(ImGuiKey_UpArrow);
    EXPECT_EQ(before, texts()) << "and back";
}

TEST(Keyboard, reads_the_help_page_to_its_end) {
    Stage stage(1280, 720);
    stage.frame(2);
    stage.key(ImGuiKey_Slash, {ImGuiMod_Shift, ImGuiKey_LeftShift});
    ASSERT_TRUE(stage.shell->window().help);
    auto const before = stage.shell->state().selected;
    auto const vertices = [] { return ImGui::GetDrawData()->TotalVtxCount; };
    stage.frame(2);
    int const first = vertices();
    for (unsigned i = 0; i < 40; ++i) stage.key(ImGuiKey_DownArrow);
    EXPECT_NE(first, vertices()) << "other keys are told there";
    EXPECT_EQ(stage.shell->state().selected, before) << "and nothing behind it moves";
    stage.key(ImGuiKey_Escape);
    EXPECT_FALSE(stage.shell->window().help);
}

// A machine in QEMU: what it cannot do is drawn, pale, and its keys do nothing.
TEST(Keyboard, of_what_a_machine_cannot_do_does_nothing_and_every_view_is_drawn) {
    using namespace sim::debug;
    Stage stage;
    auto now = std::make_shared<Snapshot>(*stage.snapshot);
    auto info = std::make_shared<MachineInfo>(*now->machine);
    for (unsigned a = 0; a < ability_count; ++a) info->lacks.set(static_cast<Ability>(a), "not this one");
    now->machine = info;
    now->state = RunState::paused;
    stage.snapshot = now;
    for (auto const& view : model::all_views()) {
        stage.shell->show_alone(view.id);
        stage.frame(2);
    }
    stage.shell->show(Perspective::overview);
    stage.key(ImGuiKey_LeftArrow);
    stage.key(ImGuiKey_Home);
    stage.key(ImGuiKey_K);
    EXPECT_TRUE(stage.door.commands.empty());
    stage.key(ImGuiKey_F11);
    EXPECT_NE(last_of<Step>(stage.door), nullptr) << "what it can do it does";
    // The palette has them all the same.
    stage.key(ImGuiKey_P, {ImGuiMod_Ctrl, ImGuiKey_LeftCtrl});
    stage.type("Run backwards");
    stage.key(ImGuiKey_Enter);
    EXPECT_EQ(stage.door.commands.size(), 1u);
}

TEST(Mouse, buttons_of_what_a_machine_cannot_do_are_offered_to_nobody) {
    using namespace sim::debug;
    auto const pressed = [](bool able) {
        Stage stage;
        auto now = std::make_shared<Snapshot>(*stage.snapshot);
        auto info = std::make_shared<MachineInfo>(*now->machine);
        if (!able)
            for (Ability a : {Ability::past, Ability::bookmarks}) info->lacks.set(a, "not this one");
        now->machine = info;
        now->stops = {{1, StopKind::breakpoint, true, "breakpoint 1: main"}};
        stage.snapshot = now;
        stage.shell->show_alone(model::ViewId::stops);
        stage.frame(3);
        auto const body = model::place_shell({0, 0, 1600, 900}, 1).body;
        // Behind the first button, which opens a prompt.
        for (float x = body.x + 120; x < body.x + 500; x += 15) stage.click(x, body.y + 55);
        unsigned back = 0, bookmarks = 0;
        for (auto const& c : stage.door.commands) {
            back += std::holds_alternative<ContinueBackward>(c);
            bookmarks += std::holds_alternative<SetBookmark>(c);
        }
        return std::pair(back > 0, bookmarks > 0);
    };
    EXPECT_EQ(pressed(true), std::pair(true, true)) << "the buttons stand elsewhere";
    EXPECT_EQ(pressed(false), std::pair(false, false));
}

// ---- on a session that runs ----

class Hunt : public ::testing::Test {
protected:
    Hunt() {
        sim::debug::SessionOptions options;
        options.asker = sim::debug::queries::ask_in_words;
        session = std::make_unique<sim::debug::Session>(sim::debug::script::subject(), options);
        door = std::make_unique<SessionDoor>(*session);
        stage.shell = std::make_unique<Shell>(*door);
        settle();
    }
    ~Hunt() override { stage.shell.reset(); }
    // As the window's loop does.
    void settle() {
        for (unsigned i = 0; i < 4; ++i) {
            while (session->advance()) {
            }
            stage.snapshot = session->snapshot();
            stage.frame();
        }
    }
    void key(ImGuiKey k, std::initializer_list<ImGuiKey> modifiers = {}) {
        stage.key(k, modifiers);
        settle();
    }
    // At a prompt.
    void enter(char const* text) {
        stage.type(text);
        key(ImGuiKey_Enter);
    }
    void find(char const* command) {
        key(ImGuiKey_P, {ImGuiMod_Ctrl, ImGuiKey_LeftCtrl});
        enter(command);
    }
    sim::debug::Snapshot const& now() const { return *session->snapshot(); }

    std::unique_ptr<sim::debug::Session> session;
    std::unique_ptr<SessionDoor> door;
    Stage stage;
};

TEST_F(Hunt, for_the_writer_of_a_byte_by_keys_alone) {
    key(ImGuiKey_G);
    enter("3000");
    ASSERT_EQ(now().moment, (Moment{3000, 0}));
    key(ImGuiKey_B);
    enter("watch u64[0x4000]");
    ASSERT_EQ(now().stops.size(), 1u);
    key(ImGuiKey_F5, {ImGuiMod_Shift, ImGuiKey_LeftShift});
    EXPECT_THAT(now().stop_reason, HasSubstr("watchpoint 1"));
    Moment const written = now().moment;
    EXPECT_LT(written, (Moment{3000, 0}));

    key(ImGuiKey_Q);
    enter("last-write phys:0x4000");
    ASSERT_EQ(stage.shell->model().answers().size(), 1u);
    EXPECT_TRUE(stage.shell->model().answers()[0]->understood);
    EXPECT_TRUE(stage.shell->layout().visible(ViewId::answers));

    // What stood there before it? To the moment before, and bytes by their address.
    key(ImGuiKey_F11, {ImGuiMod_Shift, ImGuiKey_LeftShift});
    EXPECT_LT(now().moment, written);
    find("Show the bytes at a physical address ...");
    enter("0x4000");
    EXPECT_TRUE(stage.shell->layout().visible(ViewId::memory));
    EXPECT_EQ(stage.shell->state().memory_address, 0x4000u);

    // It is kept under a name; then to a packet that is chosen in its list, and back here.
    find("Bookmark this moment ...");
    enter("before the write");
    ASSERT_EQ(now().machine->bookmarks.size(), 1u);
    EXPECT_EQ(now().machine->bookmarks[0].name, "before the write");
    Moment const kept = now().moment;
    find("View: Packets");
    key(ImGuiKey_DownArrow);
    ASSERT_EQ(stage.shell->state().selected.kind, EntityKind::packet);
    key(ImGuiKey_Enter);
    std::uint64_t const packet = stage.shell->state().selected.id;
    EXPECT_EQ(now().moment, now().events.all[packet].at) << "a double click goes there, too";
    key(ImGuiKey_G);
    enter("bookmark:before the write");
    EXPECT_EQ(now().moment, kept);

    // Another future.
    key(ImGuiKey_B, {ImGuiMod_Ctrl, ImGuiKey_LeftCtrl});
    EXPECT_EQ(now().branches.size(), 2u);
    find("Compare with a branch ...");
    enter("original");
    EXPECT_TRUE(stage.shell->layout().visible(ViewId::comparison));
}

}  // namespace
}  // namespace viz::app
