// SPDX-License-Identifier: MIT
//
// Travelling in a real kernel's life: what stops forwards stops backwards, at the
// same moments, and every step back leads to the very machine that was left.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <unordered_set>

#include "simulator/board/pc.hpp"
#include "simulator/debug/session.hpp"
#include "simulator/machine/world.hpp"

namespace {

using namespace sim::debug;
using sim::machine::Moment;

Subject subject(std::string const& name) {
    char const* build = std::getenv("VIV_BUILD");
    std::ifstream in(std::string(build ? build : "build/dev") + "/images/" + name + ".elf", std::ios::binary);
    sim::machine::MachineConfig config;
    config.image.name = name;
    config.image.bytes = std::make_shared<std::vector<std::uint8_t> const>(std::istreambuf_iterator<char>(in),
                                                                           std::istreambuf_iterator<char>{});
    Subject s;
    s.title = name;
    s.world = std::make_unique<sim::machine::World>();
    s.world->add(sim::board::make_pc(std::move(config)));
    return s;
}

// So many instructions after the threads begin to take turns.
Moment after(std::uint64_t instructions) {
    static std::uint64_t const begin = [] {
        Session session(subject("threads"));
        return session.perform(Step{StepUnit::context_switch, Direction::forward, 3})->moment.retired;
    }();
    return {begin + instructions, 0};
}

// Every moment at which `stop` stops in [from, to), forwards; then backwards.
void same_both_ways(StopSpec stop, Moment from, Moment to, std::size_t at_least) {
    Session session(subject("threads"));
    session.perform(SeekTo{from});
    auto s = session.perform(AddStop{stop});
    ASSERT_TRUE(s->last_command.done) << s->last_command.text;
    std::vector<Moment> forwards;
    for (;;) {
        s = session.perform(sim::debug::RunUntil{to});
        if (s->moment >= to) break;
        ASSERT_TRUE(forwards.empty() || s->moment > forwards.back()) << to_string(s->moment);
        forwards.push_back(s->moment);
        if (forwards.size() == 60) {  // enough: from this one back
            forwards.pop_back();
            break;
        }
    }
    EXPECT_GE(forwards.size(), at_least) << stop.place;
    for (std::size_t i = forwards.size(); i-- > 0;) {
        s = session.perform(ContinueBackward{});
        ASSERT_EQ(s->moment, forwards[i])
            << stop.place << ": " << s->stop_reason << ", hit " << i << " of " << forwards.size();
    }
    EXPECT_LT(session.perform(ContinueBackward{})->moment, from);
}

TEST(Travel, a_breakpoint_stops_at_the_same_moments_in_both_directions) {
    same_both_ways({StopKind::breakpoint, "threads::Scheduler::wake"}, after(0), after(1'200'000), 3);
}

TEST(Travel, a_condition_of_a_breakpoint_chooses_among_its_hits) {
    same_both_ways({StopKind::breakpoint, "threads::Mutex::lock", "u8[rsp] & 1 || !zf"}, after(0),
                   after(600'000), 1);
}

TEST(Travel, a_watchpoint_sees_each_change_at_the_same_moments) {
    same_both_ways({StopKind::watchpoint, "arch::cpus[0].current_thread"}, after(0), after(700'000), 5);
}

TEST(Travel, a_watchpoint_counts_reads_and_writes) {
    same_both_ways({StopKind::watchpoint, "arch::cpus[0].interrupt_depth", "", 1, WatchFor::access}, after(0),
                   after(200'000), 1);
}

TEST(Travel, an_expression_becomes_true_at_the_same_moments) {
    same_both_ways({StopKind::condition, "arch::cpus[0].current_thread->id % 2 == 1"}, after(0),
                   after(700'000), 1);
}

TEST(Travel, an_expression_over_registers_is_looked_at_after_each_instruction) {
    same_both_ways({StopKind::condition, "rsp & 0x7f == 0"}, after(0), after(4'000), 5);
}

std::vector<Moment> hits_of(std::string const& condition, Moment from, Moment to) {
    Session session(subject("threads"));
    session.perform(SeekTo{from});
    EXPECT_TRUE(session.perform(AddStop{{StopKind::condition, condition}})->last_command.done) << condition;
    std::vector<Moment> hits;
    for (;;) {
        Moment const at = session.perform(sim::debug::RunUntil{to})->moment;
        if (at >= to) return hits;
        hits.push_back(at);
    }
}

// The second of each is looked at before every instruction, with all registers.
TEST(Travel, a_condition_that_is_looked_at_for_less_is_true_at_the_same_moments) {
    std::pair<char const*, char const*> const pairs[] = {
        {"rip == threads::Scheduler::wake", "rip + 0 == threads::Scheduler::wake && cs == cs"},
        {"rip == threads::Mutex::lock && rdi > 5", "rdi > 5 && rip + 0 == threads::Mutex::lock && cs == cs"},
        {"rax == rbx", "rax == rbx && cs == cs"},
        {"u64[rsp] & 0xfff == 0", "u64[rsp] & 0xfff == 0 && zf < 2"},
    };
    for (auto const& [cheap, dear] : pairs) {
        auto const hits = hits_of(cheap, after(0), after(30'000));
        EXPECT_EQ(hits, hits_of(dear, after(0), after(30'000))) << cheap;
        EXPECT_FALSE(hits.empty()) << cheap;
    }
    same_both_ways({StopKind::condition, "rip == threads::Mutex::lock && rdi > 5"}, after(0), after(600'000),
                   2);
}

// 2,048 instructions are the first stretch that is searched backwards.
TEST(Travel, what_becomes_true_where_a_stretch_begins_is_not_lost) {
    Session session(subject("threads"));
    session.perform(SeekTo{after(0)});
    session.perform(AddStop{{StopKind::breakpoint, "threads::Scheduler::wake"}});
    std::vector<Moment> hits;
    for (int i = 0; i < 20; ++i) hits.push_back(session.perform(sim::debug::Run{})->moment);
    std::uint64_t const rip = session.snapshot()->cpu.rip;
    session.perform(RemoveStop{1});
    session.perform(AddStop{{StopKind::condition, "rip == " + std::to_string(rip)}});
    int lonely = 0;
    for (std::size_t i = 0; i + 1 < hits.size(); ++i) {
        if (hits[i + 1].retired <= hits[i].retired + 2'048) continue;
        ++lonely;
        session.perform(SeekTo{{hits[i].retired + 2'048, 0}});
        EXPECT_EQ(session.perform(ContinueBackward{})->moment, hits[i]);
    }
    EXPECT_GT(lonely, 0) << "no call stands alone: choose another function";
}

// A slice without time is given up after 100,000 instructions.
TEST(Travel, what_becomes_true_where_a_slice_ends_is_not_lost) {
    Session session(subject("threads"), {.slice_ms = 0});
    int exact = 0;
    std::uint64_t const first = after(0).retired;
    for (std::uint64_t there = first; there < first + 1'000'000; there += 123'456) {
        auto const cpu = session.perform(SeekTo{{there, 0}})->cpu;
        std::string state = "rip == " + std::to_string(cpu.rip);
        for (auto const& [name, which] : {std::pair{"rsp", sim::engine::Gpr::rsp},
                                          {"rax", sim::engine::Gpr::rax},
                                          {"rdi", sim::engine::Gpr::rdi},
                                          {"rdx", sim::engine::Gpr::rdx}})
            state += std::string(" && ") + name + " == " + std::to_string(cpu[which]);
        StopNumber const stop = session.perform(AddStop{{StopKind::condition, state}})->stops.back().number;
        session.perform(SeekTo{{there - 100'000, 0}});
        Moment const stopped = session.perform(sim::debug::RunUntil{{there + 1, 0}})->moment;
        EXPECT_LE(stopped, (Moment{there, 0})) << state;
        exact += stopped == Moment{there, 0};
        session.perform(RemoveStop{stop});
    }
    EXPECT_GT(exact, 0) << "each of these states was there before: choose other moments";
}

TEST(Travel, a_stop_that_is_off_stops_nothing) {
    Session session(subject("threads"));
    session.perform(SeekTo{after(0)});
    session.perform(AddStop{{StopKind::breakpoint, "threads::Scheduler::wake"}});
    Moment const hit = session.perform(sim::debug::Run{})->moment;
    session.perform(SeekTo{after(0)});
    EXPECT_TRUE(session.perform(EnableStop{1, false})->last_command.done);
    Moment const beyond{hit.retired + 1'000, 0};
    EXPECT_EQ(session.perform(sim::debug::RunUntil{beyond})->moment, beyond);
    session.perform(SeekTo{after(0)});
    EXPECT_TRUE(session.perform(EnableStop{1, true})->last_command.done);
    EXPECT_EQ(session.perform(sim::debug::RunUntil{beyond})->moment, hit);
    EXPECT_FALSE(session.perform(EnableStop{7, true})->last_command.done);
}

// With a condition over registers every instruction is told; each hit counts once.
TEST(Travel, a_hit_counts_once_whatever_else_is_watched) {
    Session session(subject("threads"));
    session.perform(SeekTo{after(0)});
    session.perform(AddStop{{StopKind::breakpoint, "threads::Scheduler::wake"}});
    std::vector<Moment> hits;
    for (int i = 0; i < 3; ++i) hits.push_back(session.perform(sim::debug::Run{})->moment);
    session.perform(RemoveStop{1});
    session.perform(SeekTo{{hits[0].retired - 500, 0}});
    session.perform(AddStop{{StopKind::condition, "rax == 0xdeadbeefdeadbeef"}});
    session.perform(AddStop{{StopKind::breakpoint, "threads::Scheduler::wake", "", 2}});
    EXPECT_EQ(session.perform(sim::debug::Run{})->moment, hits[1]);
}

TEST(Travel, a_hit_count_passes_by_the_hits_before) {
    Session session(subject("threads"));
    session.perform(SeekTo{after(0)});
    session.perform(AddStop{{StopKind::breakpoint, "threads::Scheduler::wake"}});
    std::vector<Moment> hits;
    for (int i = 0; i < 6; ++i) hits.push_back(session.perform(sim::debug::Run{})->moment);
    session.perform(RemoveStop{1});
    session.perform(SeekTo{after(0)});
    session.perform(AddStop{{StopKind::breakpoint, "threads::Scheduler::wake", "", 3}});
    EXPECT_EQ(session.perform(sim::debug::Run{})->moment, hits[2]);
    EXPECT_EQ(session.perform(sim::debug::Run{})->moment, hits[5]);
    EXPECT_EQ(session.perform(ContinueBackward{})->moment, hits[2]);
}

TEST(Travel, a_stop_that_cannot_be_is_refused_with_the_place_of_the_mistake) {
    Session session(subject("threads"));
    auto s = session.perform(AddStop{{StopKind::condition, "arch::cpus[0].nothing == 1"}});
    EXPECT_FALSE(s->last_command.done);
    EXPECT_NE(s->last_command.text.find("has no member \"nothing\""), std::string::npos);
    EXPECT_NE(s->last_command.text.find("^"), std::string::npos);
    EXPECT_FALSE(session.perform(AddStop{{StopKind::breakpoint, "no::such"}})->last_command.done);
    EXPECT_FALSE(session.perform(AddStop{{StopKind::watchpoint, "rax"}})->last_command.done);
    EXPECT_TRUE(session.snapshot()->stops.empty());
}

// Searches skip what was not noted: so what ran must have been noted, all of it.
TEST(Travel, all_code_that_ran_is_noted_with_the_checkpoint_behind_it) {
    struct Executed final : sim::engine::Observer {
        std::unordered_set<std::uint64_t> addresses;
        bool on_instruction(std::uint64_t rip) override { return addresses.insert(rip), false; }
    } executed;
    Subject const s = subject("threads");
    sim::machine::Machine& machine = s.world->machine();
    constexpr std::uint64_t interval = 40'000;
    machine.set_checkpoint_interval(interval);
    std::uint64_t const end = after(200'000).retired / interval * interval;
    machine.run({.moment = {end + 1, 0}});
    std::size_t told = 0, skipped = 0;
    std::unordered_set<std::uint64_t> all;
    machine.cpu().set_observer(&executed);
    machine.cpu().set_trace(true);
    for (std::uint64_t to = end - 5 * interval; to <= end; to += interval) {
        executed.addresses.clear();
        machine.seek({to - interval, 0});
        while (machine.moment() < Moment{to, 0}) machine.run({.moment = {to, 0}});
        for (std::uint64_t const rip : executed.addresses)
            ASSERT_EQ(machine.checkpoints().without({&rip, 1}, {to, 0}), (Moment{to, 0})) << std::hex << rip;
        told += executed.addresses.size();
        all.insert(executed.addresses.begin(), executed.addresses.end());
    }
    for (std::uint64_t const rip : all)
        skipped += machine.checkpoints().without({&rip, 1}, {end, 0}) < Moment{end, 0};
    machine.cpu().set_trace(false);
    machine.cpu().set_observer(nullptr);
    EXPECT_GT(told, 1'000u);
    EXPECT_GT(skipped, all.size() / 2) << "hardly anything would be skipped";
}

// A thread's function without a frame, called through a pointer long ago.
TEST(Travel, a_step_out_leads_to_the_call_where_no_frame_does) {
    Session session(subject("threads"));
    session.perform(AddStop{{StopKind::breakpoint, "keep_patterns"}});
    auto s = session.perform(sim::debug::Run{});
    ASSERT_EQ(s->location, "keep_patterns") << s->stop_reason;
    std::uint64_t const entry = s->cpu.rip, stack = s->cpu[sim::engine::Gpr::rsp];
    session.perform(RemoveStop{1});
    Moment const entered = s->moment;
    // This thread again, a million instructions on.
    session.perform(sim::debug::RunUntil{{entered.retired + 1'000'000, 0}});
    for (int i = 0; i < 200; ++i) {
        s = session.perform(Step{StepUnit::instruction, Direction::forward, 10'000});
        std::uint64_t const rsp = s->cpu[sim::engine::Gpr::rsp];
        if (s->location.starts_with("keep_patterns+") && rsp <= stack && stack - rsp < 4096) break;
    }
    ASSERT_TRUE(s->location.starts_with("keep_patterns+")) << s->location;
    s = session.perform(Step{StepUnit::function, Direction::backward, 1});
    EXPECT_LT(s->moment, entered) << s->stop_reason;
    EXPECT_EQ(s->location.find("keep_patterns"), std::string::npos) << s->location;
    s = session.perform(Step{StepUnit::instruction, Direction::forward, 1});
    EXPECT_EQ(s->cpu.rip, entry);
    EXPECT_EQ(s->cpu[sim::engine::Gpr::rsp], stack);
}

TEST(Travel, a_step_back_leads_to_the_machine_that_was_left) {
    Session session(subject("threads"));
    sim::machine::Machine& machine = session.world().machine();
    std::mt19937_64 random(17);
    for (StepUnit unit : {StepUnit::instruction, StepUnit::line, StepUnit::line_over, StepUnit::interrupt,
                          StepUnit::context_switch}) {
        for (int i = 0; i < 6; ++i) {
            session.perform(SeekTo{after(random() % 700'000)});
            // To a beginning of such a unit first.
            Moment const begin = session.perform(Step{unit, Direction::forward, 1})->moment;
            auto const hash = machine.hash();
            Moment const after = session.perform(Step{unit, Direction::forward, 1})->moment;
            ASSERT_GT(after, begin);
            auto s = session.perform(Step{unit, Direction::backward, 1});
            if (unit == StepUnit::line_over && s->moment != begin) continue;  // it had returned to the caller
            ASSERT_EQ(s->moment, begin) << name_of(unit) << " from " << to_string(after);
            ASSERT_EQ(machine.hash(), hash) << name_of(unit);
        }
    }
}

}  // namespace
