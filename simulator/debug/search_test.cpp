// SPDX-License-Identifier: GPL-2.0-or-later
//
// Searches over a machine whose processor is a script. The truth is found the
// slow way: one instruction and one happening at a time.
#include "simulator/debug/search.hpp"

#include <gtest/gtest.h>

#include <random>

#include "simulator/debug/ladder.hpp"
#include "tests/fakes/fake_cpu.hpp"
#include "tests/fakes/fake_interrupter.hpp"

namespace sim::debug {
namespace {

using fakes::Op;
using machine::Machine;
using machine::Moment;

// When its timer fires it writes its count to RAM at 0x6000.
class Clock final : public fakes::FakeInterrupter {
public:
    explicit Clock(Machine& machine) : FakeInterrupter(machine, "clock0") {}
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override { fields(*this, r); }
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("pending", self.pending_);
        visit("count", self.count_);
    }
    void on_timer(std::uint32_t) override {
        ++count_;
        raise();
        machine_.write_memory(*this, 0x6000, {&count_, 1});
    }
    void io_write(unsigned cpu, std::uint64_t port, unsigned size, std::uint64_t value) override {
        FakeInterrupter::io_write(cpu, port, size, value);
        auto const byte = static_cast<std::uint8_t>(value + count_);
        if (port == 1) machine_.write_memory(*this, 0x6010, {&byte, 1});  // DMA by an access
    }

private:
    std::uint8_t count_ = 0;
};

std::vector<Op> const program = {
    {Op::sti}, {Op::out, 0x10, 5}, {Op::add, 3}, {Op::store, 0x4000}, {Op::out, 0x11, 9},
    {Op::hlt}, {Op::jump, 1},      {Op::add, 7}, {Op::store, 0x5000}, {Op::interrupt_return},
};

std::unique_ptr<Machine> make_machine() {
    auto m = std::make_unique<Machine>(machine::MachineConfig{.memory_bytes = 1 << 20},
                                       fakes::fake_cpu(program, 7));
    Clock& clock = m->add<Clock>(*m);
    m->ports().map(0x10, 4, clock);
    m->attach_processor_interrupts(0, clock);
    m->set_checkpoint_interval(100);
    m->start();
    return m;
}

constexpr std::uint64_t places[] = {0x4000, 0x5000, 0x6000, 0x6010};
SearchWatch const everything{{},
                             {{0x4000, 8, false, true}, {0x5000, 8, false, true}, {0x6000, 32, false, true}}};

std::vector<std::uint8_t> watched_bytes(Machine& m) {
    std::vector<std::uint8_t> all;
    for (std::uint64_t place : places) {
        std::array<std::uint8_t, 16> bytes;
        m.peek(place, bytes);
        all.insert(all.end(), bytes.begin(), bytes.end());
    }
    return all;
}

// The first moments at which the bytes are new.
std::vector<Moment> changes_the_slow_way(Moment end) {
    auto const m = make_machine();
    std::vector<Moment> changes;
    auto before = watched_bytes(*m);
    while (m->moment() < end) {
        m->run({.moment = {m->moment().retired + 1, 0}, .happenings = 1});
        auto const now = watched_bytes(*m);
        if (now != before) changes.push_back(m->moment());
        before = now;
    }
    return changes;
}

struct Collector : SearchListener {
    std::vector<MemoryEvent> events;
    std::vector<Moment> rests, addresses;
    bool rest = false;
    std::size_t most = SIZE_MAX;
    bool on_memory(MemoryEvent const& e) override { return events.push_back(e), events.size() >= most; }
    bool on_address(Moment at, unsigned, engine::VirtAddr) override {
        return addresses.push_back(at), addresses.size() >= most;
    }
    bool wants_rest() const override { return rest; }
    bool on_rest(Moment after) override { return rests.push_back(after), false; }
};

TEST(Search, tells_every_writer_at_its_moment_and_leaves_no_trace) {
    Moment const end{2000, 0};
    auto const expected = changes_the_slow_way(end);
    ASSERT_GT(expected.size(), 500u);
    auto const m = make_machine();
    m->run({.moment = end});
    auto const hash = m->hash();
    Collector told;
    {
        Search search(*m);
        search.watch(everything);
        EXPECT_EQ(search.run({{}, end}, told), SearchOutcome::complete);
    }
    EXPECT_EQ(m->moment(), end);
    EXPECT_EQ(m->hash(), hash);
    std::vector<Moment> after;
    bool device = false, device_in_access = false;
    for (MemoryEvent const& e : told.events) {
        if (after.empty() || after.back() != e.after) after.push_back(e.after);
        device |= e.writer == Writer::device && e.address == 0x6000 && e.after.sub > 0;
        device_in_access |= e.writer == Writer::device && e.address == 0x6010 && e.after.sub == 0;
    }
    EXPECT_EQ(after, expected);
    EXPECT_TRUE(device);
    EXPECT_TRUE(device_in_access);
}

TEST(Search, rests_right_after_each_write) {
    Moment const end{600, 0};
    auto const expected = changes_the_slow_way(end);
    auto const m = make_machine();
    m->run({.moment = end});
    Collector told;
    told.rest = true;
    Search search(*m);
    search.watch(everything);
    search.run({{}, end}, told);
    EXPECT_EQ(told.rests, expected);
}

TEST(Search, goes_back_stretch_by_stretch_and_the_stretches_make_the_whole) {
    Moment const end{9'000, 0};
    auto const expected = changes_the_slow_way(end);
    auto const m = make_machine();
    m->run({.moment = end});
    Search search(*m);
    search.watch(everything);
    Collector told;
    std::vector<Interval> stretches;
    std::vector<MemoryEvent> all;
    auto const outcome = search.back({{}, end}, told, [&](Interval stretch) {
        EXPECT_EQ(stretch.to, stretches.empty() ? end : stretches.back().from);
        stretches.push_back(stretch);
        all.insert(all.begin(), told.events.begin(), told.events.end());
        told.events.clear();
        return false;
    });
    EXPECT_EQ(outcome, SearchOutcome::complete);
    EXPECT_EQ(stretches.back().from, Moment{});
    EXPECT_GT(stretches.size(), 1u);
    std::vector<Moment> after;
    for (MemoryEvent const& e : all)
        if (after.empty() || after.back() != e.after) after.push_back(e.after);
    EXPECT_EQ(after, expected);
}

TEST(Search, finds_a_poke_and_stops_when_told) {
    auto const m = make_machine();
    m->run({.moment = {100, 0}});
    Moment const poked = m->moment();
    m->give({"memory", machine::InputKind::poke, {0x00, 0x50, 0, 0, 0, 0, 0, 0, 42}});
    m->run({.moment = {300, 0}});
    Collector told;
    Search search(*m);
    search.watch({{}, {{0x5000, 1, false, true}}});
    search.run({poked, {poked.retired + 1, 0}}, told);
    ASSERT_EQ(told.events.size(), 1u);
    EXPECT_EQ(told.events[0].writer, Writer::person);
    EXPECT_EQ(told.events[0].value, 42u);
    EXPECT_EQ(told.events[0].at, poked);
    EXPECT_EQ(told.events[0].after, (Moment{poked.retired, poked.sub + 1}));
    Collector first;
    first.most = 1;
    EXPECT_EQ(search.run({poked, {300, 0}}, first), SearchOutcome::stopped);
    EXPECT_EQ(search.reached(), told.events[0].after);
}

// Op 0 once, at 16 one in a thousand instructions, the rest in a loop at 64.
std::vector<Op> rare_and_common() {
    std::vector<Op> ops(64, {Op::nop});
    ops[0] = {Op::jump, 64};
    ops[20] = {Op::jump, 64};
    for (int n = 0; n < 2'000; ++n) ops.push_back({Op::add, 1});
    ops.push_back({Op::jump, 16});
    return ops;
}

TEST(Search, does_not_run_again_what_cannot_contain_the_answer) {
    Machine m(machine::MachineConfig{.memory_bytes = 1 << 20}, fakes::fake_cpu(rare_and_common(), 0));
    m.set_checkpoint_interval(100);
    m.start();
    m.run({.moment = {50'000, 0}});
    struct Last final : SearchListener {
        std::vector<engine::VirtAddr> only;
        std::optional<Moment> at;
        bool on_address(Moment moment, unsigned, engine::VirtAddr) override { return at = moment, false; }
        std::span<engine::VirtAddr const> only_at() const override { return only; }
    };
    std::mt19937_64 random(4);
    for (engine::VirtAddr const address : {0u, 16u, 17u, 40u, 64u, 1'000u}) {
        for (int i = 0; i < 8; ++i) {
            Moment const end{random() % 50'000, 0};
            std::optional<Moment> found[2];
            std::uint64_t rerun[2] = {0, 0};
            for (bool const skipping : {false, true}) {
                Last last;
                if (skipping) last.only = {address};
                Search search(m);
                search.watch({{address}, {}});
                search.back({{}, end}, last, [&](Interval stretch) {
                    rerun[skipping] += stretch.to.retired - stretch.from.retired;
                    return last.at.has_value();
                });
                found[skipping] = last.at;
            }
            ASSERT_EQ(found[0], found[1]) << address << " before " << to_string(end);
            if (address < 64) {
                EXPECT_LE(rerun[1], 2'048u + 200) << address << " before " << to_string(end);
            }
        }
    }
    // A thinned store knows the same of longer stretches.
    m.checkpoints().set_budget(m.checkpoints().bytes() / 4);
    engine::VirtAddr const never = 40, often = 64 + 500;
    EXPECT_EQ(m.checkpoints().without({&never, 1}, {40'000, 0}), Moment{});
    EXPECT_GT(m.checkpoints().without({&often, 1}, {40'050, 0}), (Moment{37'000, 0}));
}

TEST(Search, can_be_cancelled_and_tells_its_progress) {
    auto const m = make_machine();
    m->run({.moment = {20'000, 0}});
    auto const hash = m->hash();
    int asked = 0;
    double last = 0;
    {
        Search search(*m, {[&] { return ++asked > 3; }, [&](double share, Moment) { last = share; }});
        search.watch({{}, {}, true});
        Collector told;
        EXPECT_EQ(search.back({{}, {20'000, 0}}, told, [](Interval) { return false; }),
                  SearchOutcome::cancelled);
    }
    EXPECT_GT(last, 0);
    EXPECT_LT(last, 1);
    EXPECT_EQ(m->hash(), hash);
}

TEST(Ladder, any_order_of_moments_gives_the_same_machine) {
    auto const straight = make_machine(), climbed = make_machine();
    Ladder ladder(*climbed);
    std::mt19937_64 random(9);
    climbed->run({.moment = {400'000, 0}});
    for (int i = 0; i < 40; ++i) {
        Moment const target{random() % 400'000, random() % 2};
        ladder.go(target);
        straight->seek(target);
        ASSERT_EQ(climbed->moment(), straight->moment());
        ASSERT_EQ(climbed->hash(), straight->hash());
        EXPECT_LE(ladder.size(), Ladder::most);
    }
    ladder.forget_after({1000, 0});
    EXPECT_LE(ladder.size(), 3u);
}

}  // namespace
}  // namespace sim::debug
