// SPDX-License-Identifier: MIT
//
// A Session over several processors: all are seen, any can be stopped, stepped
// and gone back with.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>
#include <set>

#include "simulator/board/pc.hpp"
#include "simulator/debug/queries/scene.hpp"
#include "simulator/debug/session.hpp"
#include "simulator/debug/studied_life.hpp"
#include "simulator/machine/world.hpp"

namespace smp {
namespace {

using namespace sim::debug;
using sim::machine::Moment;

Subject subject(unsigned processors) {
    std::ifstream file(SMP_GUEST, std::ios::binary);
    sim::machine::MachineConfig config;
    config.image.name = "smp_guest.elf";
    config.image.bytes = std::make_shared<std::vector<std::uint8_t> const>(
        std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    config.memory_bytes = 16 << 20;
    config.processors = processors;
    Subject s;
    s.title = "smp";
    s.world = std::make_unique<sim::machine::World>();
    s.world->add(sim::board::make_pc(std::move(config)));
    return s;
}

StopSpec stop_at(std::string place, std::optional<unsigned> processor = {}) {
    StopSpec s;
    s.place = std::move(place);
    s.processor = processor;
    return s;
}

struct Stopped {
    Moment at;
    unsigned processor;
    friend bool operator==(Stopped const&, Stopped const&) = default;
};
Stopped where(Snapshot const& s) { return {s.moment, s.processor}; }

TEST(SmpDebug, sees_all_processors_and_who_waits_to_be_started) {
    Session session(subject(4));
    auto s = session.snapshot();
    ASSERT_EQ(s->processors.size(), 4u);
    EXPECT_FALSE(s->processors[0].waits);
    for (unsigned i = 1; i < 4; ++i) EXPECT_TRUE(s->processors[i].waits);
    s = session.perform(AddStop{stop_at("other_main", 3)});
    ASSERT_TRUE(s->last_command.done) << s->last_command.text;
    s = session.perform(sim::debug::Run{});
    EXPECT_EQ(s->processor, 3u) << s->stop_reason;
    EXPECT_NE(s->stop_reason.find("processor 3"), std::string::npos) << s->stop_reason;
    EXPECT_EQ(s->location, "other_main");
    EXPECT_TRUE(s->processors[3].running);
    for (unsigned i = 1; i < 4; ++i) EXPECT_FALSE(s->processors[i].waits);
    // Whoever is selected is looked at.
    s = session.perform(SelectProcessor{0});
    EXPECT_EQ(s->processor, 0u);
    EXPECT_EQ(s->cpu, s->processors[0].cpu);
    EXPECT_TRUE(s->processors[3].running);
    EXPECT_FALSE(session.perform(SelectProcessor{4})->last_command.done);
    EXPECT_EQ(session.perform(SelectProcessor{})->processor, 3u);
}

void same_both_ways(unsigned processors, StopSpec const& spec, std::size_t at_least) {
    Session session(subject(processors));
    auto s = session.perform(AddStop{spec});
    ASSERT_TRUE(s->last_command.done) << s->last_command.text;
    std::vector<Stopped> forwards;
    std::uint32_t seen = 0;
    while (forwards.size() < 40) {
        s = session.perform(sim::debug::Run{});
        if (s->state != RunState::paused) break;
        forwards.push_back(where(*s));
        seen |= 1U << s->processor;
        EXPECT_EQ(s->processor, spec.processor.value_or(s->processor));
    }
    EXPECT_GE(forwards.size(), at_least) << spec.place;
    EXPECT_TRUE(spec.processor || (seen & (seen - 1)) != 0) << "one processor alone";
    if (s->state == RunState::paused) forwards.pop_back();
    for (std::size_t i = forwards.size(); i-- > 0;) {
        s = session.perform(ContinueBackward{});
        ASSERT_EQ(where(*s), forwards[i]) << i << ": " << to_string(s->moment) << " " << s->stop_reason;
    }
}

TEST(SmpDebug, breakpoints_stop_any_processor_in_both_directions) {
    same_both_ways(2, stop_at("add_locked"), 2);
    same_both_ways(4, stop_at("on_interrupt"), 10);
}

TEST(SmpDebug, a_breakpoint_can_be_for_one_processor) {
    same_both_ways(4, stop_at("on_interrupt", 2), 2);
    same_both_ways(2, stop_at("other_main", 1), 1);
}

TEST(SmpDebug, a_condition_is_looked_at_with_the_registers_of_who_stands_there) {
    StopSpec guarded = stop_at("add_locked");
    guarded.condition = "edi == 1";  // each processor is told its number
    Session session(subject(4));
    session.perform(AddStop{guarded});
    auto const s = session.perform(sim::debug::Run{});
    EXPECT_EQ(s->processor, 1u) << s->stop_reason;
    // The same as a condition of its own, over registers alone.
    StopSpec becomes{StopKind::condition, "rip == add_locked && edi == 1"};
    Session other(subject(4));
    ASSERT_TRUE(other.perform(AddStop{becomes})->last_command.done);
    EXPECT_EQ(where(*other.perform(sim::debug::Run{})), where(*s));
}

// What has been searched in vain for one processor may lie elsewhere for another.
TEST(SmpDebug, a_watch_that_follows_registers_is_looked_for_again_for_another_processor) {
    Session session(subject(2));
    session.perform(sim::debug::RunUntil{{400'000, 0}});
    StopSpec watch;
    watch.kind = StopKind::watchpoint;
    // On the first processor's stack: a byte that nobody writes; on another's: the sum.
    watch.place = "u64[(rsp >= &stacks[1] && rsp <= &stacks[2]) * (&locked_sum - 0x10) + 0x10]";
    auto s = session.perform(AddStop{watch});
    ASSERT_TRUE(s->last_command.done) << s->last_command.text;
    session.perform(SelectProcessor{0});
    s = session.perform(ContinueBackward{});
    ASSERT_EQ(s->moment, Moment{}) << s->stop_reason;
    session.perform(SeekTo{{400'000, 0}});
    session.perform(SelectProcessor{1});
    s = session.perform(ContinueBackward{});
    EXPECT_NE(s->moment, Moment{});
    EXPECT_NE(s->stop_reason.find("processor 1"), std::string::npos) << s->stop_reason;
}

TEST(SmpDebug, steps_belong_to_the_selected_processor) {
    Session session(subject(4));
    session.perform(AddStop{stop_at("other_main", 2)});
    session.perform(sim::debug::Run{});
    session.perform(RemoveStop{1});
    sim::machine::Machine& machine = session.world().machine();
    std::mt19937_64 random(20260106);
    for (unsigned processor : {0u, 2u, 1u, 3u, 2u}) {
        session.perform(sim::debug::RunUntil{{machine.moment().retired + 3'000 + random() % 30'000, 0}});
        auto s = session.perform(SelectProcessor{processor});
        if (s->processors[processor].waits || s->cpu.halted) continue;
        std::vector<std::uint64_t> rips;
        std::uint64_t const own = s->processors[processor].retired;
        for (int i = 0; i < 20; ++i) {
            rips.push_back(s->cpu.rip);
            s = session.perform(Step{StepUnit::instruction, Direction::forward, 1});
            ASSERT_EQ(s->processor, processor);
            ASSERT_EQ(s->processors[processor].retired, own + rips.size());
        }
        for (std::size_t i = rips.size(); i-- > 0;) {
            s = session.perform(Step{StepUnit::instruction, Direction::backward, 1});
            ASSERT_EQ(s->cpu.rip, rips[i]) << "processor " << processor << ", step " << i;
            ASSERT_EQ(s->processors[processor].retired, own + i);
        }
    }
}

// A processor's turn may begin with the instruction that is asked about.
TEST(SmpDebug, questions_name_the_processor_that_did_it) {
    Subject const s = subject(4);
    sim::machine::Machine& machine = s.world->machine();
    StudiedLife life(machine);
    machine.run({.moment = {430'000, 0}});
    queries::Scene scene{machine, life.symbols(), life.kernel(), life.observation()};
    struct Executed final : SearchListener {
        struct One {
            Moment at;
            unsigned cpu;
            std::uint64_t rip;
        };
        std::vector<One> all;
        bool on_address(Moment at, unsigned cpu, std::uint64_t rip) override {
            return all.push_back({at, cpu, rip}), false;
        }
    } executed;
    Search search(machine);
    search.watch({.addresses = {}, .memory = {}, .instructions = true});
    search.run({{400'000, 0}, {430'000, 0}}, executed);
    search.watch({});
    int turns = 0;
    for (std::size_t i = 1; i < executed.all.size() && turns < 60; ++i) {
        auto const& one = executed.all[i];
        if (one.cpu == executed.all[i - 1].cpu) continue;
        queries::go_to(scene, one.at);
        turns += machine.current_processor() != one.cpu;
        ASSERT_EQ(queries::executor_at(scene, one.at), one.cpu) << to_string(one.at);
        ASSERT_EQ(queries::actor_at(scene, one.at).rip, one.rip) << to_string(one.at);
    }
    EXPECT_GT(turns, 0) << "nobody's turn begins: ask about more";
}

// Searches skip what no processor is noted to have executed.
TEST(SmpDebug, code_of_all_processors_is_noted_with_the_checkpoints) {
    struct Executed final : sim::engine::Observer {
        std::set<std::uint64_t> addresses;
        bool on_instruction(std::uint64_t rip) override { return addresses.insert(rip), false; }
    } executed;
    Subject const s = subject(4);
    sim::machine::Machine& machine = s.world->machine();
    constexpr std::uint64_t interval = 20'000, end = 400'000;
    machine.set_checkpoint_interval(interval);
    machine.run({.moment = {end + 1, 0}});
    for (unsigned i = 0; i < 4; ++i) {
        machine.cpu(i).set_observer(&executed);
        machine.cpu(i).set_trace(true);
    }
    for (std::uint64_t to = interval; to <= end; to += interval) {
        executed.addresses.clear();
        machine.seek({to - interval, 0});
        while (machine.moment() < Moment{to, 0}) machine.run({.moment = {to, 0}});
        ASSERT_FALSE(executed.addresses.empty());
        for (std::uint64_t const rip : executed.addresses)
            ASSERT_EQ(machine.checkpoints().without({&rip, 1}, {to, 0}), (Moment{to, 0})) << std::hex << rip;
    }
    for (unsigned i = 0; i < 4; ++i) {
        machine.cpu(i).set_trace(false);
        machine.cpu(i).set_observer(nullptr);
    }
}

TEST(SmpDebug, observation_changes_nothing) {
    auto const run = [](auto const& watch) {
        Session session(subject(4));
        watch(session);
        session.perform(sim::debug::RunUntil{{400'000, 0}});
        session.perform(SeekTo{{400'000, 0}});
        return session.world().machine().hash();
    };
    auto const bare = run([](Session&) {});
    EXPECT_EQ(run([](Session& s) {
                  StopSpec never{StopKind::condition, "rax == 0xdeadbeefdeadbeef"};
                  s.perform(AddStop{never});
                  EXPECT_FALSE(s.perform(AddStop{stop_at("on_interrupt", 9)})->last_command.done);
              }),
              bare);
    EXPECT_EQ(run([](Session& s) {
                  s.perform(AddStop{stop_at("on_interrupt")});
                  for (int i = 0; i < 5; ++i) s.perform(sim::debug::Run{});
                  s.perform(ContinueBackward{});
                  s.perform(RemoveStop{1});
              }),
              bare);
}

}  // namespace
}  // namespace smp
