// SPDX-License-Identifier: GPL-2.0-or-later
//
// What single views say of a moment, by keys and by mouse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <imgui.h>

#include <set>

#include "simulator/debug/text.hpp"
#include "visualizer/app/stage.hpp"
#include "visualizer/model/ability.hpp"
#include "visualizer/widgets/cuts.hpp"

namespace viz::app {
namespace {

using model::CommandId;
using model::EntityKind;
using model::MapColouring;
using model::ViewId;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// All texts of one frame, in their order.
std::vector<std::string> said(Stage& stage) {
    stage.frame(3);
    std::vector<std::string> texts;
    widgets::listen_for_texts(&texts);
    stage.frame();
    widgets::listen_for_texts(nullptr);
    return texts;
}

sim::debug::Thread const& thread(Stage const& stage, std::string_view name) {
    for (auto const& t : stage.snapshot->kernel.threads)
        if (t.name == name) return t;
    throw std::runtime_error("no such thread");
}

std::shared_ptr<sim::debug::Snapshot> changed(Stage& stage) {
    auto now = std::make_shared<sim::debug::Snapshot>(*stage.snapshot);
    now->number += 1'000'000;
    return now;
}

// ---- threads ----

TEST(ThreadsView, shows_the_call_stack_of_the_selected_thread_else_of_the_one_that_runs) {
    Stage stage;
    stage.shell->show_alone(ViewId::threads);
    EXPECT_THAT(said(stage), Contains("http::Server::answer+0x11"));
    EXPECT_THAT(said(stage), Contains("worker 1"));

    stage.shell->state().selected = {EntityKind::thread, thread(stage, "network").address, 0};
    auto texts = said(stage);
    EXPECT_THAT(texts, Contains("threads::Mutex::lock+0x71"));
    EXPECT_THAT(texts, Contains("network, as it left the processor"));
    EXPECT_THAT(texts, Not(Contains("http::Server::answer+0x11")));

    stage.shell->state().selected.id = thread(stage, "http").address;
    EXPECT_THAT(said(stage), Contains(HasSubstr("interrupted")));
    stage.shell->state().selected.id = thread(stage, "logger").address;
    EXPECT_THAT(said(stage), Contains("None: it has ended."));
    // What is gone is nobody.
    stage.shell->state().selected.id = 0x1234;
    EXPECT_THAT(said(stage), Contains("http::Server::answer+0x11"));
}

// A mutex's waiters stand in a queue of their own within it: the address is not the lock's.
TEST(ThreadsView, names_the_lock_that_a_thread_waits_for) {
    Stage stage;
    stage.shell->show_alone(ViewId::threads);
    auto now = changed(stage);
    for (auto& t : now->kernel.threads)
        if (t.waits_for) t.waits_for += 0x20;
    stage.snapshot = now;
    EXPECT_THAT(said(stage), Contains("log lock held by worker 1"));
    EXPECT_THAT(*sim::debug::print_view(*now, "threads"), HasSubstr("80240020  log lock, which worker 1 holds\n"));
    now->kernel.locks.clear();
    EXPECT_THAT(*sim::debug::print_view(*now, "threads"), HasSubstr("80240020\n"));
}

TEST(ThreadsView, asks_for_stacks_only_while_it_is_seen) {
    Stage stage;
    stage.shell->show_alone(ViewId::threads);
    stage.frame(2);
    EXPECT_TRUE(stage.door.last.thread_stacks);
    stage.shell->show_alone(ViewId::console);
    stage.frame(2);
    EXPECT_FALSE(stage.door.last.thread_stacks);
}

// ---- heap ----

TEST(HeapView, tells_of_large_objects_and_that_there_are_none) {
    Stage stage;
    stage.shell->show_alone(ViewId::heap);
    EXPECT_THAT(said(stage), Contains("3 with 76 KiB of frames"));
    auto now = changed(stage);
    now->kernel.others[0].rows[0] = {{"objects", "225", 225}, {"bytes", "16576", 16576}};
    stage.snapshot = now;
    EXPECT_THAT(said(stage), Contains("none"));
    now = changed(stage);
    now->kernel.others.clear();
    stage.snapshot = now;
    EXPECT_THAT(said(stage), Not(Contains("Large objects")));
}

// ---- the map of memory ----

TEST(MemoryMap, is_painted_by_writes_and_reads_by_key_and_again_by_owner) {
    Stage stage;
    stage.shell->show_alone(ViewId::frames);
    stage.frame(3);
    EXPECT_FALSE(stage.door.last.accesses) << "nobody looks at them";
    auto const& by = stage.shell->state().map_colouring;
    stage.key(ImGuiKey_V, {ImGuiMod_Shift, ImGuiKey_LeftShift});
    EXPECT_EQ(by, MapColouring::writes);
    EXPECT_TRUE(stage.door.last.accesses);
    auto texts = said(stage);
    EXPECT_THAT(texts, Contains("not written"));
    EXPECT_THAT(texts, Contains("once"));
    EXPECT_THAT(texts, Contains("48,211 times a frame"));
    EXPECT_THAT(texts, Contains(HasSubstr("counted of 1,000,000 instructions until")));
    stage.key(ImGuiKey_V, {ImGuiMod_Alt, ImGuiKey_LeftAlt});
    EXPECT_EQ(by, MapColouring::reads);
    EXPECT_THAT(said(stage), Contains("not read"));
    stage.key(ImGuiKey_V, {ImGuiMod_Alt, ImGuiKey_LeftAlt});
    EXPECT_EQ(by, MapColouring::owner);
    EXPECT_THAT(said(stage), Not(Contains("not read")));
    EXPECT_FALSE(stage.door.last.accesses);
    // Out of sight nothing is counted.
    stage.shell->perform({CommandId::show_writes, {}});
    stage.shell->show_alone(ViewId::console);
    stage.frame(2);
    EXPECT_FALSE(stage.door.last.accesses);
}

TEST(MemoryMap, tells_of_a_frame_how_often_and_by_whom) {
    Stage stage;
    stage.shell->show_alone(ViewId::frames);
    stage.shell->state().map_colouring = MapColouring::writes;
    stage.shell->state().selected = {EntityKind::frame, 710, 1};
    auto texts = said(stage);
    EXPECT_THAT(texts, Contains(HasSubstr("written 48,211 times, 31,000 of them by http::Server::answer")));
    stage.shell->state().selected.id = 3000;
    EXPECT_THAT(said(stage), Contains(HasSubstr("neither read nor written")));
    // Below the pointer, wherever that is on the map.
    ImGui::GetIO().DeltaTime = 1;
    bool told = false;
    for (float y = 150; y < 880 && !told; y += 60) {
        ImGui::GetIO().AddMousePosEvent(700, y);
        for (std::string const& text : said(stage)) told |= text.starts_with("counted of");
    }
    EXPECT_TRUE(told);
}

TEST(MemoryMap, counts_between_the_markers_and_since_the_only_one) {
    Stage stage;
    stage.shell->show_alone(ViewId::frames);
    stage.shell->state().map_colouring = MapColouring::reads;
    stage.frame(2);
    EXPECT_EQ(stage.door.last.accesses, sim::debug::AccessRequest{}) << "the last million before now";
    stage.shell->state().mark_a_ns = 1'000'000;
    stage.frame(2);
    ASSERT_TRUE(stage.door.last.accesses);
    EXPECT_TRUE(stage.door.last.accesses->from);
    EXPECT_FALSE(stage.door.last.accesses->to);
    stage.shell->state().mark_b_ns = 500'000;
    stage.frame(2);
    ASSERT_TRUE(stage.door.last.accesses && stage.door.last.accesses->from && stage.door.last.accesses->to);
    EXPECT_LT(*stage.door.last.accesses->from, *stage.door.last.accesses->to);
}

TEST(MemoryMap, says_what_will_fill_it_and_how_far_that_is) {
    Stage stage;
    stage.shell->show_alone(ViewId::frames);
    stage.shell->state().map_colouring = MapColouring::writes;
    auto now = changed(stage);
    now->accesses.reset();
    now->counting = 0.34;
    stage.snapshot = now;
    EXPECT_THAT(said(stage), Contains("Counting: 34 %"));
    now = changed(stage);
    now->counting.reset();
    now->state = sim::debug::RunState::running;
    stage.snapshot = now;
    EXPECT_THAT(said(stage), Contains(HasSubstr("Pause it (Space)")));
    // What was counted before stays in sight meanwhile.
    now = changed(stage);
    now->accesses = testing::sample_snapshot()->accesses;
    now->counting = 0.5;
    stage.snapshot = now;
    EXPECT_THAT(said(stage), Contains(HasSubstr("counting anew, 50 %")));
}

// Of a machine in QEMU, and of an album: the buttons are there, pale, and say why.
TEST(MemoryMap, offers_to_nobody_what_cannot_be_counted) {
    using namespace sim::debug;
    for (bool const album : {false, true}) {
        Stage stage;
        auto now = changed(stage);
        auto info = std::make_shared<MachineInfo>(*now->machine);
        std::string const why = album ? "an album has no machine" : "not in QEMU";
        if (album) info->only_looked_at = why;
        if (!album)
            for (Ability a : {Ability::questions, Ability::heat}) info->lacks.set(a, why);
        now->machine = info;
        stage.snapshot = now;
        stage.shell->show_alone(ViewId::frames);
        ImGui::GetIO().DeltaTime = 1;
        stage.key(ImGuiKey_V, {ImGuiMod_Shift, ImGuiKey_LeftShift});
        EXPECT_EQ(stage.shell->state().map_colouring, MapColouring::owner) << why;
        auto const body = model::place_shell({0, 0, 1600, 900}, 1).body;
        unsigned told = 0;
        std::set<MapColouring> seen;
        for (float x = body.x + 20; x < body.x + 420; x += 20) {
            stage.click(x, body.y + 50);
            seen.insert(stage.shell->state().map_colouring);
            std::string const sentence = model::as_sentence(why);
            for (std::string const& text : said(stage)) told += text == sentence;
        }
        EXPECT_GT(told, 3u) << why << ": the buttons stand elsewhere";
        EXPECT_EQ(seen.contains(MapColouring::changes), album) << why << ": when a page changed is in an album";
        EXPECT_FALSE(seen.contains(MapColouring::writes) || seen.contains(MapColouring::reads)) << why;
        // Chosen before, with another machine.
        stage.shell->state().map_colouring = MapColouring::reads;
        auto without = changed(stage);
        without->accesses.reset();
        stage.snapshot = without;
        EXPECT_THAT(said(stage), Contains(model::as_sentence(why)));
    }
}

// ---- waits ----

TEST(WaitsView, draws_who_waits_for_whom_and_names_a_deadlock) {
    Stage stage;
    stage.shell->show_alone(ViewId::waits);
    auto texts = said(stage);
    EXPECT_THAT(texts, Contains("log lock"));
    EXPECT_THAT(texts, Contains("waits for"));
    EXPECT_THAT(texts, Contains("held by"));
    EXPECT_THAT(texts, Not(Contains(HasSubstr("Deadlock"))));

    stage.snapshot = testing::deadlocked_snapshot();
    texts = said(stage);
    EXPECT_THAT(texts, Contains("Deadlock: network waits for log lock, held by worker 1; worker 1 waits for table lock, held "
                                "by network."));

    auto now = changed(stage);
    now->kernel.locks.clear();
    stage.snapshot = now;
    EXPECT_THAT(said(stage), Contains("Nobody holds a lock"));
}

TEST(WaitsView, is_walked_by_keys_and_a_box_is_selected_by_a_click) {
    Stage stage;
    stage.snapshot = testing::deadlocked_snapshot();
    stage.shell->show_alone(ViewId::waits);
    stage.frame(3);
    std::set<std::pair<EntityKind, std::uint64_t>> chosen;
    for (int i = 0; i < 8; ++i) {
        stage.key(ImGuiKey_DownArrow);
        auto const& e = stage.shell->state().selected;
        chosen.insert({e.kind, e.id});
    }
    EXPECT_EQ(chosen.size(), 5u) << "three threads and two locks";
    stage.shell->state().selected = {};
    ImGui::GetIO().DeltaTime = 1;
    bool told = false;
    auto const body = model::place_shell({0, 0, 1600, 900}, 1).body;
    for (float y = body.y + 60; y < body.y + 240; y += 12)
        for (float x = body.x + 30; x < body.x + 400; x += 40) {
            stage.click(x, y);
            for (std::string const& text : said(stage)) told |= text.find("this wait never ends") != std::string::npos;
        }
    EXPECT_TRUE(told);
    EXPECT_TRUE(stage.shell->state().selected);
}

}  // namespace
}  // namespace viz::app
