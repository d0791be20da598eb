// SPDX-License-Identifier: GPL-2.0-or-later
//
// Sessions that begin in the middle of a recorded life: at once where they are to be,
// and in the end they know all that those know that lived it from its beginning.
#include "simulator/debug/catch_up.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "simulator/debug/session.hpp"
#include "tests/fakes/script_machine.hpp"

namespace sim::debug {
namespace {

using machine::Machine;
using machine::Moment;
using testing::HasSubstr;

constexpr Moment whole_end{600'000, 0};
Poke written(std::uint8_t value) { return {AddressSpace::physical, 0x8000, {value}}; }

// The recorded life: something is typed early.
void load(Machine& m) {
    std::vector<machine::Input> inputs;
    {
        auto const lives = script::make();
        lives->run({.moment = {5'000, 0}});
        lives->give({"uart0", machine::InputKind::console, {'h', 'i'}});
        inputs = lives->log().inputs();
    }
    m.set_log(machine::InputLog(inputs, whole_end));
    m.set_replay_only(true);
}
std::unique_ptr<Machine> recorded() {
    auto m = script::make();
    load(*m);
    return m;
}

// What a session keeps where it stands.
struct Kept {
    machine::CheckpointPtr begin;
    HeardBefore heard;
};
struct Life {
    explicit Life(std::optional<Kept> from = {}, CatchUp::Maker const& maker = recorded) {
        Subject s = script::subject();
        load(s.world->machine());
        s.end = whole_end;
        s.keep = [this](Machine& m, bool at_rest, auto const& heard) {
            if (at_rest) kept = {m.checkpoint(), heard()};
        };
        if (from) {
            s.world->machine().restore(*from->begin);
            s.world->machine().checkpoints().add(from->begin);
            s.middle = {from->begin, from->heard, maker};
        }
        session = std::make_unique<Session>(std::move(s), SessionOptions{.slice_ms = 1});
    }
    std::shared_ptr<Snapshot const> known() {
        for (int i = 0; i < 1'000'000; ++i) {
            auto const now = session->snapshot();
            if (!now->catching_up || !now->catching_up->trouble.empty()) break;
            session->advance();
        }
        session->settle();
        return session->snapshot();
    }
    Kept kept;
    std::unique_ptr<Session> session;
};

// Numbers, moments, what happened.
void expect_same(EventView const& one, EventView const& other) {
    ASSERT_EQ(one.all.begin(), other.all.begin());
    ASSERT_EQ(one.all.end(), other.all.end());
    for (std::uint64_t n = one.all.begin(); n < one.all.end(); ++n) {
        ASSERT_EQ(one.all[n].at, other.all[n].at) << n;
        ASSERT_EQ(describe(n, one), describe(n, other)) << n;
    }
    for (std::size_t g = 0; g < one.groups.size(); ++g) {
        ASSERT_EQ(one.groups[g].begin(), other.groups[g].begin());
        ASSERT_EQ(one.groups[g].end(), other.groups[g].end());
    }
}

struct Middle : testing::Test {
    Middle() {
        whole.session->perform(SeekTo{{400'000, 3}});
        kept = whole.kept;
    }
    Life whole;
    Kept kept;
};

TEST_F(Middle, a_session_is_there_at_once_and_its_numbers_are_right) {
    ASSERT_GT(kept.heard.events, 1000u);
    EXPECT_EQ(kept.heard.console.size(), HeardBefore::most_console);
    EXPECT_EQ(decode_heard(encode(kept.heard)), kept.heard);
    Life life(kept);
    auto const s = life.session->snapshot();
    EXPECT_EQ(s->moment, kept.begin->at);
    ASSERT_TRUE(s->catching_up);
    EXPECT_EQ(s->catching_up->until_ns, s->virtual_ns);
    EXPECT_EQ(s->events.forgotten, kept.heard.events);
    EXPECT_EQ(*s->console, kept.heard.console);
    // What happens now has the number that it always had.
    auto const on = life.session->perform(Step{StepUnit::packet, Direction::forward, 1});
    auto const there = whole.session->perform(Step{StepUnit::packet, Direction::forward, 1});
    ASSERT_EQ(on->moment, there->moment);
    EXPECT_EQ(on->events.first_at_or_after(on->moment), there->events.first_at_or_after(there->moment));
}

TEST_F(Middle, in_the_end_it_knows_what_was_before) {
    Life life(kept);
    life.session->perform(SeekTo{{450'000, 0}});
    auto const here = life.known();
    EXPECT_FALSE(here->catching_up);
    EXPECT_EQ(here->moment, (Moment{450'000, 0}));
    auto const there = whole.session->perform(SeekTo{{450'000, 0}});
    expect_same(here->events, there->events);
    EXPECT_EQ(*here->console, *there->console);
    EXPECT_EQ(life.session->world().machine().checkpoints().moments(),
              whole.session->world().machine().checkpoints().moments());
    for (Moment const at : {Moment{3'000, 0}, Moment{599'000, 0}, Moment{200'000, 0}}) {
        auto const mine = life.session->perform(SeekTo{at}), theirs = whole.session->perform(SeekTo{at});
        EXPECT_EQ(*mine->console, *theirs->console);
        EXPECT_EQ(life.session->world().machine().hash(), whole.session->world().machine().hash());
    }
    expect_same(life.session->snapshot()->events, whole.session->snapshot()->events);
}

// A person works meanwhile: to and fro, and other futures, before there and behind it.
TEST_F(Middle, branches_begun_meanwhile_know_it_too) {
    Life life(kept);
    std::vector<Command> const done{written(1),          SeekTo{{420'000, 0}}, SwitchBranch{original},
                                    SeekTo{{1'000, 0}}, written(2),            SeekTo{{430'000, 0}},
                                    SeekTo{{10'000, 0}}, written(3),           SeekTo{{20'000, 0}}};
    whole.session->perform(SeekTo{kept.begin->at});
    for (Command const& one : done)
        for (Session* s : {life.session.get(), whole.session.get()}) {
            auto const after = s->perform(one);
            ASSERT_TRUE(after->last_command.done) << after->last_command.text;
        }
    life.known();
    ASSERT_EQ(life.session->snapshot()->branches.size(), 4u);
    for (BranchNumber const branch : {3u, 0u, 1u, 2u}) {
        auto const mine = life.session->perform(SwitchBranch{branch}),
                   theirs = whole.session->perform(SwitchBranch{branch});
        EXPECT_EQ(mine->moment, theirs->moment) << branch;
        EXPECT_EQ(*mine->console, *theirs->console) << branch;
        EXPECT_EQ(life.session->world().machine().hash(), whole.session->world().machine().hash()) << branch;
        expect_same(mine->events, theirs->events);
    }
}

TEST_F(Middle, a_state_to_which_the_life_does_not_lead_is_told_and_dropped) {
    auto other = script::make();
    other->run({.moment = {400'000, 0}});  // nobody typed
    Life life(Kept{other->checkpoint(), kept.heard});
    auto const s = life.known();
    ASSERT_TRUE(s->catching_up);
    EXPECT_THAT(s->catching_up->trouble, HasSubstr("not one that this life leads to"));
    EXPECT_EQ(s->moment, (Moment{400'000, 0}));
    auto const there = whole.session->perform(SeekTo{{400'000, 0}});
    EXPECT_EQ(life.session->world().machine().hash(), whole.session->world().machine().hash());
    EXPECT_EQ(s->events.first_at_or_after(s->moment), there->events.first_at_or_after(s->moment));
}

TEST_F(Middle, without_room_for_a_second_machine_it_says_so_and_works) {
    Life life(kept, []() -> std::unique_ptr<Machine> { throw std::runtime_error("no memory"); });
    auto s = life.known();
    ASSERT_TRUE(s->catching_up);
    EXPECT_EQ(s->catching_up->trouble, "no memory");
    s = life.session->perform(SeekTo{{450'000, 0}});
    EXPECT_EQ(s->moment, (Moment{450'000, 0}));
    s = life.session->perform(Step{StepUnit::packet, Direction::backward, 3});
    auto const packets = whole.session->perform(SeekTo{{450'000, 0}});
    EXPECT_EQ(s->moment, whole.session->perform(Step{StepUnit::packet, Direction::backward, 3})->moment);
}

TEST(Session, stops_and_says_why_when_its_recording_cannot_go_on) {
    Subject s = script::subject();
    int calls = 0;
    s.after_slice = [&](machine::World&) {
        ++calls;
        throw std::runtime_error("the disk is full");
    };
    Session session(std::move(s));
    auto now = session.perform(SeekTo{{1000, 0}});
    EXPECT_EQ(now->stop_reason, "the disk is full");
    now = session.perform(SeekTo{{2000, 0}});
    EXPECT_EQ(now->moment, (Moment{2000, 0}));
    EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace sim::debug
