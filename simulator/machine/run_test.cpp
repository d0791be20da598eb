// SPDX-License-Identifier: GPL-2.0-or-later
//
// The machine around a processor that is a script: time, events, inputs,
// checkpoints. The device is a timer with a port.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "simulator/machine/machine.hpp"
#include "tests/fakes/fake_cpu.hpp"
#include "tests/fakes/fake_interrupter.hpp"

namespace sim::machine {
namespace {

using fakes::Op;
using Program = std::vector<Op>;

// Port 0x10: its timer. Port 0x11: reads the last input byte. Port 0x12: sends a
// byte. Port 0x13: exit.
class Ticker final : public fakes::FakeInterrupter {
public:
    explicit Ticker(Machine& machine) : FakeInterrupter(machine, "ticker") {}
    void reset() override { fired_ = received_ = 0, pending_ = false; }
    void save(StateWriter& w) const override { fields(*this, w); }
    void load(StateReader& r) override { fields(*this, r); }
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("fired", self.fired_);
        visit("received", self.received_);
        visit("pending", self.pending_);
        visit("when", self.when_);
    }
    void on_timer(std::uint32_t) override {
        ++fired_;
        when_.push_back(machine_.now());
        raise();
    }
    void on_input(InputKind, std::span<std::uint8_t const> bytes) override {
        received_ += bytes[0];
        raise();
    }
    std::uint64_t io_read(unsigned, std::uint64_t, unsigned) override { return received_; }
    void io_write(unsigned cpu, std::uint64_t port, unsigned size, std::uint64_t value) override {
        FakeInterrupter::io_write(cpu, port, size, value);
        if (port == 2) {
            std::uint8_t const byte = static_cast<std::uint8_t>(value);
            machine_.output(*this, OutputKind::console, {&byte, 1});
        }
        if (port == 3) machine_.exit(static_cast<std::uint32_t>(value));
    }

    std::vector<std::uint64_t> when_;

private:
    std::uint64_t fired_ = 0, received_ = 0;
};

struct Rig {
    explicit Rig(Program program, std::uint64_t handler = 0) {
        machine = std::make_unique<Machine>(MachineConfig{.memory_bytes = 1 << 20},
                                            fakes::fake_cpu(program, handler));
        ticker = &machine->add<Ticker>(*machine);
        machine->ports().map(0x10, 4, *ticker);
        machine->attach_processor_interrupts(0, *ticker);
        machine->start();
    }
    std::unique_ptr<Machine> machine;
    Ticker* ticker;
};

// Ticks every 5 us by HLT; between ticks it computes and stores.
Program const ticking = {
    {Op::sti},                                                        // 0
    {Op::out, 0x10, 5},                                               // 1: arm 5 us
    {Op::add, 3},       {Op::add_tsc},       {Op::store, 0x4000},     // 2..4
    {Op::hlt},                                                        // 5
    {Op::in, 0x11},     {Op::store, 0x8000},                          // 6, 7
    {Op::jump, 1},                                                    // 8
    {Op::add, 7},       {Op::store, 0x5000}, {Op::interrupt_return},  // 9: handler
};

// Computes without a pause; a timer interrupts it.
Program const busy = {
    {Op::sti},     {Op::out, 0x10, 5}, {Op::add, 1},        {Op::add_tsc},          {Op::store, 0x4000},
    {Op::jump, 2}, {Op::out, 0x10, 5}, {Op::store, 0x5000}, {Op::interrupt_return},  // 6: handler
};

TEST(Run, virtual_time_is_instructions_plus_what_hlt_skipped) {
    Rig rig(ticking, 9);
    // 6 instructions to HLT; the timer was armed when one had been executed.
    EXPECT_EQ(rig.machine->run({.moment = {6, 0}}).stop, RunStop::reached);
    EXPECT_EQ(rig.machine->virtual_ns(), 6u);
    EXPECT_EQ(rig.machine->run({.moment = {6, 1}}).stop, RunStop::reached);
    EXPECT_EQ(rig.machine->virtual_ns(), 5001u);
    EXPECT_EQ(rig.ticker->when_, std::vector<std::uint64_t>{5001});
}

TEST(Run, a_timer_interrupts_at_its_exact_count) {
    Rig rig(busy, 6);
    rig.machine->run({.moment = {5001, 1}});
    EXPECT_EQ(rig.machine->moment(), (Moment{5001, 1}));
    EXPECT_EQ(rig.ticker->when_, std::vector<std::uint64_t>{5001});
    rig.machine->run({.moment = {5002, 0}});
    EXPECT_EQ(rig.machine->cpu().state().rip, 7u);  // the handler's first is done
}

TEST(Run, a_moment_that_does_not_exist_is_not_overshot) {
    Rig rig(busy, 6);
    rig.machine->run({.moment = {100, 3}});
    EXPECT_EQ(rig.machine->moment(), (Moment{100, 0}));
}

TEST(Run, the_guest_ends_with_its_status_and_stays_ended) {
    Rig rig(Program{{Op::nop}, {Op::out, 0x13, 42}, {Op::nop}});
    RunResult const result = rig.machine->run({});
    EXPECT_EQ(result.stop, RunStop::exited);
    EXPECT_EQ(result.status, 42u);
    EXPECT_EQ(rig.machine->moment(), (Moment{2, 0}));
    EXPECT_EQ(rig.machine->run({}).stop, RunStop::exited);
    rig.machine->seek({1, 0});
    EXPECT_FALSE(rig.machine->ended());
    EXPECT_EQ(rig.machine->run({}).status, 42u);
}

TEST(Run, a_triple_fault_and_a_dead_halt_are_told) {
    Rig faulty(Program{{Op::nop}, {Op::fault}});
    EXPECT_EQ(faulty.machine->run({}).stop, RunStop::shutdown);
    Rig dead(Program{{Op::cli}, {Op::hlt}});
    RunResult const result = dead.machine->run({});
    EXPECT_EQ(result.stop, RunStop::halted);
    EXPECT_NE(result.message.find("interrupts off"), std::string::npos);
    Rig alone(Program{{Op::sti}, {Op::hlt}});
    EXPECT_EQ(alone.machine->run({}).stop, RunStop::halted);
}

TEST(Run, what_nobody_answers_reads_as_all_ones_and_is_reported_once) {
    struct Reports final : MachineObserver {
        void on_report(Machine&, std::string_view, std::string_view text) override {
            texts.emplace_back(text);
        }
        std::vector<std::string> texts;
    } reports;
    Rig rig(Program{{Op::in, 0x99}, {Op::in, 0x99}, {Op::mmio_read, 0xD0000000}, {Op::nop}});
    rig.machine->add_observer(reports);
    rig.machine->run({.moment = {1, 0}});
    EXPECT_EQ(rig.machine->cpu().state()[engine::Gpr::rax], 0xFFu);
    rig.machine->run({.moment = {3, 0}});
    EXPECT_EQ(rig.machine->cpu().state()[engine::Gpr::rax], 0xFFFFFFFFu);
    EXPECT_EQ(reports.texts.size(), 2u);
}

MachineHash straight(Program const& program, std::uint64_t handler, Moment end) {
    Rig rig(program, handler);
    rig.machine->run({.moment = end});
    return rig.machine->hash();
}

TEST(Determinism, chopped_runs_and_restores_end_where_a_straight_run_ends) {
    for (auto const& [program, handler] : {std::pair{ticking, 9u}, std::pair{busy, 6u}}) {
        Moment const end{50'000, 0};
        MachineHash const expected = straight(program, handler, end);
        std::mt19937 random(1);
        Rig rig(program, handler);
        rig.machine->set_checkpoint_interval(1000);
        std::vector<CheckpointPtr> kept;
        for (int i = 0; i < 200; ++i) {
            rig.machine->run({.moment = {rig.machine->moment().retired + random() % 500, random() % 2}});
            kept.push_back(rig.machine->checkpoint());
            if (random() % 3 == 0) rig.machine->restore(*kept[random() % kept.size()]);
        }
        rig.machine->run({.moment = end});
        EXPECT_EQ(rig.machine->hash(), expected);
        // Another machine of the same make, from the middle.
        Rig other(program, handler);
        other.machine->restore(*kept[100]);
        other.machine->run({.moment = end});
        EXPECT_EQ(other.machine->hash(), expected);
    }
}

TEST(Seek, every_earlier_moment_is_reached_exactly) {
    Rig rig(ticking, 9);
    rig.machine->set_checkpoint_interval(500);
    std::vector<std::pair<Moment, MachineHash>> history;
    for (int i = 0; i < 300; ++i) {
        rig.machine->run({.moment = {rig.machine->moment().retired + 7, static_cast<std::uint64_t>(i % 2)}});
        history.emplace_back(rig.machine->moment(), rig.machine->hash());
    }
    std::mt19937 random(2);
    for (int i = 0; i < 300; ++i) {
        auto const& [moment, hash] = history[random() % history.size()];
        EXPECT_EQ(rig.machine->seek(moment).stop, RunStop::reached);
        ASSERT_EQ(rig.machine->moment(), moment);
        ASSERT_EQ(rig.machine->hash(), hash);
    }
}

// Sends a byte whenever the machine's clock passes one of the times.
class Script final : public Outside {
public:
    explicit Script(std::vector<std::uint64_t> times) : times_(std::move(times)) {}
    void resume(std::uint64_t) override { ++resumed; }
    void poll(std::uint64_t now, std::vector<Arrival>& arrived) override {
        for (; next_ < times_.size() && times_[next_] <= now; ++next_)
            arrived.push_back({"ticker", InputKind::console, {static_cast<std::uint8_t>(next_ + 1)}});
    }
    std::optional<std::uint64_t> wait(std::uint64_t, std::optional<std::uint64_t> deadline) override {
        if (next_ == times_.size()) return deadline;
        return std::min(times_[next_], deadline.value_or(UINT64_MAX));
    }
    void output(std::uint64_t, std::string_view, OutputKind, std::span<std::uint8_t const> bytes) override {
        sent.insert(sent.end(), bytes.begin(), bytes.end());
    }
    std::vector<std::uint8_t> sent;
    int resumed = 0;

private:
    std::vector<std::uint64_t> times_;
    std::size_t next_ = 0;
};

Program chatty() {
    auto program = ticking;
    program[2] = {Op::out, 0x12, 'x'};
    return program;
}

TEST(Inputs, that_several_logs_share_stay_what_they_are_when_one_of_them_changes) {
    Input const a{{1, 0}, 1, "a", InputKind::console, {1}}, b{{2, 0}, 2, "b", InputKind::console, {2}};
    auto const both = std::make_shared<std::vector<Input> const>(std::vector{a, b});
    InputLog const first = InputLog::shared(both, {9, 0});
    InputLog second = first, third = first;
    EXPECT_EQ(&first.inputs(), both.get());
    EXPECT_EQ(&second.inputs(), both.get()) << "nothing was copied";
    second.append(a);
    EXPECT_THAT(second.inputs(), testing::ElementsAre(a, b, a));
    third.branch(1, {1, 1});
    third.append(b);
    third.append(b);
    EXPECT_THAT(third.inputs(), testing::ElementsAre(a, b, b));
    EXPECT_EQ(third.edge(), (Moment{1, 1}));
    EXPECT_THAT(*both, testing::ElementsAre(a, b));
    EXPECT_EQ(first.edge(), (Moment{9, 0}));
    InputLog of_none;
    of_none.append(a);
    of_none.branch(0, {});
    EXPECT_TRUE(of_none.inputs().empty());
}

TEST(Inputs, are_logged_and_replayed_at_the_same_moments) {
    Script script({300, 6000, 6000, 20'000'123});
    Rig live(chatty(), 9);
    live.machine->set_outside(&script);
    live.machine->run({.moment = {50'000, 0}});
    MachineHash const expected = live.machine->hash();
    ASSERT_EQ(live.machine->log().inputs().size(), 4u);
    EXPECT_EQ(live.machine->log().inputs()[0].virtual_ns, 300u);
    EXPECT_EQ(live.machine->log().inputs()[3].virtual_ns, 20'000'123u);
    EXPECT_EQ(script.resumed, 1);

    Rig replay(chatty(), 9);
    replay.machine->set_log(InputLog(live.machine->log().inputs(), live.machine->log().edge()));
    replay.machine->set_replay_only(true);
    EXPECT_EQ(replay.machine->run({}).stop, RunStop::end_of_log);
    EXPECT_EQ(replay.machine->moment(), (Moment{50'000, 0}));
    EXPECT_EQ(replay.machine->hash(), expected);
    // And again, backwards.
    replay.machine->seek({10, 0});
    replay.machine->seek({50'000, 0});
    EXPECT_EQ(replay.machine->hash(), expected);
}

// The host's time stands still until the test lets it go on.
class Paced final : public Outside {
public:
    void resume(std::uint64_t now) override {
        ++resumed;
        time = std::max(time, now);
    }
    void poll(std::uint64_t, std::vector<Arrival>&) override { ++polls; }
    std::optional<std::uint64_t> wait(std::uint64_t now, std::optional<std::uint64_t> deadline) override {
        return std::min(std::max(time, now), deadline.value_or(UINT64_MAX));
    }
    void output(std::uint64_t, std::string_view, OutputKind, std::span<std::uint8_t const>) override {}
    std::uint64_t time = 0;
    int resumed = 0, polls = 0;
};

TEST(Inputs, a_paced_machine_waits_for_the_host_and_waiting_changes_nothing) {
    Paced host;
    Rig rig(ticking, 9);
    rig.machine->set_outside(&host);
    EXPECT_EQ(rig.machine->run({}).stop, RunStop::waiting);
    EXPECT_EQ(rig.machine->moment(), (Moment{6, 0}));
    MachineHash const before = rig.machine->hash();
    host.time = 5'000;  // one nanosecond before the deadline
    EXPECT_EQ(rig.machine->run({}).stop, RunStop::waiting);
    EXPECT_EQ(rig.machine->hash(), before);
    host.time = 5'001;
    EXPECT_EQ(rig.machine->run({.moment = {6, 1}}).stop, RunStop::reached);
    EXPECT_EQ(rig.machine->virtual_ns(), 5'001u);
    EXPECT_EQ(host.resumed, 1);
    rig.machine->pause_outside();
    rig.machine->run({.moment = {7, 0}});
    EXPECT_EQ(rig.machine->run({}).stop, RunStop::waiting);
    EXPECT_EQ(host.resumed, 2);
}

TEST(Run, limits_by_time_and_by_happenings) {
    Rig rig(ticking, 9);
    EXPECT_EQ(rig.machine->run({.virtual_ns = 5'000}).stop, RunStop::reached);
    EXPECT_EQ(rig.machine->moment(), (Moment{6, 0}));  // the event at 5001 is later
    EXPECT_EQ(rig.machine->run({.virtual_ns = 5'003}).stop, RunStop::reached);
    EXPECT_EQ(rig.machine->virtual_ns(), 5'003u);
    EXPECT_EQ(rig.machine->run({.happenings = 3}).stop, RunStop::reached);
    EXPECT_EQ(rig.ticker->when_.size(), 4u);
}

TEST(Run, can_be_interrupted_and_goes_on) {
    Rig rig(busy, 6);
    rig.machine->interrupt();
    EXPECT_EQ(rig.machine->run({.moment = {5'000, 0}}).stop, RunStop::interrupted);
    EXPECT_EQ(rig.machine->run({.moment = {5'000, 0}}).stop, RunStop::reached);
    EXPECT_EQ(rig.machine->moment(), (Moment{5'000, 0}));
}

TEST(Inputs, going_over_the_past_again_neither_polls_nor_sends) {
    Script script({300, 6000});
    Rig rig(chatty(), 9);
    rig.machine->set_outside(&script);
    rig.machine->run({.moment = {5'000, 0}});
    auto const sent = script.sent.size();
    MachineHash const expected = rig.machine->hash();
    rig.machine->seek({100, 0});
    EXPECT_FALSE(rig.machine->live());
    rig.machine->seek({5'000, 0});
    EXPECT_EQ(rig.machine->hash(), expected);
    EXPECT_EQ(script.sent.size(), sent);
    EXPECT_TRUE(rig.machine->live());
    rig.machine->run({.moment = {6'000, 0}});
    EXPECT_GT(script.sent.size(), sent);
    EXPECT_EQ(script.resumed, 2);
}

TEST(Inputs, a_poke_in_the_past_begins_a_new_future) {
    Script script({300, 6000, 50'000});
    Rig rig(ticking, 9);
    rig.machine->set_outside(&script);
    rig.machine->run({.moment = {5'000, 0}});
    rig.machine->set_outside(nullptr);
    rig.machine->seek({50, 0});
    ASSERT_GT(rig.machine->log().inputs().size(), 1u);
    rig.machine->give({"memory", InputKind::poke, {0x00, 0x90, 0, 0, 0, 0, 0, 0, 0xAA}});
    EXPECT_EQ(rig.machine->log().inputs().back().kind, InputKind::poke);
    EXPECT_EQ(rig.machine->log().edge(), (Moment{50, 1}));
    EXPECT_EQ(rig.machine->page(9)->bytes[0], 0xAA);
    rig.machine->run({.moment = {5'000, 0}});
    MachineHash const expected = rig.machine->hash();
    rig.machine->seek({10, 0});
    EXPECT_NE(rig.machine->page(9)->bytes[0], 0xAA);
    rig.machine->seek({5'000, 0});
    EXPECT_EQ(rig.machine->hash(), expected);
}

// Three arrive at one time, and the run ends there after the first.
TEST(Inputs, what_arrived_at_this_moment_is_not_lost_when_a_person_acts) {
    Script script({300, 300, 300});
    Rig live(chatty(), 9);
    live.machine->set_outside(&script);
    live.machine->run({.virtual_ns = 300});
    ASSERT_EQ(live.machine->virtual_ns(), 300u);
    ASSERT_EQ(live.machine->moment().sub, 1u) << "the rest has not been delivered";
    live.machine->give({"ticker", InputKind::console, {100}});
    live.machine->run({.moment = {2'000, 0}});
    auto const& inputs = live.machine->log().inputs();
    ASSERT_EQ(inputs.size(), 4u);
    EXPECT_EQ(inputs[3].bytes, std::vector<std::uint8_t>{100});
    EXPECT_EQ(inputs[3].virtual_ns, 300u);

    Rig replay(chatty(), 9);
    replay.machine->set_log(live.machine->log());
    replay.machine->set_replay_only(true);
    replay.machine->run({});
    EXPECT_EQ(replay.machine->hash(), live.machine->hash());
}

TEST(Inputs, that_make_no_sense_are_reported_and_harmless) {
    Rig rig(ticking, 9);
    rig.machine->run({.moment = {3, 0}});
    MachineHash const before = rig.machine->hash();
    rig.machine->give({"memory", InputKind::poke, {1, 2, 3}});
    rig.machine->give({"memory", InputKind::poke, {0, 0, 0, 0, 0, 0, 0, 0}});
    rig.machine->give({"memory", InputKind::poke, {0xF0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1}});
    rig.machine->give({"nobody", InputKind::frame, {1}});
    EXPECT_EQ(rig.machine->moment(), (Moment{3, 4}));
    for (std::size_t i = 1; i < before.parts.size(); ++i)  // all but the clock
        EXPECT_EQ(rig.machine->hash().parts[i], before.parts[i]);
}

TEST(Inputs, a_log_that_does_not_fit_is_told_not_followed) {
    Rig rig(busy, 6);
    rig.machine->set_log(InputLog({{{100, 7}, 100, "ticker", InputKind::console, {1}}}, {1000, 0}));
    rig.machine->set_replay_only(true);
    RunResult const result = rig.machine->run({});
    EXPECT_EQ(result.stop, RunStop::diverged);
    EXPECT_FALSE(result.message.empty());
}

TEST(Differences, name_the_part_and_the_field) {
    Rig rig(ticking, 9);
    rig.machine->run({.moment = {6, 0}});
    CheckpointPtr const before = rig.machine->checkpoint();
    rig.machine->run({.moment = {6, 1}});
    CheckpointPtr const after = rig.machine->checkpoint();
    auto const lines = rig.machine->differences(*before, *after);
    EXPECT_NE(std::find(lines.begin(), lines.end(), "ticker fired: 0x0 against 0x1"), lines.end());
    EXPECT_TRUE(rig.machine->differences(*after, *after).empty());
}

TEST(CheckpointStore, thins_to_its_budget_and_keeps_first_and_pinned) {
    Rig rig(ticking, 9);
    CheckpointStore store(64 << 10);
    Moment pinned;
    for (int i = 0; i < 100; ++i) {
        rig.machine->run({.moment = {rig.machine->moment().retired + 100, 0}});
        store.add(rig.machine->checkpoint());
        if (i == 10) store.pin(pinned = rig.machine->moment());
    }
    EXPECT_LE(store.bytes(), 64u << 10);
    auto const moments = store.moments();
    EXPECT_LT(moments.size(), 50u);
    EXPECT_EQ(moments.front(), (Moment{100, 0}));
    EXPECT_TRUE(store.has(pinned));
    EXPECT_TRUE(store.has(rig.machine->moment()));
    auto const spacing = store.spacing();
    EXPECT_EQ(spacing.kept, moments.size());
    EXPECT_TRUE(spacing.thinned);
    std::uint64_t widest = 0;
    for (std::size_t i = 1; i < moments.size(); ++i)
        widest = std::max(widest, moments[i].retired - moments[i - 1].retired);
    EXPECT_EQ(spacing.widest, widest);
    EXPECT_GT(widest, 100u);
    EXPECT_EQ(store.at_or_before({150, 0})->at, (Moment{100, 0}));
    EXPECT_EQ(store.at_or_before({99, 0}), nullptr);
}

TEST(Run, a_deadline_beyond_the_end_of_time_never_comes) {
    for (std::uint64_t const deadline : {UINT64_MAX, UINT64_MAX - 1, end_of_time_ns}) {
        Rig rig(Program{{Op::sti}, {Op::out, 0x10, 5}, {Op::hlt}, {Op::hlt}});
        rig.machine->run({.moment = {2, 0}});  // armed for 5 us
        rig.machine->arm(*rig.ticker, 0, deadline);
        RunResult const result = rig.machine->run({});
        EXPECT_EQ(result.stop, RunStop::halted);
        EXPECT_LT(rig.machine->virtual_ns(), 100u);
    }
    Rig rig(Program{{Op::sti}, {Op::hlt}, {Op::hlt}});
    rig.machine->arm(*rig.ticker, 0, end_of_time_ns - 1);
    rig.machine->run({.virtual_ns = 1'000'000});
    EXPECT_EQ(rig.machine->moment().retired, 2u);
    rig.machine->run({.moment = {2, 1}});
    EXPECT_EQ(rig.machine->virtual_ns(), end_of_time_ns - 1) << "the last moment of time";
}

TEST(CheckpointStore, gives_away_what_is_later_and_takes_it_back) {
    Rig rig(ticking, 9);
    CheckpointStore store;
    for (int i = 0; i < 10; ++i) {
        rig.machine->run({.moment = {rig.machine->moment().retired + 100, 0}});
        store.add(rig.machine->checkpoint());
    }
    auto const all = store.moments();
    std::uint64_t const bytes = store.bytes();
    CheckpointStore later = store.split_after({500, 0});
    EXPECT_EQ(store.moments().size(), 5u);
    EXPECT_EQ(later.moments().size(), 5u);
    EXPECT_EQ(later.at_or_before({600, 0})->at, (Moment{600, 0}));
    EXPECT_EQ(later.at_or_before({599, 0}), nullptr);
    EXPECT_EQ(store.bytes() + later.bytes(), bytes);
    store.add(later.at_or_before({700, 0}));  // known on both sides: once is enough
    store.join(later);
    EXPECT_EQ(store.moments(), all);
    store.set_budget(bytes / 2);
    EXPECT_LE(store.bytes(), bytes / 2);
    EXPECT_EQ(store.moments().front(), all.front());
}

}  // namespace
}  // namespace sim::machine
