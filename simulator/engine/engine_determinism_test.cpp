// SPDX-License-Identifier: GPL-2.0-or-later
//
// Nothing that the guest can observe depends on where a run stops, on what a
// processor did before, or on who watches.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <random>

#include "simulator/engine/test_board.hpp"
#include "simulator/engine/uncounted.hpp"
#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine::test {
namespace {

constexpr std::uint64_t for_ever = 10'000'000;

std::deque<std::uint64_t> ticks() {
    std::deque<std::uint64_t> at;
    std::mt19937_64 random(7);
    for (std::uint64_t count = 24'000; count < 80'000; count += 300 + random() % 700) at.push_back(count);
    return at;
}

// The last is no watching: each instruction by itself.
enum class Watching { nothing, addresses, memory, tables, trace, one_by_one };

// Looks and never stops.
class Watcher : public Observer {
public:
    bool on_address(VirtAddr) override { return ++addresses, false; }
    bool on_memory(Access, PhysAddr, unsigned, std::uint64_t) override { return ++accesses, false; }
    bool on_table_write(PhysAddr) override { return ++table_writes, false; }
    bool on_instruction(VirtAddr) override { return ++instructions, false; }
    unsigned addresses = 0, accesses = 0, table_writes = 0, instructions = 0;
};

void watch(Board& board, Watching what, Watcher& watcher) {
    board.cpu->set_observer(&watcher);
    if (what == Watching::addresses) {
        std::vector<VirtAddr> every_third;
        for (VirtAddr at = 0x1012A0; at < 0x102000; at += 3) every_third.push_back(at);
        board.cpu->set_watched_addresses(every_third);
    } else if (what == Watching::memory) {
        Cpu::MemoryRange const ranges[] = {
            {0x6E000, 8, true, true}, {0x280100, 600, true, false}, {0x8FF00, 0x100, false, true}};
        board.cpu->set_watched_memory(ranges);
    } else if (what == Watching::tables) {
        Cpu::MemoryRange const tables[] = {{0x10000, 0x10000, false, true}};
        board.cpu->set_watched_memory(tables);
    }
    board.cpu->set_trace(what == Watching::trace);
    if (what == Watching::one_by_one) static_cast<UnicornCpu&>(*board.cpu).take_one_by_one();
}

struct Reference {
    std::uint64_t end, hash;
    std::vector<BoardEvent> events;
    std::map<std::uint64_t, std::uint64_t> hashes;  // at some counts
};

Reference const& reference() {
    static Reference const once = [] {
        Board board("workload");
        board.timer = ticks();
        EXPECT_EQ(board.run(for_ever), StopReason::requested);
        Reference result{board.cpu->retired(), board.hash(), board.events, {}};
        EXPECT_EQ(board.exit_status, 0u);
        Board stopping("workload");
        stopping.timer = ticks();
        std::mt19937_64 random(1);
        for (std::uint64_t count = 0; count < result.end; count += random() % 400) {
            stopping.run(count);
            result.hashes[count] = stopping.hash();
        }
        EXPECT_GT(result.end, 30'000u);
        EXPECT_GT(std::count_if(result.events.begin(), result.events.end(),
                                [](BoardEvent const& e) { return e.kind == BoardEvent::Kind::interrupt; }),
                  10);
        return result;
    }();
    return once;
}

class Determinism : public testing::TestWithParam<Watching> {};

TEST_P(Determinism, a_run_restored_a_thousand_times_is_the_straight_run) {
    Reference const& straight = reference();
    std::mt19937_64 random(static_cast<unsigned>(GetParam()) + 11);
    auto board = std::make_unique<Board>("workload"), spare = std::make_unique<Board>("workload");
    Watcher watcher;
    watch(*board, GetParam(), watcher);
    watch(*spare, GetParam(), watcher);
    board->timer = ticks();
    std::vector<std::uint64_t> stops;
    for (unsigned i = 0; i < 1'000; ++i) stops.push_back(random() % straight.end);
    for (auto const& [count, hash] : straight.hashes) stops.push_back(count);
    std::sort(stops.begin(), stops.end());
    unsigned number = 0;
    for (std::uint64_t stop : stops) {
        board->run(stop);
        ASSERT_EQ(board->cpu->retired(), stop);
        if (auto known = straight.hashes.find(stop); known != straight.hashes.end()) {
            ASSERT_EQ(board->hash(), known->second) << "differs first at or before count " << stop << ", rip "
                                                    << std::hex << board->cpu->state().rip;
        }
        if (++number % 100 == 0) {  // now and then a processor without a past
            spare = std::make_unique<Board>("workload");
            watch(*spare, GetParam(), watcher);
        }
        board->copy_to(*spare);
        std::swap(board, spare);
    }
    EXPECT_EQ(board->run(for_ever), StopReason::requested);
    EXPECT_EQ(board->cpu->retired(), straight.end);
    EXPECT_EQ(board->hash(), straight.hash);
    EXPECT_EQ(board->events, straight.events);
    EXPECT_TRUE(GetParam() != Watching::addresses || watcher.addresses > 1'000);
    EXPECT_TRUE(GetParam() != Watching::memory || watcher.accesses > 1'000);
    EXPECT_TRUE(GetParam() != Watching::tables || watcher.table_writes > 5);
    EXPECT_TRUE(GetParam() != Watching::trace || watcher.instructions >= straight.end);
}

INSTANTIATE_TEST_SUITE_P(InEveryMode, Determinism,
                         testing::Values(Watching::nothing, Watching::addresses, Watching::memory,
                                         Watching::tables, Watching::trace, Watching::one_by_one));

// Told with the right count: the bytes differ after that instruction and not before.
TEST(Observing, each_write_of_the_page_walker_is_told_at_its_instruction) {
    struct Writes : Observer {
        Board* board = nullptr;
        std::map<std::uint64_t, unsigned> at;  // count: how many
        bool on_table_write(PhysAddr) override { return ++at[board->cpu->retired()], false; }
        bool on_memory(Access, PhysAddr, unsigned, std::uint64_t) override {
            return ++at[board->cpu->retired()], false;
        }
    };
    for (char const* guest : {"workload", "tlb", "ring3"}) {
        Board watched(guest), stepped(guest);
        for (Board* board : {&watched, &stepped}) board->timer = ticks();
        Writes writes;
        writes.board = &watched;
        watched.cpu->set_observer(&writes);
        Cpu::MemoryRange const tables[] = {{0x10000, 0x10000, false, true}};
        watched.cpu->set_watched_memory(tables);
        watched.run(40'000);
        std::vector<std::uint8_t> before(stepped.ram() + 0x10000, stepped.ram() + 0x20000);
        unsigned changes = 0;
        while (stepped.cpu->retired() < watched.cpu->retired()) {
            std::uint64_t const count = stepped.cpu->retired();
            if (stepped.run(count + 1) != StopReason::limit) break;
            if (std::equal(before.begin(), before.end(), stepped.ram() + 0x10000)) continue;
            before.assign(stepped.ram() + 0x10000, stepped.ram() + 0x20000);
            ++changes;
            EXPECT_TRUE(writes.at.contains(count)) << guest << ": changed by the instruction after " << count;
        }
        EXPECT_GT(changes, 3u) << guest;
    }
}

TEST(Observing, a_trace_names_every_instruction) {
    struct Trace : Observer {
        Board* board = nullptr;
        std::map<std::uint64_t, VirtAddr> at;
        bool on_instruction(VirtAddr rip) override { return at[board->cpu->retired()] = rip, false; }
    };
    Board traced("workload"), stepped("workload");
    for (Board* board : {&traced, &stepped}) board->timer = ticks();
    Trace trace;
    trace.board = &traced;
    traced.cpu->set_observer(&trace);
    traced.cpu->set_trace(true);
    traced.run(40'000);
    ASSERT_EQ(trace.at.size(), 40'000u);
    // Where no interrupt or fault comes between, it is where a stopped run stands.
    unsigned same = 0;
    for (std::uint64_t count = 0; count < 40'000; ++count) {
        same += trace.at[count] == stepped.cpu->state().rip;
        stepped.run(count + 1);
    }
    EXPECT_GT(same, 39'900u);
}

TEST(Observing, a_run_stops_before_the_instruction_or_after_the_write_that_the_observer_chose) {
    struct Stop : Observer {
        Board* board = nullptr;
        std::uint64_t instruction = 0, writes_left = 0, wrote_at = 0;
        bool on_instruction(VirtAddr) override { return board->cpu->retired() == instruction; }
        bool on_memory(Access access, PhysAddr, unsigned, std::uint64_t) override {
            if (access != Access::write || writes_left == 0 || --writes_left != 0) return false;
            wrote_at = board->cpu->retired();
            return true;
        }
    };
    Board board("workload"), straight("workload");
    for (Board* each : {&board, &straight}) each->timer = ticks();
    Stop stop;
    stop.board = &board;
    stop.instruction = 30'001;
    board.cpu->set_observer(&stop);
    board.cpu->set_trace(true);
    EXPECT_EQ(board.run(for_ever), StopReason::observer);
    EXPECT_EQ(board.cpu->retired(), 30'001u);
    straight.run(30'001);
    EXPECT_EQ(board.hash(), straight.hash());
    board.cpu->set_trace(false);
    Cpu::MemoryRange const stack[] = {{0x8FF00, 0x100, false, true}};
    board.cpu->set_watched_memory(stack);
    stop.writes_left = 5;
    EXPECT_EQ(board.run(for_ever), StopReason::observer);
    EXPECT_EQ(board.cpu->retired(), stop.wrote_at + 1);
    straight.run(stop.wrote_at + 1);
    EXPECT_EQ(board.hash(), straight.hash());
}

TEST(Determinism, taking_dirty_pages_at_any_moment_is_invisible) {
    Reference const& straight = reference();
    Board board("workload");
    board.timer = ticks();
    std::mt19937_64 random(5);
    for (std::uint64_t count = 0; count < straight.end; count += random() % 200) {
        board.run(count);
        board.cpu->take_dirty_pages();
    }
    board.run(for_ever);
    EXPECT_EQ(board.hash(), straight.hash);
    EXPECT_EQ(board.events, straight.events);
}

// The harshest chopping: one instruction at a time, every engine TLB empty.
class EveryGuest : public testing::TestWithParam<char const*> {};

TEST_P(EveryGuest, is_the_same_stepped_with_a_flush_after_each_instruction) {
    Board straight(GetParam()), stepped(GetParam());
    for (Board* board : {&straight, &stepped}) {
        board->timer = ticks();
        board->put(0x6D000, std::uint64_t{1});
        board->on_device_write = [board](std::uint64_t address, std::uint64_t value) {
            if (address == Board::device + 0x40) board->put(0x284001, static_cast<std::uint8_t>(value));
        };
    }
    straight.run(200'000);
    while (stepped.cpu->retired() < straight.cpu->retired()) {
        if (stepped.run(stepped.cpu->retired() + 1) != StopReason::limit) break;
        stepped.cpu->take_dirty_pages();
    }
    EXPECT_EQ(stepped.cpu->retired(), straight.cpu->retired());
    EXPECT_EQ(stepped.events, straight.events);
    EXPECT_EQ(stepped.log(), straight.log());
    EXPECT_EQ(stepped.hash(), straight.hash());
}

INSTANTIATE_TEST_SUITE_P(Of, EveryGuest,
                         testing::Values("code", "devices", "faults", "nested", "ring3", "rings32", "speed",
                                         "tlb", "trapping", "workload"));

// --- interruptions ---

// A guest writes to the device, and a signal arrives: from then on run() has
// to come back, however the guest is busy, and nothing of it shows.
class Interruption : public testing::TestWithParam<char const*> {};

TEST_P(Interruption, ends_a_run_soon_and_leaves_no_trace) {
    Board straight(GetParam()), board(GetParam());
    std::atomic<bool> flag{false};
    board.cpu->set_interruption(&flag);
    std::uint64_t raised_at = 0;
    unsigned writes = 0;
    for (Board* each : {&straight, &board}) each->timer = ticks();
    board.on_device_write = [&](std::uint64_t, std::uint64_t) {
        if (++writes % 3) return;
        flag = true;
        raised_at = board.cpu->retired();
    };
    StopReason const end = straight.run(60'000);
    unsigned interruptions = 0;
    StopReason reason = StopReason::limit;
    while ((reason = board.run(60'000)) == StopReason::interrupted) {
        ++interruptions;
        ASSERT_LE(board.cpu->retired(), raised_at + 10);
        flag = false;
    }
    EXPECT_EQ(reason, end);
    EXPECT_GT(interruptions, 0u);
    EXPECT_EQ(board.events, straight.events);
    EXPECT_EQ(board.hash(), straight.hash());
}

INSTANTIATE_TEST_SUITE_P(Of, Interruption, testing::Values("devices", "trapping", "workload"));

// The flag is up all the time: one step at a time then, at least.
TEST(Interruptions, do_nothing_while_it_is_up) {
    Board board("trapping");
    std::atomic<bool> flag{true};
    board.cpu->set_interruption(&flag);
    EXPECT_EQ(board.run(for_ever), StopReason::interrupted);
    EXPECT_EQ(board.cpu->retired(), 0u);
}

// Otherwise its speed would say nothing.
TEST(Uncounted, does_what_the_counted_run_does) {
    Board counted("speed"), uncounted("speed");
    for (Board* board : {&counted, &uncounted}) {
        board->put(0x6D000, std::uint64_t{1});
        board->run(100'000);
    }
    CpuState const end = run_uncounted({{0, {uncounted.ram(), Board::ram_bytes}}}, uncounted.cpu->state());
    EXPECT_EQ(counted.run(for_ever), StopReason::limit);
    EXPECT_EQ(counted.run(10 * for_ever), StopReason::requested);
    CpuState const after = counted.cpu->state();
    EXPECT_EQ(end.gpr, after.gpr);
    EXPECT_EQ(end.rflags, after.rflags);
    EXPECT_TRUE(std::equal(uncounted.ram(), uncounted.ram() + Board::ram_bytes, counted.ram()));
}

TEST(Interrupts, sti_hlt_never_loses_a_wake_up) {
    Board board("timers");
    std::mt19937_64 random(3);
    for (std::uint64_t count = 23'000; count < 60'000; count += 31 + random() % 50)
        board.timer.push_back(count);
    EXPECT_EQ(board.run(for_ever), StopReason::requested);
    EXPECT_EQ(board.exit_status, 0u);
}

}  // namespace
}  // namespace sim::engine::test
