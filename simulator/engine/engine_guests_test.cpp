// SPDX-License-Identifier: GPL-2.0-or-later
//
// One guest a subject: the TLB, devices, interrupts, ring 3,
// faults inside faults. The guests say what they do; the numbers here are what
// the manual wants.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulator/engine/test_board.hpp"
#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine::test {
namespace {

using testing::ElementsAre;
using Kind = BoardEvent::Kind;
constexpr std::uint64_t long_enough = 3'000'000;

// --- the TLB ---

std::vector<std::uint64_t> const tlb_results{0xAA,     0xAA,     0xAA,     0xBB, 0xAA, 0xAA,
                                             0xAA,     0xBB,     0xBC,     0xBC, 0xBD, 0x2A1007,
                                             0x2A1027, 0x2A1067, 0x2A1007, 0xDD, 0xDD, 0};

TEST(GuestTlb, is_stale_until_the_guest_flushes_it) {
    Board board("tlb");
    ASSERT_EQ(board.run(long_enough), StopReason::requested);
    EXPECT_EQ(results(board, 18), tlb_results);
    std::vector<FaultRecord> const log = board.log();
    ASSERT_EQ(log.size(), 1u);
    EXPECT_EQ(log[0].vector, 14u);
    EXPECT_EQ(log[0].error, 0x11u);
    EXPECT_EQ(log[0].rip, 0x310000u);
}

TEST(GuestTlb, is_the_same_when_the_host_flushes_after_every_instruction) {
    Board board("tlb");
    StopReason reason = StopReason::limit;
    board.run(23'000);
    while ((reason = board.run(board.cpu->retired() + 1)) == StopReason::limit) board.cpu->take_dirty_pages();
    ASSERT_EQ(reason, StopReason::requested);
    EXPECT_EQ(results(board, 18), tlb_results);
}

TEST(GuestTlb, goes_with_a_checkpoint) {
    Board board("tlb");
    for (std::uint64_t count = 23'000; count < 24'000; count += 7) {
        if (board.run(count) != StopReason::limit) break;
        Board other("tlb");
        board.copy_to(other);
        ASSERT_EQ(other.run(long_enough), StopReason::requested);
        EXPECT_EQ(results(other, 18), tlb_results) << "restored at " << count;
    }
}

// --- code that is mapped when it is fetched ---

std::vector<std::uint64_t> const demand_results{0x1111, 1, 0x2222, 1, 700, 0x1111, 1, 0x2222, 1, 700};

TEST(DemandPaging, code_runs_once_its_page_is_there) {
    Board board("demand");
    ASSERT_EQ(board.run(long_enough), StopReason::requested);
    EXPECT_EQ(results(board, 10), demand_results);
}

TEST(DemandPaging, is_so_on_the_stepper_too) {
    Board board("demand");
    StopReason reason = StopReason::limit;
    board.run(20'000);
    while ((reason = board.run(board.cpu->retired() + 1)) == StopReason::limit) {
    }
    ASSERT_EQ(reason, StopReason::requested);
    EXPECT_EQ(results(board, 10), demand_results);
}

// Every vector's handler lies on a page that is not there, and the stack is
// fresh each time: nothing is retired any more, so only the engine can end it.
TEST(NestedFaults, without_end_are_a_shutdown) {
    Board board("hopeless");
    EXPECT_EQ(board.run(long_enough), StopReason::shutdown);
}

TEST(NestedFaults, without_end_are_the_same_end_in_a_second_life) {
    Board board("hopeless");
    ASSERT_EQ(board.run(long_enough), StopReason::shutdown);
    std::uint64_t const end = board.cpu->retired(), hash = board.hash();
    for (std::uint64_t const before : {0u, 1u, 100u}) {
        Board kept("hopeless");
        kept.run(end - before);
        ASSERT_EQ(kept.cpu->retired(), end - before);
        kept.copy_to(board);
        ASSERT_EQ(board.run(long_enough), StopReason::shutdown);
        EXPECT_EQ(board.hash(), hash) << "from " << before << " instructions before the fault";
    }
}

// --- whose pages may be fetched from ---

void expect_smep_results(Board const& board) {
    EXPECT_EQ(results(board, 3), (std::vector<std::uint64_t>{100, 250, 100}));
    std::vector<std::pair<std::uint64_t, std::uint64_t>> faults;
    for (FaultRecord const& record : board.log()) faults.emplace_back(record.vector, record.error);
    ASSERT_THAT(faults, ElementsAre(std::pair{14u, 0x15u}, std::pair{14u, 0x5u}, std::pair{14u, 0x7u},
                                    std::pair{13u, 0u}, std::pair{12u, 0u}, std::pair{14u, 0x11u}));
    for (unsigned fetch : {0u, 5u}) EXPECT_EQ(board.log()[fetch].rip, board.log()[fetch].expected_rip);
}

TEST(Privilege, neither_ring_fetches_from_the_others_pages) {
    Board board("smep");
    ASSERT_EQ(board.run(long_enough), StopReason::requested);
    expect_smep_results(board);
}

TEST(Privilege, is_so_on_the_stepper_too) {
    Board board("smep");
    StopReason reason = StopReason::limit;
    board.run(20'000);
    while ((reason = board.run(board.cpu->retired() + 1)) == StopReason::limit) {
    }
    ASSERT_EQ(reason, StopReason::requested);
    expect_smep_results(board);
}

// --- devices ---

TEST(Devices, see_the_exact_count) {
    Board board("devices");
    ASSERT_EQ(board.run(long_enough), StopReason::requested);
    ASSERT_FALSE(board.events.empty());
    std::uint64_t const base = board.events.front().count;
    std::vector<std::pair<std::uint64_t, Kind>> seen;
    for (BoardEvent const& event : board.events) {
        std::pair<std::uint64_t, Kind> const what{event.count - base, event.kind};
        if (seen.empty() || seen.back() != what) seen.push_back(what);  // a wide access comes in parts
    }
    seen.pop_back();  // the exit
    EXPECT_THAT(seen, ElementsAre(std::pair{0u, Kind::time_stamp}, std::pair{2u, Kind::mmio_read},
                                  std::pair{3u, Kind::mmio_write}, std::pair{4u, Kind::mmio_read},
                                  std::pair{4u, Kind::mmio_write}, std::pair{6u, Kind::port_read},
                                  std::pair{7u, Kind::port_write}, std::pair{8u, Kind::mmio_read},
                                  std::pair{9u, Kind::mmio_write}, std::pair{10u, Kind::time_stamp},
                                  std::pair{11u, Kind::time_stamp}, std::pair{13u, Kind::mmio_read},
                                  std::pair{15u, Kind::mmio_read}, std::pair{16u, Kind::mmio_read},
                                  std::pair{17u, Kind::mmio_read}, std::pair{19u, Kind::mmio_read},
                                  std::pair{20u, Kind::mmio_read}, std::pair{20u, Kind::mmio_write},
                                  std::pair{22u, Kind::port_read}, std::pair{23u, Kind::port_write},
                                  std::pair{26u, Kind::port_write}, std::pair{27u, Kind::port_write},
                                  std::pair{29u, Kind::port_read}, std::pair{30u, Kind::time_stamp},
                                  std::pair{32u, Kind::port_read}, std::pair{34u, Kind::time_stamp}));
}

// --- interrupts ---

TEST(Interrupts, are_taken_at_the_right_instruction) {
    Board board("interrupts");
    board.interrupt_vector = 0x41;
    StopReason reason = board.run(long_enough);
    ASSERT_EQ(reason, StopReason::halted) << "HLT with interrupts off";
    EXPECT_EQ(board.run(long_enough), StopReason::halted) << "and it stays so";
    board.cpu->nmi();
    ASSERT_EQ(board.run(long_enough), StopReason::requested);
    EXPECT_EQ(results(board, 10), (std::vector<std::uint64_t>{1, 0, 0, 0, 0, 0, 0, 2, 3, 0}));
}

TEST(Interrupts, a_second_nmi_waits_for_the_iret_of_the_first) {
    Board board("speed");
    board.put(0x6D000, std::uint64_t{1});
    board.run(30'000);
    board.cpu->nmi();
    board.run(30'003);
    EXPECT_TRUE(board.cpu->state().nmi_blocked);
    board.cpu->nmi();
    board.run(30'200);
    std::vector<FaultRecord> const log = board.log();
    ASSERT_EQ(log.size(), 2u);
    EXPECT_EQ(log[0].vector, 2u);
    EXPECT_EQ(log[1].vector, 2u);
    EXPECT_EQ(log[0].rip, log[1].rip) << "taken right after the IRET";
}

TEST(Interrupts, arrive_at_exactly_their_count) {
    Board board("speed");
    board.put(0x6D000, std::uint64_t{1});
    for (std::uint64_t count = 30'000; count < 2'000'000; count += 1'237) board.timer.push_back(count);
    std::deque<std::uint64_t> const due = board.timer;
    board.run(1'990'000);
    std::size_t number = 0;
    for (BoardEvent const& event : board.events)
        if (event.kind == Kind::interrupt) {
            ASSERT_EQ(event.count, due.at(number++));
        }
    EXPECT_GT(number, 1'500u);
}

// --- ring 3 ---

TEST(Ring3, enters_and_leaves_by_every_way) {
    Board board("ring3");
    ASSERT_EQ(board.run(long_enough), StopReason::requested) << std::hex << board.cpu->state().rip;
    EXPECT_EQ(results(board, 11), (std::vector<std::uint64_t>{0x23, 0x1B, 0x1B, 0xC0F300, 1, 0x8C000,
                                                              board.result(6), 0x08, 0x1235, 0x08, 0x1B}));
    EXPECT_EQ(board.result(6) & 0x202, 0x202u) << "R11 of SYSCALL";
    std::vector<FaultRecord> const log = board.log();
    struct Expected {
        std::uint64_t vector, error;
    };
    std::vector<Expected> const expected{
        {14, 5}, {13, 0},   {13, 0},    {13, 0}, {13, 0}, {13, 0x402 - 0x200},
        {3, 0},  {0x51, 0}, {13, 0x10}, {14, 6}, {13, 0}, {13, 0}};
    ASSERT_EQ(log.size(), expected.size());
    for (std::size_t i = 0; i < log.size(); ++i) {
        EXPECT_EQ(log[i].vector, expected[i].vector) << "fault " << i + 1;
        EXPECT_EQ(log[i].error, expected[i].error) << "fault " << i + 1;
        EXPECT_EQ(log[i].cs, 0x23u) << "fault " << i + 1;
        EXPECT_EQ(log[i].ss, 0x1Bu) << "fault " << i + 1;
        EXPECT_EQ(log[i].rsp, 0x8C000u) << "fault " << i + 1;
        EXPECT_TRUE(!log[i].expected_rip || log[i].rip == log[i].expected_rip) << "fault " << i + 1;
    }
}

TEST(Ring3, interrupts_switch_to_the_kernel_stack_and_back) {
    Board straight("ring3");
    straight.run(long_enough);
    Board board("ring3");
    for (std::uint64_t count = 26'000; count < 40'000; count += 101) board.timer.push_back(count);
    ASSERT_EQ(board.run(long_enough), StopReason::requested);
    EXPECT_EQ(results(board, 10), results(straight, 10));
    EXPECT_EQ(board.log().size(), straight.log().size());
    EXPECT_GT(board.at<std::uint64_t>(0x6FF08), 3u);
}

// LAR and MOV ES read a table that ring 3 may not: the next instruction may not either.
TEST(Ring3, what_the_processor_reads_for_it_stays_the_kernels) {
    Board straight("ring3"), stepped("ring3");
    ASSERT_EQ(straight.run(long_enough), StopReason::requested);
    stepped.run(20'000);
    // Each instruction with empty TLBs in the engines, so that it has to ask.
    while (stepped.run(stepped.cpu->retired() + 1) == StopReason::limit) stepped.cpu->take_dirty_pages();
    EXPECT_EQ(results(stepped, 11), results(straight, 11));
    EXPECT_EQ(stepped.log(), straight.log());
    EXPECT_EQ(stepped.hash(), straight.hash());
}

TEST(Rings32, gates_of_32_bits_change_the_stack_and_iret_changes_it_back) {
    Board board("rings32");
    for (std::uint64_t count = 2'000; count < 8'000; count += 101) board.timer.push_back(count);
    ASSERT_EQ(board.run(long_enough), StopReason::shutdown) << "SS0 of the wrong privilege";
    EXPECT_FALSE(board.exit_status.has_value()) << "ESP of ring 3 is another after all that";
    struct Frame {
        std::uint32_t vector, error, eip, cs, eflags, esp, ss, own_esp;
    };
    struct Expected {
        std::uint32_t vector, error, resume;
    };
    std::vector<Expected> const expected{{0x50, 0, 0}, {0x50, 0, 0}, {0x51, 0, 0}, {13, 0x52 * 8 + 2, 1},
                                         {6, 0, 1},    {13, 0, 1},   {13, 8, 1},   {0, 0, 1}};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        auto const frame = board.at<Frame>(0x6E000 + i * sizeof(Frame));
        bool const inner = i > 0;
        EXPECT_EQ(frame.vector, expected[i].vector) << "event " << i + 1;
        EXPECT_EQ(frame.error, expected[i].error) << "event " << i + 1;
        EXPECT_EQ(frame.cs, inner ? 0x1Bu : 0x08u) << "event " << i + 1;
        EXPECT_EQ(frame.eflags >> 16 & 1, expected[i].resume) << "event " << i + 1;
        // The word of the vector, EAX, and what the processor pushed.
        unsigned const pushed = (inner ? 6 : 4) + 2;
        EXPECT_EQ(frame.own_esp, (inner ? 0x9C000u : 0x90000u) - 4 * pushed) << "event " << i + 1;
        if (!inner) continue;
        EXPECT_EQ(frame.esp, 0x8C000u) << "event " << i + 1;
        EXPECT_EQ(frame.ss, 0x23u) << "event " << i + 1;
    }
    EXPECT_GT(board.at<std::uint32_t>(0x6FF08), 20u) << "interrupts in ring 3";
}

// --- faults inside faults ---

TEST(NestedFaults, become_what_the_table_says) {
    Board board("nested");
    ASSERT_EQ(board.run(long_enough), StopReason::shutdown);
    EXPECT_EQ(board.result(0), 0x5Au);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> seen;
    for (FaultRecord const& record : board.log()) {
        seen.emplace_back(record.vector, record.error);
        EXPECT_EQ(record.rip, record.expected_rip);
    }
    EXPECT_THAT(seen, ElementsAre(std::pair{8u, 0u}, std::pair{8u, 0u}, std::pair{11u, 0x33u},
                                  std::pair{13u, 0x402u}, std::pair{13u, 0x11u}));
    EXPECT_EQ(board.run(long_enough), StopReason::shutdown) << "for good";
    Board other("nested");
    board.copy_to(other);
    EXPECT_EQ(other.run(long_enough), StopReason::shutdown) << "in a copy too";
}

// --- what was written ---

TEST(DirtyPages, miss_nothing) {
    Board board("workload");
    for (std::uint64_t count = 24'000; count < 40'000; count += 700) board.timer.push_back(count);
    std::vector<std::uint8_t> before(board.ram(), board.ram() + Board::ram_bytes);
    board.cpu->take_dirty_pages();
    for (std::uint64_t count = 0; count < 40'000; count += 900) {
        board.run(count);
        std::vector<std::uint64_t> const dirty = board.cpu->take_dirty_pages();
        for (std::uint64_t page = 0; page < Board::ram_bytes / 4096; ++page) {
            bool const changed = std::memcmp(&before[page * 4096], board.ram() + page * 4096, 4096) != 0;
            bool const reported = std::binary_search(dirty.begin(), dirty.end(), page);
            ASSERT_TRUE(!changed || reported) << "page " << page << " at count " << count;
        }
        EXPECT_LT(dirty.size(), 60u);
        before.assign(board.ram(), board.ram() + Board::ram_bytes);
    }
}

// --- observers ---

class Recorder : public Observer {
public:
    explicit Recorder(Board& board) : board_(board) {}
    bool on_address(VirtAddr address) override {
        EXPECT_EQ(board_.cpu->state().rip, address);
        addresses.emplace_back(board_.cpu->retired(), address);
        return stop;
    }
    bool on_memory(Access access, PhysAddr address, unsigned size, std::uint64_t value) override {
        memory.push_back({access, address, size, value});
        return stop;
    }
    void on_interrupt(std::uint8_t vector, bool, std::uint32_t, VirtAddr) override {
        vectors.push_back(vector);
    }
    struct Touch {
        Access access;
        PhysAddr address;
        unsigned size;
        std::uint64_t value;
        bool operator==(Touch const&) const = default;
    };
    std::vector<std::pair<std::uint64_t, VirtAddr>> addresses;
    std::vector<Touch> memory;
    std::vector<std::uint8_t> vectors;
    bool stop = false;

private:
    Board& board_;
};

TEST(Observers, stop_before_a_watched_address_and_go_on_from_it) {
    Board first("devices");
    first.run(long_enough);
    std::uint64_t const base = first.events.front().count;  // of the RDTSC that main begins with
    Board board("devices");
    board.run(base);
    VirtAddr const nop[] = {board.cpu->state().rip + 2};
    Board fresh("devices");
    Recorder stopping(fresh);
    fresh.cpu->set_observer(&stopping);
    stopping.stop = true;
    fresh.cpu->set_watched_addresses(nop);
    ASSERT_EQ(fresh.run(long_enough), StopReason::observer);
    ASSERT_EQ(stopping.addresses.size(), 1u);
    EXPECT_EQ(stopping.addresses[0].first, base + 1);
    EXPECT_EQ(fresh.cpu->retired(), base + 1);
    EXPECT_EQ(fresh.cpu->state().rip, nop[0]);
    ASSERT_EQ(fresh.run(long_enough), StopReason::requested) << "not asked twice at one moment";
    EXPECT_EQ(stopping.addresses.size(), 1u);
    EXPECT_EQ(fresh.events, first.events);
}

TEST(Observers, see_reads_and_writes_of_watched_memory) {
    Board board("code");
    add_dma(board);
    Recorder recorder(board);
    board.cpu->set_observer(&recorder);
    Cpu::MemoryRange const ranges[] = {{0x6E000, 24, true, true}, {0x284001, 4, false, true}};
    board.cpu->set_watched_memory(ranges);
    ASSERT_EQ(board.run(long_enough), StopReason::requested);
    using Touch = Recorder::Touch;
    ASSERT_GE(recorder.memory.size(), 6u);
    EXPECT_EQ(recorder.memory[0], (Touch{Access::write, 0x284001, 4, 1}));
    EXPECT_EQ(recorder.memory[1], (Touch{Access::write, 0x6E000, 8, 1}));
    EXPECT_EQ(recorder.memory[2], (Touch{Access::write, 0x284001, 4, 2}));
    EXPECT_EQ(recorder.memory[3], (Touch{Access::write, 0x6E008, 8, 2}));
    EXPECT_EQ(recorder.memory[4], (Touch{Access::write, 0x284001, 4, 3})) << "by its physical address";
    EXPECT_EQ(results(board, 15), (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10, 210, 0x1E00,
                                                              0x300, 0x1000 * 0x1001 / 2}))
        << "as if nobody looked";
}

TEST(Observers, are_told_of_every_vector) {
    Board board("nested");
    Recorder recorder(board);
    board.cpu->set_observer(&recorder);
    board.run(long_enough);
    EXPECT_THAT(recorder.vectors, ElementsAre(14, 8, 13, 8, 6, 11, 0x80, 13, 6, 13, 13, 8));
}

}  // namespace
}  // namespace sim::engine::test
