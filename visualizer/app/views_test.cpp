// SPDX-License-Identifier: GPL-2.0-or-later
//
// What single views say of a moment, by keys and by mouse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <imgui.h>

#include "visualizer/app/stage.hpp"
#include "visualizer/widgets/cuts.hpp"

namespace viz::app {
namespace {

using model::EntityKind;
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

}  // namespace
}  // namespace viz::app
