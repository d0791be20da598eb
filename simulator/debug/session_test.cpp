// SPDX-License-Identifier: GPL-2.0-or-later
//
// Sessions over a machine whose processor is a script: fast, and every moment is
// known by heart. tests/scenario does the same with the real kernel.
#include "simulator/debug/session.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "simulator/debug/text.hpp"
#include "tests/fakes/script_machine.hpp"

namespace sim::debug {
namespace {

using machine::Machine;
using machine::Moment;
using script::ending;
using script::subject;
using script::ticking;

// Of the past: the index knows the future, too, where it was seen.
std::uint64_t count(Snapshot const& s, EventKind kind) {
    std::uint64_t n = 0;
    for (std::uint64_t i = s.events.all.begin(); i < s.events.all.end(); ++i)
        n += s.events.all[i].kind == kind && s.events.all[i].at <= s.moment;
    return n;
}

TEST(Session, begins_paused_at_moment_zero) {
    Session session(subject());
    auto const s = session.snapshot();
    ASSERT_TRUE(s);
    EXPECT_EQ(s->moment, Moment{});
    EXPECT_EQ(s->state, RunState::paused);
    EXPECT_EQ(s->machine->title, "a script");
    EXPECT_EQ(s->machine->memory_bytes, 1u << 20);
    EXPECT_FALSE(session.advance());
}

TEST(Session, steps_instructions_forward_and_backward) {
    Session session(subject());
    auto s = session.perform(Step{StepUnit::instruction, Direction::forward, 4});
    EXPECT_EQ(s->moment, (Moment{4, 0}));
    EXPECT_EQ(s->cpu.rip, 4u);
    s = session.perform(Step{StepUnit::instruction, Direction::backward, 3});
    EXPECT_EQ(s->moment, (Moment{1, 0}));
    EXPECT_EQ(s->cpu.rip, 1u);
    EXPECT_EQ(s->end, (Moment{4, 0}));
    s = session.perform(Step{StepUnit::instruction, Direction::backward, 5});
    EXPECT_EQ(s->moment, Moment{});
    EXPECT_EQ(s->stop_reason, "this is the beginning");
}

TEST(Session, seeks_both_ways_and_shows_the_console_of_the_moment) {
    Session session(subject());
    auto s = session.perform(SeekTo{{1000, 0}});
    EXPECT_EQ(s->moment, (Moment{1000, 0}));
    std::string const printed = *s->console;
    EXPECT_GT(printed.size(), 50u);
    s = session.perform(SeekTo{{20, 0}});
    EXPECT_EQ(s->moment, (Moment{20, 0}));
    EXPECT_LT(s->console->size(), 4u);
    EXPECT_EQ(s->end, (Moment{1000, 0}));
    s = session.perform(SeekTo{{1000, 0}});
    EXPECT_EQ(*s->console, printed);
}

TEST(Session, knows_each_event_once_however_often_it_ran) {
    Session session(subject());
    auto const first = session.perform(SeekTo{{2000, 0}});
    std::mt19937 random(3);
    for (int i = 0; i < 50; ++i) session.perform(SeekTo{{random() % 2000, random() % 2}});
    auto const last = session.perform(SeekTo{{2000, 0}});
    EXPECT_EQ(last->events.all.size(), first->events.all.size());
    EXPECT_GT(count(*last, EventKind::interrupt), 100u);
    EXPECT_EQ(count(*last, EventKind::packet_out) % 2, 0u);
    EXPECT_GT(count(*last, EventKind::packet_out), 200u);
    EXPECT_GT(count(*last, EventKind::halt), 100u);
    for (std::uint64_t n = last->events.all.begin() + 1; n < last->events.all.end(); ++n) {
        EXPECT_LE(last->events.all[n - 1].at, last->events.all[n].at);
        EXPECT_LE(last->events.all[n - 1].virtual_ns, last->events.all[n].virtual_ns);
    }
}

TEST(Session, steps_to_the_next_and_previous_event) {
    Session session(subject());
    auto const one = session.perform(Step{StepUnit::interrupt, Direction::forward, 1});
    EXPECT_EQ(one->cpu.rip, 8u);  // about to be interrupted after HLT
    auto const two = session.perform(Step{StepUnit::interrupt, Direction::forward, 2});
    EXPECT_GT(two->moment, one->moment);
    EXPECT_EQ(count(*two, EventKind::interrupt), 3u);
    auto const back = session.perform(Step{StepUnit::interrupt, Direction::backward, 2});
    EXPECT_EQ(back->moment, one->moment);
    auto const packet = session.perform(Step{StepUnit::packet, Direction::forward, 1});
    EXPECT_EQ(packet->cpu.rip, 6u);
    auto const none = session.perform(Step{StepUnit::context_switch, Direction::backward, 1});
    EXPECT_EQ(none->stop_reason, "no earlier context switch");
    EXPECT_EQ(none->moment, packet->moment);
}

// An index that holds little: what it has forgotten is lived again.
TEST(Session, steps_to_events_that_the_index_has_forgotten) {
    Session session(subject()), forgetful(subject(), {.max_events = 64});
    for (Session* s : {&session, &forgetful}) s->perform(RunUntil{{60'000, 0}});
    ASSERT_GT(forgetful.snapshot()->events.forgotten, 0u);
    for (StepUnit unit : {StepUnit::interrupt, StepUnit::packet}) {
        for (std::uint64_t from : {60'000u, 30'000u, 2'000u}) {
            for (Direction direction : {Direction::backward, Direction::forward}) {
                for (Session* s : {&session, &forgetful}) s->perform(SeekTo{{from, 0}});
                for (int i = 0; i < 5; ++i) {
                    auto const a = session.perform(Step{unit, direction, i == 4 ? 200u : 1u});
                    auto const b = forgetful.perform(Step{unit, direction, i == 4 ? 200u : 1u});
                    ASSERT_EQ(a->moment, b->moment)
                        << name_of(unit) << " from " << from << ", step " << i << ": " << b->stop_reason;
                }
            }
        }
    }
    EXPECT_EQ(session.world().machine().hash(), forgetful.world().machine().hash());
}

TEST(Session, steps_in_a_fork_that_begins_before_all_that_the_index_holds) {
    Session session(subject()), forgetful(subject(), {.max_events = 64});
    for (Session* s : {&session, &forgetful}) {
        s->perform(RunUntil{{60'000, 0}});
        s->perform(SeekTo{{2'000, 0}});
        s->perform(Fork{});
    }
    ASSERT_GT(forgetful.snapshot()->events.forgotten, 0u);
    ASSERT_EQ(forgetful.snapshot()->events.all.size(), 0u);
    for (StepUnit unit : {StepUnit::interrupt, StepUnit::packet})
        for (Direction direction : {Direction::backward, Direction::forward}) {
            auto const a = session.perform(Step{unit, direction, 3});
            auto const b = forgetful.perform(Step{unit, direction, 3});
            ASSERT_EQ(a->moment, b->moment) << name_of(unit) << ": " << b->stop_reason;
        }
}

TEST(Session, stops_at_breakpoints_in_both_directions) {
    Session session(subject());
    session.perform(SetBreakpoint{5, true});
    auto s = session.perform(debug::Run{});
    EXPECT_EQ(s->cpu.rip, 5u);
    EXPECT_EQ(s->state, RunState::paused);
    Moment const first = s->moment;
    s = session.perform(debug::Run{});  // not again at the one it stands on
    EXPECT_EQ(s->cpu.rip, 5u);
    EXPECT_GT(s->moment, first);
    Moment const second = s->moment;
    session.perform(debug::Run{});
    s = session.perform(ContinueBackward{});
    EXPECT_EQ(s->moment, second);
    s = session.perform(ContinueBackward{});
    EXPECT_EQ(s->moment, first);
    s = session.perform(ContinueBackward{});
    EXPECT_EQ(s->moment, Moment{});
    EXPECT_EQ(s->breakpoints.size(), 1u);
    session.perform(SetBreakpoint{5, false});
    s = session.perform(RunUntil{{5000, 0}});
    EXPECT_EQ(s->moment, (Moment{5000, 0}));
    EXPECT_TRUE(s->breakpoints.empty());
    session.perform(SetBreakpoint{2, true});
    s = session.perform(ContinueBackward{});  // several checkpoints hold hits: the last one counts
    EXPECT_EQ(s->cpu.rip, 2u);
    EXPECT_GT(s->moment.retired, 4980u);
}

TEST(Session, tells_how_far_apart_checkpoints_are_when_memory_gives_out) {
    Session session(subject());
    auto& store = session.world().machine().checkpoints();
    auto s = session.perform(RunUntil{{200'000, 0}});
    ASSERT_GT(s->checkpoints.kept, 4u);
    EXPECT_FALSE(s->checkpoints.thinned);
    EXPECT_EQ(print_view(*s, "overview")->find("gave way"), std::string::npos);
    std::uint64_t const widest = s->checkpoints.widest;
    store.set_budget(store.bytes() / 4);
    s = session.perform(Step{StepUnit::instruction, Direction::forward, 1});
    EXPECT_TRUE(s->checkpoints.thinned);
    EXPECT_GT(s->checkpoints.widest, widest);
    EXPECT_NE(print_view(*s, "overview")->find("gave way to the budget"), std::string::npos);
    EXPECT_NE(print_view_json(*s, "overview")->find("\"checkpoints_thinned\""), std::string::npos);
}

// While it searches the past, a person presses Pause: it stays where it was.
TEST(Session, a_run_backwards_is_given_up_by_pause) {
    Session* running = nullptr;
    bool armed = false;
    unsigned asked_afterwards = 0;
    SessionOptions options;
    options.cancelled = [&] {
        if (running && armed) {
            running->post(Pause{});
            armed = false;
        } else if (running) {
            ++asked_afterwards;
        }
        return false;
    };
    Session session(subject(), options);
    session.perform(RunUntil{{300'000, 0}});
    auto const before = session.world().machine().hash();
    session.perform(SetBreakpoint{0xDEAD, true});  // nobody comes there: the whole past is searched
    running = &session;
    armed = true;
    auto s = session.perform(ContinueBackward{});
    EXPECT_FALSE(armed) << "the search never asked";
    EXPECT_LT(asked_afterwards, 3u) << "it went on";
    EXPECT_EQ(s->moment, (Moment{300'000, 0}));
    EXPECT_EQ(s->state, RunState::paused);
    EXPECT_EQ(session.world().machine().hash(), before);
    running = nullptr;
    s = session.perform(ContinueBackward{});
    EXPECT_EQ(s->moment, Moment{});
}

TEST(Session, an_exit_is_told_and_can_be_gone_back_from) {
    Session session(subject(ending));
    auto s = session.perform(debug::Run{});
    EXPECT_EQ(s->state, RunState::exited);
    EXPECT_EQ(s->exit_status, 7);
    EXPECT_EQ(*s->console, "z");
    s = session.perform(Step{StepUnit::instruction, Direction::backward, 1});
    EXPECT_EQ(s->state, RunState::paused);
    EXPECT_EQ(s->moment, (Moment{3, 0}));
    EXPECT_EQ(session.perform(debug::Run{})->state, RunState::exited);
    s = session.perform(Poke{AddressSpace::physical, 0x100, {1}});
    EXPECT_FALSE(s->last_command.done);
}

TEST(Session, a_poke_is_an_input_and_begins_another_future) {
    Session session(subject());
    session.perform(SeekTo{{1000, 0}});
    session.perform(SeekTo{{100, 0}});
    auto s = session.perform(Poke{AddressSpace::physical, 0x8000, {0x5a}});
    EXPECT_TRUE(s->last_command.done);
    EXPECT_LT(s->end, (Moment{1000, 0}));
    ASSERT_EQ(session.world().machine().log().inputs().size(), 1u);
    EXPECT_EQ(session.world().machine().log().inputs()[0].kind, machine::InputKind::poke);
    ViewRequest request;
    request.memory = {{AddressSpace::physical, 0x8000, 16}};
    session.request(request);
    session.advance();
    s = session.snapshot();
    ASSERT_EQ(s->memory.size(), 1u);
    EXPECT_EQ(s->memory[0].bytes[0], 0x5a);
    // It belongs to the machine's life from now on.
    session.perform(SeekTo{{500, 0}});
    session.perform(SeekTo{{50, 0}});
    EXPECT_NE(session.snapshot()->memory[0].bytes[0], 0x5a);
    session.perform(SeekTo{{500, 0}});
    EXPECT_EQ(session.snapshot()->memory[0].bytes[0], 0x5a);
    EXPECT_FALSE(session.perform(Poke{AddressSpace::physical, 1ULL << 40, {0}})->last_command.done);
    session.perform(TypeText{"hello"});
    EXPECT_EQ(session.world().machine().log().inputs().back().bytes.size(), 5u);
}

TEST(Session, several_bytes_are_written_whole_or_not_at_all) {
    Session session(subject());
    session.perform(SeekTo{{1000, 0}});
    session.perform(SeekTo{{100, 0}});
    engine::RamRegion const ram = session.world().machine().memory().regions().back();
    std::uint64_t const end = ram.start + ram.bytes.size();
    auto const at = [&](std::uint64_t address) {
        std::uint8_t byte = 0;
        EXPECT_TRUE(session.world().machine().peek(address, {&byte, 1}));
        return byte;
    };
    std::uint8_t const first = at(end - 3), second = at(end - 2), last = at(end - 1);
    auto s = session.perform(Poke{AddressSpace::physical, end - 2, {1, 2, 3}});
    EXPECT_FALSE(s->last_command.done);
    EXPECT_EQ(s->last_command.text, fmt::format("no RAM at physical {:#x}", end));
    EXPECT_EQ(s->branches.size(), 1u) << "what is refused begins no branch";
    EXPECT_EQ(at(end - 2), second);
    EXPECT_FALSE(session.perform(Poke{AddressSpace::physical, ~0ULL, {1, 2}})->last_command.done);
    EXPECT_FALSE(session.perform(Poke{AddressSpace::physical, 0x8000, {}})->last_command.done);
    EXPECT_TRUE(session.world().machine().log().inputs().empty());

    s = session.perform(Poke{AddressSpace::physical, end - 3, {1, 2, 3}});
    EXPECT_TRUE(s->last_command.done);
    EXPECT_EQ(s->last_command.text,
              fmt::format("{:#x}: {:02x} {:02x} {:02x} became 01 02 03", end - 3, first, second, last));
    EXPECT_EQ(s->branches.size(), 2u) << "one write, one branch";
    EXPECT_EQ(session.world().machine().log().inputs().size(), 1u) << "one input";
    EXPECT_EQ(at(end - 3), 1);
    EXPECT_EQ(at(end - 1), 3);
    s = session.perform(Poke{AddressSpace::physical, 0x8ffe, {1, 2, 3, 4, 5, 6, 7, 8, 9}});
    EXPECT_TRUE(s->last_command.text.ends_with(" .. became 01 02 03 04 05 06 07 08 .."))
        << s->last_command.text;
    EXPECT_EQ(at(0x9006), 9) << "across pages";
    EXPECT_EQ(s->branches.size(), 2u);
}

TEST(Session, a_question_can_be_given_up_and_tells_its_progress) {
    double told = 0;
    Session* asked = nullptr;
    SessionOptions options;
    options.asker = [&](Scene& scene, std::string_view question) -> AnswerText {
        EXPECT_EQ(question, "why");
        EXPECT_FALSE(scene.cancelled());
        scene.control.progress(0.25, scene.machine.moment());
        EXPECT_EQ(asked->snapshot()->state, RunState::seeking);
        told = asked->snapshot()->progress;
        asked->post(Pause{});
        EXPECT_TRUE(scene.cancelled());
        return {true, true, "given up", "{}"};
    };
    Session session(subject(), options);
    asked = &session;
    auto const s = session.perform(Ask{"why"});
    EXPECT_EQ(told, 0.25);
    ASSERT_TRUE(s->answer);
    EXPECT_TRUE(s->answer->cancelled);
    EXPECT_EQ(s->answer->text, "given up");
    EXPECT_EQ(s->state, RunState::paused);

    Session nobody(subject());
    EXPECT_FALSE(nobody.perform(Ask{"why"})->last_command.done);
}

TEST(Session, a_question_is_given_up_when_the_owner_has_no_more_patience) {
    bool enough = false;
    SessionOptions options;
    options.cancelled = [&] { return enough; };
    options.asker = [&](Scene& scene, std::string_view) -> AnswerText {
        EXPECT_FALSE(scene.cancelled());
        enough = true;
        EXPECT_TRUE(scene.cancelled());
        return {true, true, "given up", "{}"};
    };
    Session session(subject(), options);
    EXPECT_TRUE(session.perform(Ask{"why"})->answer->cancelled);
}

// What was begun with a thread can be gone on with without one.
TEST(Session, a_question_after_the_thread_has_stopped_is_not_given_up) {
    SessionOptions options;
    options.asker = [&](Scene& scene, std::string_view) -> AnswerText {
        return {true, scene.cancelled(), "", "{}"};
    };
    Session session(subject(), options);
    session.start();
    session.stop();
    EXPECT_FALSE(session.perform(Ask{"why"})->answer->cancelled);
}

TEST(Session, knows_the_bookmarks_of_what_it_shows) {
    Subject s = subject();
    s.bookmarks = {{"here", {20, 0}, "look", "threads", std::nullopt}};
    Session session(std::move(s));
    ASSERT_EQ(session.snapshot()->machine->bookmarks.size(), 1u);
    EXPECT_EQ(session.snapshot()->machine->bookmarks[0].name, "here");
}

TEST(Session, bookmarks_are_set_changed_and_removed_and_kept) {
    Subject s = subject();
    s.bookmarks = {{"here", {20, 0}, "look", "threads", std::nullopt}};
    std::vector<recording::Bookmark> kept;
    bool full = false;
    s.keep_bookmarks = [&](std::vector<recording::Bookmark> const& all) {
        if (full) throw std::runtime_error("the disk is full");
        kept = all;
    };
    Session session(std::move(s));
    auto names = [&] {
        std::string out;
        for (auto const& b : session.snapshot()->machine->bookmarks) out += b.name + " ";
        return out;
    };
    EXPECT_TRUE(session.perform(SetBookmark{{"early", {5, 0}, "", "", {}}})->last_command.done);
    EXPECT_EQ(names(), "early here ");
    EXPECT_EQ(kept, session.snapshot()->machine->bookmarks);
    EXPECT_FALSE(session.perform(SetBookmark{{"here", {7, 0}, "", "", {}}})->last_command.done);
    EXPECT_TRUE(session.perform(SetBookmark{{"there", {20, 0}, "look", "", {}}, "here"})->last_command.done);
    EXPECT_EQ(names(), "early there ");
    EXPECT_FALSE(session.perform(RemoveBookmark{"nowhere"})->last_command.done);
    full = true;
    auto const refused = session.perform(RemoveBookmark{"early"});
    EXPECT_EQ(refused->last_command.text, "the disk is full");
    EXPECT_EQ(names(), "early there ");
    full = false;
    EXPECT_TRUE(session.perform(RemoveBookmark{"early"})->last_command.done);
    EXPECT_EQ(names(), "there ");
    EXPECT_EQ(kept.size(), 1u);
}

TEST(Session, a_recording_that_cannot_run_is_only_looked_at) {
    Subject s = subject();
    s.can_execute = false;
    Session session(std::move(s));
    EXPECT_TRUE(session.perform(SetBookmark{{"a", {}, "", "", {}}})->last_command.done);
    auto const after = session.perform(debug::Run{});
    EXPECT_FALSE(after->last_command.done);
    EXPECT_EQ(after->moment, Moment{});
}

TEST(Session, answers_only_what_is_asked) {
    Session session(subject());
    session.perform(SeekTo{{100, 0}});
    EXPECT_TRUE(session.snapshot()->devices.empty());
    ViewRequest request = ViewRequest::everything();
    request.memory = {{AddressSpace::physical, 0x4000, 8},
                      {AddressSpace::physical, (1 << 20) - 8, 16},
                      {AddressSpace::virtual_, 0xffff'ffff'ffff'fff8, 4096}};
    request.walk = WalkRequest{0x4000, engine::Access::read, false};
    session.request(request);
    session.advance();
    auto const s = session.snapshot();
    EXPECT_EQ(s->devices.size(), 1u);
    EXPECT_EQ(s->devices[0].children[0].name, "received");
    ASSERT_EQ(s->memory.size(), 3u);
    EXPECT_TRUE(s->memory[0].mapped(0));
    EXPECT_TRUE(s->memory[1].mapped(0));
    EXPECT_FALSE(s->memory[1].mapped(8));  // past the end of RAM
    EXPECT_EQ(s->memory[2].bytes.size(), 8u);
    ASSERT_TRUE(s->walk);
    EXPECT_FALSE(s->walk->paging_on);
    EXPECT_NE(s->kernel.problem, "");
    EXPECT_EQ(s->block(AddressSpace::physical, 0x4003), &s->memory[0]);
    EXPECT_EQ(s->block(AddressSpace::physical, 0x5000), nullptr);
}

TEST(Session, observation_never_changes_the_machine) {
    Moment const end{20'000, 0};
    auto bare = subject();
    bare.world->machine().run({.moment = end});
    auto const expected = bare.world->machine().hash();

    Session session(subject());
    session.request(ViewRequest::everything());
    session.perform(SetBreakpoint{4, true});
    std::mt19937 random(5);
    for (int i = 0; i < 60; ++i) {
        switch (random() % 6) {
            case 0:
                session.perform(debug::Run{});
                break;
            case 1:
                session.perform(
                    Step{static_cast<StepUnit>(random() % 6), Direction::forward, random() % 3 + 1});
                break;
            case 2:
                session.perform(Step{static_cast<StepUnit>(random() % 7), Direction::backward, 1});
                break;
            case 3:
                session.perform(SeekTo{{random() % 15'000, random() % 2}});
                break;
            case 4:
                session.perform(ContinueBackward{});
                break;
            case 5:
                session.perform(SetBreakpoint{6 + random() % 6, random() % 2 == 0});
                break;
        }
    }
    session.perform(SeekTo{end});
    EXPECT_EQ(session.snapshot()->moment, end);
    EXPECT_EQ(session.world().machine().hash(), expected);
}

// The same with a thread, and another thread that looks while it runs.
TEST(Session, runs_on_a_thread_of_its_own) {
    Session session(subject());
    std::mutex guard;
    std::condition_variable published;
    std::uint64_t snapshots = 0;
    session.start([&] {
        std::lock_guard lock(guard);
        ++snapshots;
        published.notify_one();
    });
    auto wait_for = [&](auto condition) {
        std::unique_lock lock(guard);
        return published.wait_for(lock, std::chrono::seconds(60),
                                  [&] { return condition(*session.snapshot()); });
    };
    session.request(ViewRequest::everything());
    session.post(debug::Run{});
    EXPECT_TRUE(wait_for(
        [](Snapshot const& s) { return s.state == RunState::running && s.moment.retired > 100'000; }));
    for (int i = 0; i < 20; ++i) {
        auto const s = session.snapshot();
        std::uint64_t packets = 0;
        for (std::uint64_t n = s->events.all.begin(); n < s->events.all.end(); ++n)
            packets += s->events.all[n].packet != nullptr;
        EXPECT_GT(packets, 0u);
    }
    session.post(SeekTo{{300, 0}});
    EXPECT_TRUE(wait_for([](Snapshot const& s) {
        return s.state == RunState::paused && s.moment == Moment{300, 0};
    }));
    CommandNumber const last = session.post(Step{StepUnit::instruction, Direction::forward, 1});
    EXPECT_TRUE(wait_for([&](Snapshot const& s) {
        return s.last_command.number == last && s.moment == Moment{301, 0};
    }));
    session.post(debug::Run{});
    EXPECT_TRUE(wait_for([](Snapshot const& s) { return s.state == RunState::running; }));
    session.post(Pause{});
    EXPECT_TRUE(wait_for([](Snapshot const& s) { return s.state == RunState::paused; }));
    session.stop();
    EXPECT_GT(snapshots, 4u);
}

}  // namespace
}  // namespace sim::debug
