// SPDX-License-Identifier: GPL-2.0-or-later
//
// A write to the past begins a branch, and the original stays: what each one
// holds, where one stands in it, and that every hash is that of an only child.
#include "simulator/debug/branches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <random>

#include "simulator/debug/branch_files.hpp"
#include "simulator/debug/compare/comparison.hpp"
#include "simulator/debug/session.hpp"
#include "simulator/debug/text.hpp"
#include "simulator/recording/run_reader.hpp"
#include "tests/fakes/script_machine.hpp"

namespace sim::debug {
namespace {

using machine::Moment;
using script::subject;
using testing::HasSubstr;

Poke poke(std::uint8_t value) { return {AddressSpace::physical, 0x8000, {value}}; }

std::uint8_t byte_at(Session& session, std::uint64_t address) {
    std::uint8_t byte = 0;
    session.world().machine().peek(address, {&byte, 1});
    return byte;
}

// The hash at `end` of a machine that was only ever given this one byte.
machine::MachineHash only_child(Moment at, std::uint8_t value, Moment end) {
    Session session(subject());
    session.perform(SeekTo{at});
    session.perform(poke(value));
    session.perform(SeekTo{end});
    return session.world().machine().hash();
}

TEST(Branches, a_write_to_the_past_leaves_the_original_as_it_was) {
    Session session(subject());
    session.perform(SeekTo{{1000, 0}});
    session.perform(TypeText{"first"});  // at the live edge: no branch
    auto s = session.perform(SeekTo{{3000, 0}});
    ASSERT_EQ(s->branches.size(), 1u);
    EXPECT_EQ(s->branches[0].name, "original");
    EXPECT_EQ(s->branches[0].inputs, 1u);
    auto const original_hash = session.world().machine().hash();
    auto const events = s->events.all.size();
    std::string const console = *s->console;

    session.perform(SeekTo{{500, 0}});
    s = session.perform(poke(0x5a));
    ASSERT_TRUE(s->last_command.done) << s->last_command.text;
    ASSERT_EQ(s->branches.size(), 2u);
    EXPECT_EQ(s->branch, 1u);
    EXPECT_EQ(s->branches[1].parent, original);
    EXPECT_EQ(s->branches[1].forked_at, (Moment{500, 0}));
    EXPECT_EQ(s->branches[0].inputs, 1u);
    EXPECT_EQ(s->branches[1].inputs, 1u);
    EXPECT_EQ(s->branches[0].end, (Moment{3000, 0}));
    EXPECT_LT(s->events.all.size(), events);
    session.perform(poke(0x5b));  // the same branch goes on
    s = session.perform(SeekTo{{3000, 0}});
    EXPECT_EQ(s->branches.size(), 2u);
    EXPECT_EQ(s->branches[1].inputs, 2u);
    EXPECT_EQ(byte_at(session, 0x8000), 0x5b);
    auto const branch_hash = session.world().machine().hash();
    EXPECT_NE(branch_hash, original_hash);

    s = session.perform(SwitchBranch{original});
    EXPECT_EQ(s->moment, (Moment{500, 0})) << "where it was left";
    EXPECT_NE(byte_at(session, 0x8000), 0x5b);
    EXPECT_EQ(s->events.all.size(), events);
    s = session.perform(SeekTo{{3000, 0}});
    EXPECT_EQ(session.world().machine().hash(), original_hash);
    EXPECT_EQ(s->events.all.size(), events) << "nothing is told twice";
    EXPECT_EQ(*s->console, console);
    s = session.perform(SwitchBranch{1});
    EXPECT_EQ(s->moment, (Moment{3000, 0}));
    EXPECT_EQ(session.world().machine().hash(), branch_hash);
    EXPECT_THAT(*print_view(*s, "branches"), HasSubstr("fork 1"));
    EXPECT_THAT(*print_view_json(*s, "branches"), HasSubstr("\"forked_at\": \"500\""));
}

TEST(Branches, both_go_on_from_where_they_end) {
    Session session(subject());
    session.perform(SeekTo{{2000, 0}});
    session.perform(SeekTo{{700, 0}});
    session.perform(poke(1));
    session.perform(SeekTo{{5000, 0}});
    session.perform(SwitchBranch{original});
    session.perform(SeekTo{{5000, 0}});
    auto const mine = session.world().machine().hash();
    Session bare(subject());
    bare.perform(SeekTo{{5000, 0}});
    EXPECT_EQ(mine, bare.world().machine().hash());
    session.perform(SwitchBranch{1});
    session.perform(SeekTo{{300, 0}});
    session.perform(SeekTo{{5000, 0}});
    EXPECT_EQ(session.world().machine().hash(), only_child({700, 0}, 1, {5000, 0}));
}

TEST(Branches, a_branch_of_a_branch_knows_whose_past_it_shares) {
    Session session(subject());
    session.perform(SeekTo{{2000, 0}});
    session.perform(SeekTo{{1000, 0}});
    session.perform(poke(1));  // 1, from the original at 1000
    session.perform(SeekTo{{2000, 0}});
    session.perform(SeekTo{{1500, 0}});
    session.perform(poke(2));  // 2, from 1 at 1500
    session.perform(SeekTo{{2000, 0}});
    session.perform(SeekTo{{400, 0}});
    auto s = session.perform(poke(3));  // 3: at 400 it is the original's life
    ASSERT_EQ(s->branches.size(), 4u);
    EXPECT_EQ(s->branches[2].parent, 1u);
    EXPECT_EQ(s->branches[3].parent, original);
    session.perform(SeekTo{{3000, 0}});
    EXPECT_EQ(session.world().machine().hash(), only_child({400, 0}, 3, {3000, 0}));
    session.perform(SwitchBranch{1});
    session.perform(SeekTo{{3000, 0}});
    EXPECT_EQ(session.world().machine().hash(), only_child({1000, 0}, 1, {3000, 0}));
    // Without its parent a branch is what it was.
    session.perform(SwitchBranch{3});
    s = session.perform(DropBranch{1});
    ASSERT_TRUE(s->last_command.done) << s->last_command.text;
    ASSERT_EQ(s->branches.size(), 3u);
    EXPECT_EQ(s->branches[1].parent, original);
    EXPECT_EQ(s->branches[1].forked_at, (Moment{1000, 0}));
    session.perform(SwitchBranch{2});
    session.perform(SeekTo{{1200, 0}});
    EXPECT_EQ(byte_at(session, 0x8000), 1);
    session.perform(SeekTo{{3000, 0}});
    EXPECT_EQ(byte_at(session, 0x8000), 2);
}

TEST(Branches, are_named_bounded_and_refused_in_one_line) {
    Session session(subject());
    session.perform(SeekTo{{1000, 0}});
    session.perform(SeekTo{{100, 0}});
    EXPECT_TRUE(session.perform(Fork{"what if"})->last_command.done);
    EXPECT_FALSE(session.perform(Fork{"what if"})->last_command.done);
    EXPECT_FALSE(session.perform(DropBranch{1})->last_command.done);  // looked at
    EXPECT_FALSE(session.perform(DropBranch{original})->last_command.done);
    EXPECT_FALSE(session.perform(SwitchBranch{77})->last_command.done);
    EXPECT_FALSE(session.perform(RenameBranch{1, "original"})->last_command.done);
    EXPECT_FALSE(session.perform(RenameBranch{1, ""})->last_command.done);
    EXPECT_TRUE(session.perform(RenameBranch{1, "drop the packet"})->last_command.done);
    EXPECT_EQ(session.snapshot()->branches[1].name, "drop the packet");
    session.perform(SeekTo{{1000, 0}});
    for (unsigned n = 2; n < Branches::most; ++n) {
        session.perform(SwitchBranch{original});
        session.perform(SeekTo{{n * 10, 0}});
        auto const s = session.perform(poke(7));
        ASSERT_TRUE(s->last_command.done) << s->last_command.text;
    }
    session.perform(SwitchBranch{original});
    auto const s = session.perform(poke(7));
    EXPECT_FALSE(s->last_command.done);
    EXPECT_THAT(s->last_command.text, HasSubstr("drop one first"));
    EXPECT_EQ(s->branches.size(), Branches::most);
}

TEST(Branches, checkpoints_of_all_stay_within_one_budget) {
    auto one = subject();
    machine::Machine& m = one.world->machine();
    std::uint64_t const budget = 256 << 10;
    m.checkpoints().set_budget(budget);
    Branches branches(m);
    m.run({.moment = {20'000, 0}});
    for (unsigned n = 1; n < 8; ++n) {
        m.seek({n * 1000, 0});
        ASSERT_TRUE(std::holds_alternative<BranchNumber>(branches.fork()));
        m.give({"memory", machine::InputKind::poke, std::vector<std::uint8_t>(9, 0)});
        m.run({.moment = {20'000, 0}});
        EXPECT_LE(branches.parked_bytes(), budget / 2);
        EXPECT_LE(m.checkpoints().budget() + branches.parked_bytes(), budget);
    }
    // Whatever was thinned, every branch can be gone back to.
    for (BranchNumber n = 0; n < 8; ++n) {
        ASSERT_EQ(branches.switch_to(n), "");
        m.seek({20'000, 0});
        EXPECT_EQ(m.moment(), (Moment{20'000, 0}));
        EXPECT_EQ(m.log().inputs().size(), n);
    }
}

TEST(Branches, are_compared_where_they_stand_and_the_machine_stays) {
    Session session(subject());
    session.perform(SeekTo{{2000, 0}});
    session.perform(SeekTo{{500, 0}});
    session.perform(poke(0x5a));
    auto const before = session.perform(SeekTo{{1500, 0}});
    EXPECT_THAT(*print_view(*before, "comparison"), HasSubstr("nothing has been compared"));
    auto const hash = session.world().machine().hash();
    auto s = session.perform(CompareBranches{original, 1, Moment{1500, 0}, Moment{1500, 0}});
    ASSERT_TRUE(s->last_command.done) << s->last_command.text;
    EXPECT_EQ(s->branch, 1u);
    EXPECT_EQ(s->moment, (Moment{1500, 0}));
    EXPECT_EQ(session.world().machine().hash(), hash);
    ASSERT_TRUE(s->comparison);
    EXPECT_FALSE(s->comparison->same);
    EXPECT_EQ(s->comparison->one.title, "original");
    ASSERT_TRUE(s->comparison->first);
    EXPECT_EQ(s->comparison->first->one, (Moment{500, 0}));
    EXPECT_THAT(s->comparison->first->cause, HasSubstr("none | a write of 1 byte to 0x8000 at 500"));
    bool byte = false;
    for (auto const& section : s->comparison->sections)
        for (auto const& change : section.changes)
            byte |= section.name == "pages" && change.what.find("from 0x8000") != std::string::npos &&
                    change.other == "5a";
    EXPECT_TRUE(byte) << compare::to_text(*s->comparison);
    // Before the fork they are one machine.
    s = session.perform(CompareBranches{original, 1, Moment{400, 0}, Moment{400, 0}});
    EXPECT_TRUE(s->comparison->same) << compare::to_text(*s->comparison);
    EXPECT_FALSE(session.perform(CompareBranches{original, 9, {}, {}})->last_command.done);
    EXPECT_EQ(session.snapshot()->branch, 1u);
    EXPECT_THAT(*print_view_json(*session.snapshot(), "comparison"), HasSubstr("\"same\": true"));
    EXPECT_EQ(session.perform(SwitchBranch{original})->moment, (Moment{500, 0})) << "where a person left it";
}

// Where the write was taken the original has no such moment.
TEST(Branches, are_compared_right_where_one_was_written_to) {
    Session session(subject());
    session.perform(SeekTo{{2000, 0}});
    session.perform(SeekTo{{500, 0}});
    Moment const here = session.perform(poke(0x5a))->moment;
    ASSERT_EQ(here, (Moment{500, 1}));
    auto const s = session.perform(CompareBranches{original, 1, here, here});
    ASSERT_TRUE(s->last_command.done) << s->last_command.text;
    ASSERT_TRUE(s->comparison && s->comparison->first);
    EXPECT_THAT(s->comparison->first->cause, HasSubstr("none | a write of 1 byte to 0x8000 at 500"));
    EXPECT_EQ(s->moment, here);
}

TEST(Branches, a_fork_without_a_write_is_the_same_life) {
    Session session(subject());
    session.perform(SeekTo{{2000, 0}});
    session.perform(SeekTo{{500, 0}});
    session.perform(Fork{});
    auto s = session.perform(SeekTo{{1500, 0}});
    s = session.perform(CompareBranches{original, 1, Moment{1500, 0}, Moment{1500, 0}});
    ASSERT_TRUE(s->comparison);
    EXPECT_TRUE(s->comparison->same) << compare::to_text(*s->comparison);
    EXPECT_FALSE(s->comparison->first) << s->comparison->first->cause;
    EXPECT_EQ(s->comparison->first_text, "one life until 1500");
    // The same byte in both: still one life. Another one in one of them: from there on.
    session.perform(SeekTo{{700, 0}});
    session.perform(poke(1));  // fork 2, of fork 1
    session.perform(SeekTo{{1000, 0}});
    session.perform(SwitchBranch{original});
    session.perform(SeekTo{{700, 0}});
    session.perform(poke(1));  // fork 3, of the original
    session.perform(SeekTo{{1000, 0}});
    s = session.perform(CompareBranches{2, 3, Moment{1000, 0}, Moment{1000, 0}});
    ASSERT_TRUE(s->comparison);
    EXPECT_FALSE(s->comparison->first) << s->comparison->first->cause;
    session.perform(poke(9));
    session.perform(SeekTo{{1400, 0}});
    s = session.perform(CompareBranches{2, 3, Moment{1000, 0}, Moment{1400, 0}});
    EXPECT_FALSE(s->comparison->first) << "beyond what both were looked at";
    s = session.perform(CompareBranches{2, 3, Moment{1400, 0}, Moment{1400, 0}});
    ASSERT_TRUE(s->comparison->first);
    EXPECT_EQ(s->comparison->first->one, (Moment{1000, 0}));
    EXPECT_THAT(s->comparison->first->cause, HasSubstr("none | a write of 1 byte to 0x8000 at 1000"));
}

TEST(Branches, comparing_and_saving_tell_how_far_they_are_and_can_be_given_up) {
    bool impatient = false;
    unsigned asked = 0;
    std::vector<double> shares;
    SessionOptions options;
    options.cancelled = [&] { return impatient && ++asked > 1; };
    options.progress = [&](double share) { shares.push_back(share); };
    Session session(subject(), options);
    session.perform(SeekTo{{2000, 0}});
    session.perform(SeekTo{{500, 0}});
    session.perform(poke(0x5a));
    session.perform(SeekTo{{1500, 0}});
    CompareBranches const both{original, 1, Moment{1400, 0}, Moment{1300, 0}};
    auto s = session.perform(both);
    EXPECT_TRUE(s->last_command.done) << s->last_command.text;
    ASSERT_FALSE(shares.empty());
    EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
    EXPECT_EQ(shares.back(), 1);
    auto const made = s->comparison;
    auto const hash = session.world().machine().hash();
    impatient = true;
    s = session.perform(both);
    EXPECT_FALSE(s->last_command.done);
    EXPECT_THAT(s->last_command.text, HasSubstr("given up"));
    EXPECT_EQ(s->comparison, made) << "the one before stays";
    EXPECT_EQ(s->branch, 1u);
    EXPECT_EQ(s->moment, (Moment{1500, 0}));
    EXPECT_EQ(session.world().machine().hash(), hash);
    session.perform(SeekTo{{600, 0}});
    s = session.perform(SaveBranch{1, "/nowhere/at/all.run"});
    EXPECT_THAT(s->last_command.text, HasSubstr("given up"));
    EXPECT_EQ(s->moment, (Moment{600, 0}));
}

// What gives it up is carried out where the machine stood, not on the way back.
TEST(Branches, who_gives_up_comparing_or_saving_stands_where_one_stood) {
    std::function<void()> meanwhile;
    SessionOptions options;
    options.progress = [&](double) {
        if (auto const once = std::exchange(meanwhile, {})) once();
    };
    Session session(subject(), options);
    session.perform(SeekTo{{2000, 0}});
    session.perform(SeekTo{{500, 0}});
    session.perform(poke(0x5a));
    session.perform(SeekTo{{1500, 0}});
    auto const hash = session.world().machine().hash();
    for (Command const& command : {Command(CompareBranches{original, 1, Moment{1400, 0}, Moment{1300, 0}}),
                                   Command(SaveBranch{original, "/nowhere/at/all.run"})}) {
        bool paused = false;
        meanwhile = [&] {
            session.post(Pause{});
            paused = true;
        };
        auto const s = session.perform(command);
        EXPECT_TRUE(paused) << describe(command);
        EXPECT_EQ(s->moment, (Moment{1500, 0})) << describe(command);
        EXPECT_EQ(s->branch, 1u);
        EXPECT_EQ(s->state, RunState::paused);
        EXPECT_EQ(session.world().machine().hash(), hash);
    }
}

// With a machine that a recording can name: see tests/scenario for one that runs again.
TEST(Branches, are_saved_beside_the_original_which_is_gone_back_to) {
    using Files = std::vector<std::filesystem::path>;
    EXPECT_EQ(branch_files("/x/a.run", {"fork 1"}), Files{"/x/a.fork-1.run"});
    EXPECT_EQ(branch_files("a.run", {"../../etc/passwd"}), Files{"a.etc-passwd.run"});
    EXPECT_EQ(
        branch_files("a.run", {"fork-1-2", "fork 1", "fork-1", "fork:1", "\xc3\xa4", "!"}),
        (Files{"a.fork-1-2.run", "a.fork-1.run", "a.fork-1-3.run", "a.fork-1-4.run", "a.2.run", "a.3.run"}));
    std::filesystem::path const folder =
        std::filesystem::temp_directory_path() / ("viv-branches-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    Session session(subject());
    EXPECT_TRUE(save_branches(session, folder / "a.run").empty());
    session.perform(SeekTo{{2000, 0}});
    session.perform(SeekTo{{500, 0}});
    session.perform(poke(7));
    session.perform(SeekTo{{900, 0}});
    session.perform(SwitchBranch{original});
    session.perform(SeekTo{{300, 0}});
    session.perform(Fork{"fork-1"});
    EXPECT_EQ(save_branches(session, folder / "a.run").size(), 2u);
    EXPECT_EQ(session.snapshot()->branch, original);
    EXPECT_TRUE(recording::read_run_file(folder / "a.fork-1-2.run").inputs.empty());
    recording::Recording const saved = recording::read_run_file(folder / "a.fork-1.run");
    EXPECT_EQ(saved.inputs.size(), 1u);
    EXPECT_EQ(saved.end.at, (Moment{900, 0}));
    ASSERT_TRUE(saved.parent);
    EXPECT_EQ(saved.parent->kind, "fork");
    EXPECT_EQ(saved.parent->name, "a script");
    EXPECT_EQ(saved.parent->at, (Moment{500, 0}));
    EXPECT_FALSE(session.perform(SaveBranch{1, "/nowhere/at/all.run"})->last_command.done);
    EXPECT_FALSE(session.perform(SaveBranch{9, folder / "b.run"})->last_command.done);
    std::filesystem::remove_all(folder);
}

TEST(Branches, any_order_of_visits_leads_to_the_same_lives) {
    Session session(subject());
    session.perform(SeekTo{{4000, 0}});
    std::map<BranchNumber, std::pair<machine::MachineHash, std::uint64_t>> lives;  // hash and events
    auto const look = [&](BranchNumber n) {
        auto s = session.perform(SwitchBranch{n});
        s = session.perform(SeekTo{{4000, 0}});
        std::uint64_t told = 0;
        for (auto i = s->events.all.begin(); i < s->events.all.end(); ++i)
            told += s->events.all[i].at < Moment{4000, 0};
        return std::pair(session.world().machine().hash(), told);
    };
    lives[original] = look(original);
    std::mt19937 random(11);
    for (int i = 0; i < 60; ++i) {
        SCOPED_TRACE(i);
        if (random() % 4 == 0 && lives.size() < 8) {
            session.perform(SeekTo{{random() % 3000 + 100, 0}});
            auto const s = session.perform(poke(static_cast<std::uint8_t>(random())));
            ASSERT_TRUE(s->last_command.done);
            lives[s->branch] = look(s->branch);
        } else {
            auto which = lives.begin();
            std::advance(which, random() % lives.size());
            EXPECT_EQ(look(which->first), which->second);
            session.perform(SeekTo{{random() % 4000, 0}});
        }
    }
}

}  // namespace
}  // namespace sim::debug
