// SPDX-License-Identifier: MIT
//
// Real images under a debugging session: what is seen is what the kernel says of
// itself, steps lead where they should, and looking changes nothing.
#include "simulator/debug/session.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "simulator/board/pc.hpp"
#include "simulator/debug/guest_memory.hpp"
#include "simulator/debug/queries/ask.hpp"
#include "simulator/debug/text.hpp"
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
    EXPECT_FALSE(config.image.bytes->empty()) << name << " is not built";
    Subject s;
    s.title = name;
    s.world = std::make_unique<sim::machine::World>();
    s.world->add(sim::board::make_pc(std::move(config)));
    return s;
}

// At the moment when the application is about to begin, everything asked for.
struct Ready {
    explicit Ready(std::string const& name) : session(subject(name)) {
        session.request(ViewRequest::everything());
        session.perform(RunUntil{{20'000'000, 0}});
        EventView const events = session.snapshot()->events;
        for (std::uint64_t n = events.all.begin(); n < events.all.end(); ++n)
            if (events.all[n].kind == EventKind::app_ready) ready = events.all[n].at;
        EXPECT_GT(ready.retired, 0u) << "no probe app_ready";
        at_ready = session.perform(SeekTo{ready});
    }
    Session session;
    Moment ready;
    std::shared_ptr<Snapshot const> at_ready;
};

// An index that holds little has forgotten most of it, and answers all the same.
TEST(SessionOnKernel, answers_about_a_past_that_its_index_has_forgotten) {
    SessionOptions options;
    options.asker = queries::ask_in_words;
    SessionOptions few = options;
    few.max_events = 64;
    Session session(subject("threads"), options), forgetful(subject("threads"), few);
    for (Session* s : {&session, &forgetful}) s->perform(RunUntil{{12'000'000, 0}});
    EventView const known = session.snapshot()->events;
    ASSERT_EQ(known.forgotten, 0u);
    ASSERT_GT(forgetful.snapshot()->events.forgotten, 0u);
    // The locks and frames of which the oldest events tell: those are forgotten.
    std::set<std::uint64_t> locks, frames;
    for (std::uint64_t n = known.all.begin(); n < known.all.end(); ++n) {
        Event const& e = known.all[n];
        if (e.kind == EventKind::lock_acquire && locks.size() < 3) locks.insert(e.a);
        if (e.kind == EventKind::frame_alloc && frames.size() < 3) frames.insert(e.a);
    }
    std::vector<std::string> questions = {"lock buffer", "frame phys:0"};
    for (std::uint64_t const lock : locks) questions.push_back("lock " + std::to_string(lock));
    for (std::uint64_t const frame : frames)
        questions.push_back("frame phys:" + std::to_string(frame * 4096));
    ASSERT_EQ(questions.size(), 2 + locks.size() + 3);
    Moment const end = session.snapshot()->moment;
    for (std::string const& question : questions) {
        std::vector<std::string> answers;
        for (Session* s : {&session, &forgetful}) {
            auto const asked = s->perform(Ask{question});
            ASSERT_TRUE(asked->answer) << question;
            EXPECT_TRUE(asked->answer->understood) << asked->answer->text;
            answers.push_back(asked->answer->json);
            EXPECT_EQ(asked->moment, end);
        }
        EXPECT_EQ(answers[0], answers[1]) << question;
    }
    EXPECT_EQ(session.world().machine().hash(), forgetful.world().machine().hash());
}

TEST(SessionOnKernel, sees_what_the_kernel_says_of_itself) {
    Ready hello("hello");
    Snapshot const& s = *hello.at_ready;
    EXPECT_EQ(s.moment, hello.ready);
    EXPECT_EQ(s.symbols->problem(), "");
    EXPECT_EQ(s.kernel.problem, "");
    for (ListHealth const* list :
         {&s.kernel.threads_health, &s.kernel.run_queue_health, &s.kernel.frames_health,
          &s.kernel.heap_health, &s.kernel.locks_health, &s.kernel.interrupts_health}) {
        EXPECT_TRUE(list->declared);
        EXPECT_EQ(list->problem, "");
    }
    ASSERT_GE(s.kernel.threads.size(), 2u);
    Thread const* current = s.kernel.thread(s.kernel.current_thread);
    ASSERT_NE(current, nullptr);
    EXPECT_EQ(current->name, "main");
    EXPECT_EQ(current->state, "running");
    EXPECT_TRUE(current->running);
    EXPECT_GT(current->stack_high, current->stack_low);
    EXPECT_GT(current->stack_used, 0u);
    // Every frame of RAM has an owner, and the kernel's own count of free frames is ours.
    ASSERT_TRUE(s.kernel.frames);
    EXPECT_EQ(s.kernel.frames->owner.size(), s.machine->memory_bytes / 4096);
    EXPECT_EQ(s.kernel.frames->frames_by_owner[0], 0u) << "frames of unknown owner";
    EXPECT_NE(s.console->find("Vivarium"), std::string::npos);
    EXPECT_TRUE(s.source);
    EXPECT_GE(s.backtrace.size(), 1u);
}

TEST(SessionOnKernel, no_page_is_writable_and_executable_and_page_zero_is_not_there) {
    Ready hello("hello");
    ASSERT_TRUE(hello.at_ready->page_tree);
    PageTree const& tree = *hello.at_ready->page_tree;
    EXPECT_EQ(tree.problem, "");
    EXPECT_EQ(tree.write_and_execute_pages, 0u);
    ASSERT_FALSE(tree.ranges.empty());
    EXPECT_GT(tree.ranges.front().virtual_start, 4095u);
    // All tables are frames that the kernel says are tables.
    FrameMap const& frames = *hello.at_ready->kernel.frames;
    for (std::uint64_t table : tree.table_frames)
        EXPECT_EQ(frames.owners[frames.owner[table / 4096]], "page_table") << std::hex << table;
}

// Two readings of the manual's page, the processor's and the explanation's.
TEST(SessionOnKernel, explains_translations_as_the_processor_makes_them) {
    Ready hello("hello");
    sim::machine::Machine& machine = hello.session.world().machine();
    GuestMemory const memory(
        paging_of(machine.cpu().state()),
        [&](std::uint64_t address, std::span<std::uint8_t> into) { return machine.peek(address, into); });
    std::mt19937_64 random(1);
    std::vector<std::uint64_t> addresses{0, 4095, 4096, 0x7fff'ffff'f000, ~0ULL};
    for (MappedRange const& r : hello.at_ready->page_tree->ranges)
        for (std::uint64_t a : {r.virtual_start, r.virtual_start + r.length - 1, r.virtual_start + r.length,
                                r.virtual_start - 1, r.virtual_start + random() % r.length})
            addresses.push_back(a);
    unsigned compared = 0;
    for (std::uint64_t address : addresses)
        for (auto access :
             {sim::engine::Access::read, sim::engine::Access::write, sim::engine::Access::fetch})
            for (bool user : {false, true}) {
                WalkExplanation const ours =
                    explain_walk(paging_of(machine.cpu().state()), address, access, user, memory.words());
                if (!ours.canonical) continue;
                sim::engine::Walk const theirs = machine.cpu().walk(address, access, user);
                ASSERT_EQ(ours.present, theirs.present) << std::hex << address;
                ASSERT_EQ(ours.faults, theirs.faults) << std::hex << address;
                if (ours.present) {
                    ASSERT_EQ(ours.physical, theirs.physical) << std::hex << address;
                }
                if (ours.faults) {
                    ASSERT_EQ(ours.error_code, theirs.error_code) << std::hex << address;
                }
                ++compared;
            }
    EXPECT_GT(compared, 300u);
}

TEST(SessionOnKernel, steps_forward_and_back_by_lines) {
    Session session(subject("threads"));
    session.perform(SeekTo{{400'000, 0}});
    auto s = session.perform(Step{StepUnit::line, Direction::forward, 1});  // now at a line's beginning
    std::vector<Moment> moments{s->moment};
    for (int i = 0; i < 5; ++i) {
        SourceLine const before = *s->source;
        s = session.perform(Step{StepUnit::line, Direction::forward, 1});
        ASSERT_TRUE(s->source);
        EXPECT_NE(*s->source, before);
        moments.push_back(s->moment);
    }
    for (int i = 4; i >= 0; --i) {
        s = session.perform(Step{StepUnit::line, Direction::backward, 1});
        EXPECT_EQ(s->moment, moments[static_cast<std::size_t>(i)]) << i;
    }
}

// From several depths: a function with a frame, its first instructions, a leaf without one.
TEST(SessionOnKernel, steps_out_of_a_function_and_back_to_its_call) {
    for (char const* name : {"threads::Mutex::lock", "threads::current", "threads::Scheduler::wake"}) {
        Session session(subject("threads"));
        session.request(ViewRequest::everything());
        Function const* const function = session.symbols()->function_named(name);
        ASSERT_NE(function, nullptr) << name;
        session.perform(SeekTo{{350'000, 0}});
        session.perform(SetBreakpoint{function->low, true});
        Moment const entry = session.perform(sim::debug::Run{})->moment;
        session.perform(SetBreakpoint{function->low, false});
        for (std::uint64_t inside : {0, 1, 2, 5}) {
            auto const s = session.perform(SeekTo{{entry.retired + inside, 0}});
            if (session.symbols()->function_at(s->cpu.rip) != function) continue;
            ASSERT_GE(s->backtrace.size(), 2u) << name << " + " << inside;
            std::uint64_t const after = s->backtrace[1].address;
            auto const call = session.perform(Step{StepUnit::function, Direction::backward, 1});
            EXPECT_EQ(call->moment.retired, entry.retired - 1) << name << " + " << inside;
            session.perform(SeekTo{s->moment});
            auto const out = session.perform(Step{StepUnit::function, Direction::forward, 1});
            EXPECT_EQ(out->cpu.rip, after) << name << " + " << inside;
            EXPECT_GT(out->moment, s->moment);
        }
    }
}

TEST(SessionOnKernel, steps_by_context_switches_and_interrupts_and_knows_the_threads) {
    Session session(subject("threads"));
    auto s = session.perform(Step{StepUnit::context_switch, Direction::forward, 1});
    auto const first = s->events.next(EventGroup::switches, {});
    ASSERT_TRUE(first);
    EXPECT_EQ(s->moment, s->events.all[*first].at);
    auto second = session.perform(Step{StepUnit::context_switch, Direction::forward, 1});
    EXPECT_GT(second->moment, s->moment);
    EXPECT_EQ(session.perform(Step{StepUnit::context_switch, Direction::backward, 1})->moment, s->moment);
    auto interrupt = session.perform(Step{StepUnit::interrupt, Direction::forward, 1});
    EXPECT_GT(interrupt->moment, second->moment);
    auto const names = interrupt->events;
    EXPECT_NE(describe(*first, names).find("main"), std::string::npos) << describe(*first, names);
}

TEST(SessionOnKernel, looking_changes_nothing) {
    Moment const end{3'000'000, 0};
    Subject bare = subject("threads");
    bare.world->machine().run({.moment = end});
    auto const expected = bare.world->machine().hash();
    ASSERT_FALSE(bare.world->machine().ended());

    Session session(subject("threads"));
    session.request(ViewRequest::everything());
    std::uint64_t const breakpoint = session.symbols()->function_named("threads::Mutex::lock")->low;
    session.perform(SetBreakpoint{breakpoint, true});
    std::mt19937 random(4);
    for (int i = 0; i < 25; ++i) {
        auto const unit = static_cast<StepUnit>(random() % 5);
        switch (random() % 5) {
            case 0:
                session.perform(sim::debug::Run{});
                break;
            case 1:
                session.perform(Step{unit, Direction::forward, 1});
                break;
            case 2:
                session.perform(Step{unit, Direction::backward, 1});
                break;
            case 3:
                session.perform(SeekTo{{random() % 2'000'000, 0}});
                break;
            case 4:
                session.perform(ContinueBackward{});
                break;
        }
        if (session.snapshot()->moment > Moment{2'500'000, 0})
            session.perform(SeekTo{{random() % 2'000'000, 0}});
    }
    session.perform(SeekTo{end});
    ASSERT_EQ(session.snapshot()->moment, end);
    EXPECT_EQ(session.world().machine().hash(), expected);
}

TEST(SessionOnKernel, answers_a_question_and_stays_where_it_is) {
    Session session(subject("threads"), {.asker = queries::ask_in_words});
    auto const before = session.perform(Step{StepUnit::context_switch, Direction::forward, 3});
    auto const hash = session.world().machine().hash();
    EXPECT_FALSE(before->answer);
    auto const after = session.perform(Ask{"last-write threads::the_scheduler.switches_"});
    ASSERT_TRUE(after->answer);
    EXPECT_EQ(after->answer->at, before->moment);
    EXPECT_TRUE(after->answer->understood);
    EXPECT_NE(after->answer->text.find("switch_to_next"), std::string::npos) << after->answer->text;
    EXPECT_TRUE(nlohmann::json::parse(after->answer->json).is_object());
    EXPECT_EQ(after->moment, before->moment);
    EXPECT_EQ(after->state, RunState::paused);
    EXPECT_EQ(session.world().machine().hash(), hash);
    EXPECT_NE(print_view(*after, "answers")->find("switch_to_next"), std::string::npos);
    EXPECT_EQ(nlohmann::json::parse(*print_view_json(*after, "answers"))["question"],
              after->answer->question);

    auto const wrong = session.perform(Ask{"who-knows"});
    EXPECT_FALSE(wrong->last_command.done);
    EXPECT_FALSE(wrong->answer->understood);
    EXPECT_NE(wrong->answer->text.find("first-true"), std::string::npos);
}

TEST(SessionOnKernel, every_view_has_a_text_and_a_json_twin) {
    Ready hello("hello");
    ViewRequest request = ViewRequest::everything();
    request.walk = WalkRequest{hello.at_ready->cpu.rip, sim::engine::Access::fetch, false};
    request.memory = {{AddressSpace::virtual_, hello.at_ready->cpu.rip, 64}};
    hello.session.request(request);
    hello.session.advance();
    auto const s = hello.session.snapshot();
    std::set<std::string> names;
    for (TextView const& view : text_views()) {
        EXPECT_TRUE(names.insert(view.name).second);
        auto const text = print_view(*s, view.name);
        ASSERT_TRUE(text) << view.name;
        EXPECT_FALSE(text->empty()) << view.name;
        EXPECT_EQ(text->back(), '\n') << view.name;
        auto const json = print_view_json(*s, view.name);
        ASSERT_TRUE(json) << view.name;
        EXPECT_NO_THROW({ auto const parsed = nlohmann::json::parse(*json); }) << view.name;
    }
    EXPECT_FALSE(print_view(*s, "nothing"));
    EXPECT_FALSE(print_view_json(*s, "nothing"));
    EXPECT_NE(print_view(*s, "threads")->find("main"), std::string::npos);
    EXPECT_NE(print_view(*s, "walk")->find("PML4E"), std::string::npos);
    EXPECT_NE(print_view(*s, "registers")->find("PG"), std::string::npos);
    EXPECT_NE(print_view(*s, "disassembly")->find(">"), std::string::npos);
}

TEST(SessionOnKernel, large_objects_are_those_that_were_allocated_and_not_freed) {
    constexpr std::uint64_t largest_in_slab = 1024;
    Ready http("http");
    std::set<std::uint64_t> large;
    EventView const& events = http.at_ready->events;
    for (std::uint64_t n = events.all.begin(); n < events.all.end() && events.all[n].at < http.ready; ++n) {
        Event const& e = events.all[n];
        if (e.kind == EventKind::heap_alloc && e.b > largest_in_slab) large.insert(e.a);
        if (e.kind == EventKind::heap_free) large.erase(e.a);
    }
    EXPECT_FALSE(large.empty()) << "this tests nothing";
    auto const told = large_objects(http.at_ready->kernel);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->count, large.size());
    EXPECT_GE(told->bytes, large.size() * 4096);
    EXPECT_NE(print_view(*http.at_ready, "heap")->find("large: " + std::to_string(large.size())), std::string::npos);
}

// Looked at again and again, just before a switch, while threads wait for a mutex, sleep,
// and are taken off the processor by the timer.
TEST(SessionOnKernel, every_thread_has_a_call_stack_whether_or_not_it_runs) {
    constexpr std::size_t looks = 500;
    Session session(subject("threads"));
    EventView const events = session.perform(RunUntil{{400'000'000, 0}})->events;
    std::vector<Moment> switches;
    for (std::uint64_t n = events.all.begin(); n < events.all.end(); ++n)
        if (events.all[n].kind == EventKind::thread_switch) switches.push_back(events.all[n].at);
    ASSERT_GT(switches.size(), looks);
    ViewRequest request;
    request.lists = KernelList::threads | KernelList::run_queue;
    request.thread_stacks = true;
    session.request(request);
    std::set<std::string> seen;
    for (std::size_t i = 0; i < looks; ++i) {
        auto const s = session.perform(SeekTo{switches[i * switches.size() / looks]});
        std::string const where = " at " + to_string(s->moment);
        for (Thread const& t : s->kernel.threads) {
            ThreadStack const* const stack = s->stack_of(t.address);
            ASSERT_NE(stack, nullptr) << t.name << where;
            if (t.running || t.state == "running" || t.state == "finished") continue;
            ASSERT_EQ(stack->problem, "") << t.name << where;
            std::string functions;
            bool preempted = false;
            for (StackFrame const& f : stack->frames) {
                functions += f.function + "\n";
                preempted |= f.interrupted;
            }
            auto const has = [&](char const* what) { return functions.find(what) != std::string::npos; };
            // From where it left the processor, or will begin, down to its first function.
            ASSERT_TRUE(has("threads::begin_thread") || has("threads::idle") || has("kernel_main"))
                << t.name << " (" << t.state << ")" << where << ":\n" << functions;
            ASSERT_TRUE(stack->frames.size() == 1 || has("threads::Scheduler::switch_to_next")) << functions;
            if (t.state == "blocked" && has("threads::Mutex::lock")) seen.insert("mutex");
            if (t.state == "blocked" && has("threads::sleep")) seen.insert("sleep");
            if (t.state == "ready" && preempted) seen.insert("preempted");
        }
    }
    EXPECT_EQ(seen, (std::set<std::string>{"mutex", "preempted", "sleep"}));
}

}  // namespace
