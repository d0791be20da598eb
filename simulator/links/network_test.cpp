// SPDX-License-Identifier: GPL-2.0-or-later
//
// The network with small machines: a processor that runs a script, and a card
// that sends a frame when it is told to and counts what it gets.
#include "simulator/links/network.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <thread>
#include <utility>

#include "tests/fakes/fake_cpu.hpp"

namespace sim::links {
namespace {

using fakes::Op;
using machine::Machine;

class Card final : public machine::Device, public machine::IoHandler {
public:
    Card(Machine& machine, std::uint8_t own) : Device("net0"), machine_(machine), own_(own) {}
    void reset() override {}
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override { fields(*this, r); }
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("got", self.got);
        visit("when", self.when);
        visit("sent", self.sent_);
    }
    void on_input(machine::InputKind, std::span<std::uint8_t const> bytes) override {
        got.push_back(static_cast<std::uint16_t>(bytes[11] << 8 | bytes[14]));
        when.push_back(machine_.now());
    }
    std::uint64_t io_read(unsigned, std::uint64_t, unsigned) override { return got.size(); }
    void io_write(unsigned, std::uint64_t, unsigned, std::uint64_t to) override {
        std::vector<std::uint8_t> frame(60, 0);
        frame[5] = static_cast<std::uint8_t>(to);
        if (to == 0xFF) std::fill_n(frame.begin(), 6, std::uint8_t{0xFF});
        frame[11] = own_;
        frame[14] = ++sent_;
        machine_.output(*this, machine::OutputKind::frame, frame);
    }
    // Sender and number of each frame.
    std::vector<std::uint16_t> got;
    std::vector<std::uint64_t> when;

private:
    Machine& machine_;
    std::uint8_t own_, sent_ = 0;
};

// Sends to the given addresses, a few instructions apart, for ever.
struct Box {
    std::unique_ptr<Machine> machine;
    Card* card;
    Box(std::uint8_t own, std::vector<std::uint8_t> const& to, unsigned pause) {
        std::vector<Op> program;
        for (std::uint8_t const one : to) {
            program.push_back({Op::out, 0x10, one});
            for (unsigned i = 0; i < pause; ++i) program.push_back({Op::add, 1});
        }
        program.push_back({Op::add, 1});
        program.push_back({Op::jump, 0});
        machine = std::make_unique<Machine>(machine::MachineConfig{.memory_bytes = 1 << 20},
                                            fakes::fake_cpu(program, 0));
        card = &machine->add<Card>(*machine, own);
        machine->ports().map(0x10, 1, *card);
        machine->start();
    }
};

struct Rig {
    Box a{1, {2, 3}, 9'000}, b{2, {1, 0xFF}, 11'000}, c{3, {}, 10};
    std::unique_ptr<Network> network;

    explicit Rig(char const* properties = "delay=100us", std::uint64_t seed = 1, bool other_order = false,
                 std::vector<char const*> const& faults = {}) {
        network = std::make_unique<Network>(seed);
        LinkProperties const p = parse_properties(properties);
        if (other_order) {
            network->add_switch("s");
            network->add_machine("c", *c.machine);
            network->add_machine("b", *b.machine);
            network->add_machine("a", *a.machine);
            network->add_link("a-s", "a", "s", p);
            network->add_link("c-s", "c", "s", p);
            network->add_link("b-s", "b", "s", p);
        } else {
            network->add_machine("a", *a.machine);
            network->add_machine("b", *b.machine);
            network->add_machine("c", *c.machine);
            network->add_switch("s");
            network->add_link("b-s", "b", "s", p);
            network->add_link("a-s", "a", "s", p);
            network->add_link("c-s", "c", "s", p);
        }
        for (char const* const text : faults) network->add_fault(parse_fault_line(text));
    }
};

constexpr std::uint64_t ms = 1'000'000;

TEST(Network, frames_arrive_after_the_latency_of_their_way) {
    Rig rig;
    rig.network->run_until(2 * ms);
    ASSERT_FALSE(rig.b.card->got.empty());
    EXPECT_EQ(rig.b.card->got[0], 0x0101);  // from a, its first
    // Sent at 0 (the first instruction), 100 us to the switch, 100 us on; taken
    // at the end of a slice.
    EXPECT_GE(rig.b.card->when[0], 200'000u);
    EXPECT_LE(rig.b.card->when[0], 300'000u);
    // Frames to a known address go nowhere else: c hears broadcasts, its own, and
    // what came before the switch knew.
    unsigned for_others = 0;
    for (std::uint16_t const frame : rig.c.card->got) for_others += frame >> 8 == 2 && frame % 2 == 1;
    EXPECT_LE(for_others, 1u);
    EXPECT_GT(rig.c.card->got.size(), 20u);
}

TEST(Network, neither_order_of_listing_nor_stops_change_the_history) {
    for (char const* properties : {"delay=100us", "delay=50us,jitter=80us,loss=10%,duplicate=5%,reorder=5%",
                                   "delay=70us,rate=5M,queue=4,burst=1%/5"}) {
        Rig one(properties), other(properties, 1, true), stopped(properties);
        one.network->run_until(4 * ms);
        other.network->run_until(4 * ms);
        for (std::uint64_t t = 0; t < 4 * ms; t += 133'333) stopped.network->run_until(t);
        stopped.network->run_until(4 * ms);
        EXPECT_EQ(one.network->hash(), other.network->hash()) << properties;
        EXPECT_EQ(one.network->hash(), stopped.network->hash()) << properties;
        EXPECT_EQ(one.a.card->got, other.a.card->got);
        EXPECT_FALSE(one.a.card->got.empty());
    }
}

TEST(Network, another_seed_is_another_history) {
    Rig one("delay=100us,loss=20%", 1), other("delay=100us,loss=20%", 2);
    one.network->run_until(4 * ms);
    other.network->run_until(4 * ms);
    EXPECT_NE(one.b.card->got, other.b.card->got);
    std::uint64_t sent = 0, lost = 0;
    for (auto const& lane : one.network->statistics()) {
        sent += lane.sent;
        lost += lane.lost;
    }
    EXPECT_GT(lost, sent / 10);
    EXPECT_LT(lost, sent / 3);
}

TEST(Network, faults_hit_the_frame_that_they_name_and_no_other) {
    Rig plain, faulty("delay=100us", 1, false, {"drop frame 3 from a"});
    plain.network->run_until(5 * ms);
    faulty.network->run_until(5 * ms);
    auto expected = plain.b.card->got;
    auto const third = std::find(expected.begin(), expected.end(), 0x0103);
    ASSERT_NE(third, expected.end());
    expected.erase(third);  // only this one: the numbers wrap
    EXPECT_EQ(faulty.b.card->got, expected);
    Rig apart("delay=100us", 1, false, {"partition a s from 1ms to 2ms"});
    apart.network->run_until(5 * ms);
    EXPECT_LT(apart.b.card->got.size(), plain.b.card->got.size());
    EXPECT_EQ(apart.c.card->got.size() < plain.c.card->got.size(), true);
}

TEST(Network, a_checkpoint_holds_the_whole_world) {
    char const* const properties = "delay=100us,jitter=300us,loss=5%,rate=5M";
    Rig rig(properties, 4, false, {"drop frame 9"});
    rig.network->run_until(2 * ms + 12'345);
    auto const saved = rig.network->checkpoint();
    std::uint64_t const then = rig.network->hash();
    rig.network->run_until(6 * ms);
    std::uint64_t const later = rig.network->hash();
    rig.network->restore(saved);
    EXPECT_EQ(rig.network->hash(), then);
    rig.network->run_until(6 * ms);
    EXPECT_EQ(rig.network->hash(), later);
    Rig other(properties, 4, true, {"drop frame 9"});
    other.network->restore(saved);
    other.network->run_until(6 * ms);
    EXPECT_EQ(other.network->hash(), later);
}

TEST(Network, the_past_can_be_visited_and_the_edge_goes_on) {
    Rig rig("delay=100us,loss=5%"), straight("delay=100us,loss=5%");
    for (Box* const box : {&rig.a, &rig.b, &rig.c}) box->machine->set_checkpoint_interval(100'000);
    straight.network->run_until(2 * ms);
    auto const then = straight.a.card->got;
    straight.network->run_until(5 * ms);
    rig.network->run_until(4 * ms);
    rig.network->go_to(2 * ms);
    EXPECT_EQ(rig.a.card->got, then);
    EXPECT_EQ(rig.a.machine->virtual_ns(), 2 * ms);
    rig.network->run_until(5 * ms);
    EXPECT_EQ(rig.network->hash(), straight.network->hash());
}

TEST(Network, assembly_is_checked) {
    Box a(1, {}, 1), b(2, {}, 1);
    Network network(1);
    network.add_machine("a", *a.machine);
    network.add_machine("b", *b.machine);
    EXPECT_THROW(network.add_switch("a"), std::runtime_error);
    EXPECT_THROW(network.add_link("l", "a", "x", {}), std::runtime_error);
    EXPECT_THROW(network.add_link("l", "a", "a", {}), std::runtime_error);
    network.add_link("l", "a", "b", {});
    EXPECT_THROW(network.add_link("l", "a", "b", {}), std::runtime_error);
    EXPECT_THROW(network.add_link("m", "a", "b", {}), std::runtime_error);
}

// A broadcast in a loop would multiply until memory is full.
TEST(Network, loops_and_links_without_delay_are_refused) {
    Network network(1);
    for (char const* name : {"s", "t", "u"}) network.add_switch(name);
    network.add_link("st", "s", "t", {});
    network.add_link("tu", "t", "u", {});
    EXPECT_THROW(network.add_link("us", "u", "s", {}), std::runtime_error);
    EXPECT_THROW(network.add_link("again", "t", "s", {}), std::runtime_error);
    network.add_switch("v");
    EXPECT_THROW(network.add_link("uv", "u", "v", {.delay_ns = 0}), std::runtime_error);
    EXPECT_THROW(network.add_link("uv", "u", "v", {.delay_ns = 999}), std::runtime_error);
    network.add_link("uv", "u", "v", {.delay_ns = least_delay_ns});
}

// The world's own sleepers: who waits for a frame is told from who waits for a timer.
TEST(Network, a_machine_that_nothing_of_its_own_will_wake_is_known) {
    Box a(1, {2, 2}, 50'000);
    std::vector<Op> const program = {{Op::sti}, {Op::hlt}, {Op::jump, 1}};
    Machine sleeper({.memory_bytes = 1 << 20}, fakes::fake_cpu(program, 0));
    sleeper.add<Card>(sleeper, 2);
    sleeper.start();
    Network network(1);
    network.add_machine("a", *a.machine);
    network.add_machine("b", sleeper);
    network.add_link("wire", "a", "b", {});
    network.run_until(1'000);
    EXPECT_EQ(network.result_of("b").stop, machine::RunStop::halted);
    EXPECT_EQ(network.result_of("a").stop, machine::RunStop::reached);
    network.run_until(100'000);  // the first frame is under way to it
    EXPECT_FALSE(network.silent());
    network.run_until(120'000);
    EXPECT_EQ(network.result_of("b").stop, machine::RunStop::reached) << "the next one is on its way";
}

// A link of half a minute: whoever asks to stop is heard long before.
TEST(Network, long_latencies_do_not_keep_anybody_waiting) {
    Rig rig("delay=30s");
    unsigned asked = 0;
    EXPECT_FALSE(rig.network->run_until(20'000 * ms, [&] { return ++asked == 1; }));
    EXPECT_LE(rig.network->now_ns(), 10 * ms);
    EXPECT_LE(rig.network->window_ns(), 10 * ms);
}

// Two frames reach a sleeper at one nanosecond, at which somebody else acts.
TEST(Network, a_frame_that_arrives_at_this_very_moment_is_not_lost_when_somebody_acts) {
    bool between = false;
    for (std::uint64_t t = 149'990; t <= 150'010; ++t) {
        Box a(1, {2, 2}, 50'000);
        std::vector<Op> const program = {{Op::sti}, {Op::hlt}, {Op::jump, 1}};
        Machine sleeper({.memory_bytes = 1 << 20}, fakes::fake_cpu(program, 0));
        Card& card = sleeper.add<Card>(sleeper, 2);
        sleeper.start();
        Network network(1);
        network.add_machine("a", *a.machine);
        network.add_machine("b", sleeper);
        network.add_link("wire", "a", "b", parse_properties("delay=100us,duplicate=100%"));
        network.run_until(t);
        auto const got = [&](std::uint16_t frame) {
            return std::count(card.got.begin(), card.got.end(), frame);
        };
        between |= got(0x0102) == 1;
        network.give("b", {"net0", machine::InputKind::frame, std::vector<std::uint8_t>(60)});
        network.run_until(180'000);
        EXPECT_EQ(got(0x0101), 2) << t;
        EXPECT_EQ(got(0x0102), 2) << t;
        EXPECT_EQ(got(0), 1) << t;
    }
    EXPECT_TRUE(between) << "the test proves nothing";
}

// Two machines that talk through a switch, and a third link whose delay, the
// shortest of all, decides the window: nobody sends on it.
TEST(Network, frames_are_counted_in_the_order_of_time_whatever_the_window) {
    auto const history = [](std::uint64_t shortest_ns, std::vector<std::uint64_t>& times) {
        Rig rig("delay=100us", 1, false, {"drop frame 5", "drop frame 9", "delay frame 14 300us"});
        rig.network->add_switch("far");
        rig.network->add_link("idle", "far", "s", {.delay_ns = shortest_ns});
        rig.network->set_tap(
            [&](std::string const&, bool, std::uint64_t now_ns, auto, auto) { times.push_back(now_ns); });
        rig.network->run_until(3 * ms);
        return std::pair(rig.a.card->got, rig.b.card->got);
    };
    std::vector<std::uint64_t> wide, narrow;
    EXPECT_EQ(history(100'000, wide), history(10'000, narrow));
    EXPECT_TRUE(std::is_sorted(wide.begin(), wide.end()));
    EXPECT_TRUE(std::is_sorted(narrow.begin(), narrow.end()));
    EXPECT_GT(wide.size(), 100u);
}

TEST(Network, a_restore_forgets_how_the_last_run_ended) {
    std::vector<Op> const program = {{Op::add, 1}, {Op::add, 1}, {Op::fault}};
    Machine machine({.memory_bytes = 1 << 20}, fakes::fake_cpu(program, 0));
    machine.start();
    Network network(1);
    network.add_machine("a", machine);
    auto const saved = network.checkpoint();
    network.run_until(ms);
    EXPECT_EQ(network.result_of("a").stop, machine::RunStop::shutdown);
    network.restore(saved);
    EXPECT_EQ(network.result_of("a").stop, machine::RunStop::reached);
    network.run_until(ms);
    EXPECT_EQ(network.result_of("a").stop, machine::RunStop::shutdown);
    network.go_to(0);
    EXPECT_EQ(network.result_of("a").stop, machine::RunStop::reached);
}

TEST(Network, the_whole_world_goes_back_with_the_frames_under_way) {
    char const* const properties = "delay=100us,jitter=300us,loss=5%,rate=5M";
    Rig rig(properties, 4, false, {"drop frame 9"});
    rig.network->set_checkpoint_interval(500'000);
    std::uint64_t sent = 0;
    rig.network->set_tap([&](auto const&...) { ++sent; });
    std::map<std::uint64_t, std::uint64_t> hashes;
    for (std::uint64_t t : {700'000, 1'234'567, 2'000'000, 3'333'333, 5'000'000}) {
        rig.network->run_until(t);
        hashes[t] = rig.network->hash();
    }
    std::uint64_t const sent_then = sent;
    EXPECT_GT(rig.network->checkpoints(), 5u);
    for (std::uint64_t t : {3'333'333, 700'000, 2'000'000, 1'234'567, 5'000'000}) {
        EXPECT_TRUE(rig.network->go_to(t));
        EXPECT_EQ(rig.network->now_ns(), t);
        EXPECT_EQ(rig.network->hash(), hashes[t]) << t;
    }
    EXPECT_EQ(sent, sent_then) << "what was sent once is told once";
    EXPECT_TRUE(rig.network->live());
    // Many of them: bounded.
    rig.network->set_checkpoint_interval(1);
    rig.network->go_to(0);
    rig.network->run_until(12 * ms);
    EXPECT_LE(rig.network->checkpoints(), 65u);
}

TEST(Network, a_fault_in_the_past_begins_another_future_and_the_log_repeats_it) {
    Rig rig, again;
    rig.network->run_until(5 * ms);
    std::uint64_t const peace = rig.network->hash();
    rig.network->go_to(2 * ms + 50'000);
    EXPECT_FALSE(rig.network->live());
    rig.network->give_fault(parse_fault_line("drop frame 3 from a"));
    EXPECT_TRUE(rig.network->live());
    rig.network->give("b", {"clock", machine::InputKind::stall, {0x40, 0x42, 0x0F, 0, 0, 0, 0, 0}});  // 1 ms
    rig.network->run_until(5 * ms);
    std::uint64_t const trouble = rig.network->hash();
    EXPECT_NE(trouble, peace);
    EXPECT_EQ(rig.network->log().inputs.size(), 2u);
    again.network->set_log(rig.network->log());
    again.network->run_until(5 * ms);
    EXPECT_EQ(again.network->hash(), trouble);
    rig.network->go_to(2 * ms);
    rig.network->go_to(5 * ms);
    EXPECT_EQ(rig.network->hash(), trouble);
}

// What a runner gives at these times: to its machine, on the way.
using Due = std::vector<std::pair<std::uint64_t, machine::Arrival>>;
void give_when_due(Network& network, std::string const& name, Machine& machine, Due due) {
    std::reverse(due.begin(), due.end());
    network.set_runner(name, [&network, name, &machine, due](machine::RunLimit const& limit) mutable {
        for (;;) {
            machine::RunLimit part = limit;
            if (!due.empty()) part.virtual_ns = std::min(limit.virtual_ns, due.back().first);
            machine::RunResult const result = machine.run(part);
            if (due.empty() || machine.virtual_ns() < due.back().first) return result;
            network.give_on_the_way(name, due.back().second, due.back().first);
            due.pop_back();
        }
    });
}
machine::Arrival const a_millisecond_lost{
    "clock", machine::InputKind::stall, {0x40, 0x42, 0x0F, 0, 0, 0, 0, 0}};
machine::Arrival const a_frame{"net0", machine::InputKind::frame, Frame(60)};

// Readers of a recording refuse a log that is not.
TEST(Network, the_log_is_in_order_although_a_machine_has_lost_time) {
    Rig rig, again;
    give_when_due(*rig.network, "b", *rig.b.machine, {{50'000, a_millisecond_lost}, {60'000, a_frame}});
    rig.network->run_until(200'000);
    auto const before_the_end = [&] {
        auto const& log = rig.network->log();
        return std::all_of(log.inputs.begin(), log.inputs.end(),
                           [&](WorldInput const& one) { return one.at_ns <= log.edge_ns; });
    };
    EXPECT_EQ(rig.network->log().inputs.size(), 2u);
    EXPECT_TRUE(before_the_end());
    rig.network->give_fault(parse_fault_line("drop frame 3 from a"));
    rig.network->give("a", a_frame);
    std::uint64_t const early = rig.network->hash();
    rig.network->run_until(3 * ms);
    auto const& inputs = rig.network->log().inputs;
    ASSERT_EQ(inputs.size(), 4u);
    EXPECT_TRUE(std::is_sorted(inputs.begin(), inputs.end(),
                               [](auto const& a, auto const& b) { return a.at_ns < b.at_ns; }));
    EXPECT_TRUE(before_the_end());
    EXPECT_EQ(std::count(rig.b.card->when.begin(), rig.b.card->when.end(), 1'050'000u), 1);
    again.network->set_log(rig.network->log());
    again.network->run_until(3 * ms);
    EXPECT_EQ(again.network->hash(), rig.network->hash());
    again.network->go_to(200'000);
    again.network->go_to(3 * ms);
    EXPECT_EQ(again.network->hash(), rig.network->hash());
    EXPECT_NE(early, rig.network->hash());
}

TEST(Network, an_input_with_a_moment_waits_for_it_although_its_machine_is_interrupted) {
    WorldLog log;
    log.inputs = {{ms, "b", "net0", machine::InputKind::frame, Frame(60), machine::Moment{ms + 1, 0}}};
    log.edge_ns = 2 * ms;
    Rig straight, interrupted;
    straight.network->set_log(log);
    EXPECT_TRUE(straight.network->run_until(2 * ms));
    EXPECT_EQ(std::count(straight.b.card->when.begin(), straight.b.card->when.end(), ms + 1), 1);
    interrupted.network->set_log(log);
    bool raised = false;
    EXPECT_FALSE(interrupted.network->run_until(2 * ms, [&] {
        if (interrupted.network->now_ns() == ms && !std::exchange(raised, true))
            interrupted.b.machine->interrupt();
        return false;
    }));
    EXPECT_EQ(interrupted.network->now_ns(), ms);
    EXPECT_TRUE(interrupted.network->run_until(2 * ms));
    EXPECT_EQ(interrupted.network->hash(), straight.network->hash());
}

// In a window of 10 ms more is sent than may be under way.
TEST(Network, what_is_too_much_for_a_window_is_counted_as_lost) {
    Box a(1, {2, 2, 2, 2}, 0), b(2, {}, 10);
    Network network(1);
    network.add_machine("a", *a.machine);
    network.add_machine("b", *b.machine);
    network.add_link("wire", "a", "b", parse_properties("delay=20ms"));
    constexpr std::uint64_t most = most_under_way_bytes / weight_of_frame(60);
    auto const forth = [&] {
        for (auto const& lane : network.statistics())
            if (lane.name == "wire:a>b") return lane;
        return Network::LaneStatistics{};
    };
    // Four frames in six instructions.
    auto const sent_until = [](std::uint64_t ns) { return ns / 6 * 4 + std::min<std::uint64_t>(ns % 6, 4); };
    network.run_until(250'000);
    auto const saved = network.checkpoint();
    std::uint64_t const then = network.hash();
    EXPECT_EQ(forth().lost, sent_until(250'000) - most);
    network.run_until(300'000);
    EXPECT_EQ(forth().lost, sent_until(300'000) - most);
    EXPECT_NE(network.hash(), then);
    network.restore(saved);
    EXPECT_EQ(forth().lost, sent_until(250'000) - most);
    EXPECT_EQ(network.hash(), then);
}

// Why a machine sleeps: what its run said counts, and nobody is promised a frame that
// could wake it with interrupts off.
TEST(Network, the_reason_for_sleep_is_the_right_one) {
    std::vector<Op> const open = {{Op::sti}, {Op::hlt}, {Op::jump, 1}}, deaf = {{Op::hlt}, {Op::jump, 0}};
    Machine one({.memory_bytes = 1 << 20}, fakes::fake_cpu(open, 0)),
        other({.memory_bytes = 1 << 20}, fakes::fake_cpu(deaf, 0)),
        told({.memory_bytes = 1 << 20}, fakes::fake_cpu(open, 0));
    Network network(1);
    for (auto const& [name, machine] : {std::pair("one", &one), {"other", &other}, {"told", &told}}) {
        machine->start();
        network.add_machine(name, *machine);
    }
    network.set_runner("told", [&](machine::RunLimit const& limit) {
        machine::RunResult result = told.run(limit);
        if (result.stop == machine::RunStop::reached) result.message = "waits for its runner";
        return result;
    });
    // Time that is lost, so that the machines are there before their processors are asked.
    for (char const* const name : {"one", "other", "told"}) {
        network.run_until(1'000);
        network.give(name, a_millisecond_lost);
    }
    network.run_until(2'000);
    for (char const* const name : {"one", "other", "told"})
        EXPECT_EQ(network.result_of(name).stop, machine::RunStop::halted) << name;
    EXPECT_NE(network.result_of("one").message.find("only a frame could wake it"), std::string::npos);
    EXPECT_NE(network.result_of("other").message.find("nothing can wake it"), std::string::npos);
    EXPECT_EQ(network.result_of("told").message, "waits for its runner");
}

// The other end of an uplink: sends a frame now and then, by the host's clock.
struct FakeHost final : Link {
    explicit FakeHost(std::vector<Frame>& got) : got_(got) {}
    void send(std::span<std::uint8_t const> frame) override { got_.emplace_back(frame.begin(), frame.end()); }
    std::optional<Frame> receive() override {
        if (++asked_ % 3 != 0) return std::nullopt;
        Frame frame(60, 0);
        frame[5] = 3;  // to c
        frame[11] = 9;
        frame[14] = ++sent_;
        return frame;
    }
    bool wait(std::chrono::nanoseconds at_most) override {
        std::this_thread::sleep_for(at_most);
        return false;
    }
    void wake() override {}
    std::vector<Frame>& got_;
    std::uint8_t sent_ = 0;
    unsigned asked_ = 0;
};

TEST(Network, what_an_uplink_gave_is_logged_and_lived_again_without_it) {
    std::vector<Frame> to_host;
    Rig rig("delay=100us,loss=5%"), again("delay=100us,loss=5%");
    rig.network->add_uplink("net", std::make_unique<FakeHost>(to_host));
    rig.network->add_link("net-s", "net", "s", {.delay_ns = 200'000});
    auto const before = std::chrono::steady_clock::now();
    rig.network->run_until(6 * ms);
    // Paced: not ahead of the host by more than what is too short to sleep for.
    EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(5));
    std::uint64_t const hash = rig.network->hash();
    EXPECT_GT(rig.network->log().inputs.size(), 10u);
    EXPECT_GT(
        std::count_if(rig.c.card->got.begin(), rig.c.card->got.end(), [](auto f) { return f >> 8 == 9; }), 5);
    EXPECT_FALSE(to_host.empty()) << "broadcasts";

    std::size_t const told = to_host.size();
    rig.network->go_to(3 * ms);
    rig.network->go_to(6 * ms);
    EXPECT_EQ(rig.network->hash(), hash);
    EXPECT_EQ(to_host.size(), told) << "the host hears it once";

    again.network->add_uplink("net", nullptr);
    again.network->add_link("net-s", "net", "s", {.delay_ns = 200'000});
    again.network->set_log(rig.network->log());
    again.network->run_until(6 * ms);
    EXPECT_EQ(again.network->hash(), hash);
}

}  // namespace
}  // namespace sim::links
