// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/access_counter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "simulator/debug/text.hpp"
#include "tests/fakes/script_machine.hpp"

namespace sim::debug {
namespace {

using machine::Moment;
using ::testing::HasSubstr;

TEST(AccessStretch, ends_now_and_is_a_million_instructions_long_unless_it_was_chosen) {
    Moment const now{5'000'000, 3}, end{9'000'000, 0};
    EXPECT_EQ(stretch_of({}, now, end), (Interval{{4'000'000, 0}, now}));
    EXPECT_EQ(stretch_of({}, {700, 1}, end), (Interval{{0, 0}, {700, 1}}));
    EXPECT_EQ(stretch_of({Moment{200, 2}, {}}, now, end), (Interval{{200, 2}, now}));
    EXPECT_EQ(stretch_of({Moment{200, 2}, Moment{300, 0}}, now, end), (Interval{{200, 2}, {300, 0}}));
    EXPECT_EQ(stretch_of({{}, Moment{8'000'000, 0}}, now, end), (Interval{{7'000'000, 0}, {8'000'000, 0}}));
    EXPECT_EQ(stretch_of({now, Moment{10'000'000, 0}}, now, end).to, end) << "no further than is known";
    EXPECT_EQ(stretch_of({Moment{6'000'000, 0}, {}}, now, end), (Interval{now, now})) << "nothing yet";
    Moment const late{most_instructions_counted + 500, 0};
    EXPECT_EQ(stretch_of({Moment{}, {}}, late, late).from, (Moment{500, 0})) << "the end of what is too long";
}

std::uint64_t writes_to(Accesses const& a, std::uint64_t page) {
    for (PageAccesses const& p : a.pages)
        if (p.page == page) return p.writes;
    return 0;
}

ViewRequest looking(AccessRequest at = {}) {
    ViewRequest r;
    r.accesses = at;
    return r;
}

TEST(Session, counts_accesses_while_it_stands_and_somebody_looks) {
    Session session(script::subject());
    session.perform(SeekTo{{2000, 0}});
    session.advance();
    EXPECT_EQ(session.snapshot()->accesses, nullptr) << "nobody looks";
    auto const hash = session.world().machine().hash();
    session.request(looking());
    session.advance();
    auto const all = session.snapshot()->accesses;
    ASSERT_NE(all, nullptr);
    EXPECT_EQ(all->from, Moment{});
    EXPECT_EQ(all->to, (Moment{2000, 0}));
    EXPECT_EQ(all->to_ns, session.snapshot()->virtual_ns);
    EXPECT_EQ(all->pages.size(), 2u);
    EXPECT_GT(writes_to(*all, 4), 100u) << "the script stores there again and again";
    EXPECT_GT(writes_to(*all, 5), 100u);
    EXPECT_EQ(session.world().machine().hash(), hash);
    EXPECT_EQ(session.snapshot()->state, RunState::paused);
    session.advance();
    EXPECT_EQ(session.snapshot()->accesses, all) << "counted once";

    // Its halves, one of them in the future of where it stands.
    session.request(looking({Moment{}, Moment{777, 0}}));
    session.advance();
    auto const first = session.snapshot()->accesses;
    session.perform(SeekTo{{500, 0}});
    session.request(looking({Moment{777, 0}, Moment{2000, 0}}));
    session.advance();
    auto const second = session.snapshot()->accesses;
    for (std::uint64_t page : {4, 5})
        EXPECT_EQ(writes_to(*first, page) + writes_to(*second, page), writes_to(*all, page)) << page;
    EXPECT_EQ(session.snapshot()->moment, (Moment{500, 0}));

    // It goes with the moment.
    session.request(looking());
    session.advance();
    EXPECT_EQ(session.snapshot()->accesses->to, (Moment{500, 0}));
    session.perform(SeekTo{{600, 0}});
    session.advance();
    EXPECT_EQ(session.snapshot()->accesses->to, (Moment{600, 0}));
    EXPECT_THAT(*print_view(*session.snapshot(), "accesses"), HasSubstr("0x000000004000"));
    EXPECT_THAT(*print_view_json(*session.snapshot(), "accesses"), HasSubstr("\"page\": \"0x4000\""));
    session.request(ViewRequest{});
    session.advance();
    EXPECT_EQ(session.snapshot()->accesses, nullptr);
}

TEST(Session, gives_counting_up_when_a_person_has_had_enough_and_shows_what_there_is) {
    bool enough = false;
    unsigned told = 0;
    SessionOptions options;
    options.cancelled = [&] { return enough && ++told; };
    Session session(script::subject(), options);
    session.perform(SeekTo{{300'000, 0}});
    enough = true;
    session.request(looking());
    session.advance();
    ASSERT_NE(session.snapshot()->accesses, nullptr);
    EXPECT_TRUE(session.snapshot()->accesses->cancelled);
    EXPECT_LT(session.snapshot()->accesses->to, (Moment{300'000, 0}));
    EXPECT_EQ(session.snapshot()->moment, (Moment{300'000, 0}));
    unsigned const before = told;
    session.advance();
    EXPECT_EQ(told, before) << "not begun again by itself";
}

// A step while it is counted ends that; then it is counted where the machine stands now.
TEST(Session, counts_on_its_own_thread_and_makes_room_for_commands) {
    using namespace std::chrono_literals;
    Session session(script::subject());
    session.perform(SeekTo{{900'000, 0}});
    session.start();
    session.request(looking());
    for (unsigned i = 0; i < 5; ++i) {
        session.post(Step{});
        std::this_thread::sleep_for(1ms);
    }
    Moment const there{900'005, 0};
    auto const done = [&] {
        auto const s = session.snapshot();
        return s->moment == there && s->accesses && s->accesses->to == there;
    };
    for (unsigned i = 0; i < 20'000 && !done(); ++i) std::this_thread::sleep_for(1ms);
    EXPECT_TRUE(done());
    EXPECT_FALSE(session.snapshot()->accesses->cancelled);
    session.stop();
}

TEST(Session, counts_nothing_of_what_can_only_be_looked_at) {
    Subject subject = script::subject();
    subject.can_execute = false;
    Session session(std::move(subject));
    session.request(looking());
    session.advance();
    EXPECT_EQ(session.snapshot()->accesses, nullptr);
    EXPECT_THAT(session.snapshot()->machine->only_looked_at, HasSubstr("can only be looked at"));
}

}  // namespace
}  // namespace sim::debug
