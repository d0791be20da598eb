// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/local_apic.hpp"

#include <gtest/gtest.h>

#include "simulator/devices/message.hpp"
#include "tests/fakes/fake_board.hpp"

namespace sim::devices {
namespace {

using fakes::FakeBoard;

constexpr unsigned id = 0x20, tpr = 0x80, ppr = 0xA0, eoi = 0xB0, svr = 0xF0, isr = 0x100, irr = 0x200,
                   esr = 0x280, icr_low = 0x300, icr_high = 0x310, lvt_timer = 0x320, lvt_lint0 = 0x350,
                   initial = 0x380, current = 0x390, divide = 0x3E0;

struct Rig {
    FakeBoard board;
    LocalApic apic{board, 0};
    ApicBus bus;
    std::vector<std::uint8_t> finished;

    Rig() {
        bus.add(apic);
        apic.on_interprocessor([this](std::uint64_t icr) { bus.send(apic, icr); });
        apic.on_end_of_interrupt([this](std::uint8_t v) { finished.push_back(v); });
        write(svr, 0x1FF);
    }
    void write(unsigned offset, std::uint32_t value) { apic.io_write(0, offset, 4, value); }
    std::uint32_t read(unsigned offset) { return static_cast<std::uint32_t>(apic.io_read(0, offset, 4)); }
    void use_x2apic() { EXPECT_TRUE(apic.msr_write(0x1B, 0xFEE00D00)); }
};

TEST(LocalApic, the_most_urgent_goes_first_and_holds_back_its_class) {
    Rig rig;
    rig.apic.deliver(LocalApic::fixed, 0x31, false);
    rig.apic.deliver(LocalApic::fixed, 0x52, false);
    EXPECT_TRUE(rig.board.line);
    EXPECT_EQ(rig.apic.acknowledge(), 0x52);
    EXPECT_FALSE(rig.board.line);  // 0x31 waits
    rig.apic.deliver(LocalApic::fixed, 0x5F, false);
    EXPECT_FALSE(rig.board.line);  // the same class does not nest
    rig.apic.deliver(LocalApic::fixed, 0x61, false);
    EXPECT_TRUE(rig.board.line);
    EXPECT_EQ(rig.apic.acknowledge(), 0x61);
    EXPECT_EQ(rig.read(ppr), 0x60u);
    rig.write(eoi, 0);
    rig.write(eoi, 0);
    EXPECT_EQ(rig.apic.acknowledge(), 0x5F);
    rig.write(eoi, 0);
    EXPECT_EQ(rig.apic.acknowledge(), 0x31);
}

TEST(LocalApic, a_vector_out_of_nowhere_is_delivered_like_any_other) {
    Rig rig;
    std::uint8_t const vector = 0x45;
    rig.apic.on_input(machine::InputKind::interrupt, {&vector, 1});
    EXPECT_TRUE(rig.board.line);
    EXPECT_EQ(rig.apic.acknowledge(), 0x45);
}

TEST(LocalApic, the_second_request_of_a_vector_is_lost_and_only_that) {
    Rig rig;
    std::vector<std::uint8_t> const second_of_0x31 = {0x31, 0, 2, 0, 0, 0, 0, 0, 0, 0};
    rig.apic.on_input(machine::InputKind::lose, second_of_0x31);
    auto const arrives = [&](std::uint8_t vector) {
        rig.apic.deliver(LocalApic::fixed, vector, false);
        bool const asked = rig.apic.pending();
        if (asked) {
            EXPECT_EQ(rig.apic.acknowledge(), vector);
            rig.write(eoi, 0);
        }
        return asked;
    };
    EXPECT_TRUE(arrives(0x31));
    EXPECT_TRUE(arrives(0x52));
    EXPECT_FALSE(arrives(0x31));
    EXPECT_TRUE(arrives(0x31));
}

TEST(LocalApic, a_lost_tick_of_the_timer_does_not_stop_the_timer) {
    Rig rig;
    std::vector<std::uint8_t> const first_tick = {0, 1, 1, 0, 0, 0, 0, 0, 0, 0};
    rig.apic.on_input(machine::InputKind::lose, first_tick);
    rig.write(lvt_timer, 0x2'0040);  // periodic
    rig.apic.on_timer(0);
    EXPECT_FALSE(rig.apic.pending());
    rig.apic.on_timer(0);
    EXPECT_TRUE(rig.apic.pending());
}

std::vector<std::uint8_t> late(std::uint16_t source, std::uint64_t number, std::uint64_t ns) {
    std::vector<std::uint8_t> bytes;
    for (auto const& [value, size] : {std::pair<std::uint64_t, unsigned>{source, 2}, {number, 8}, {ns, 8}})
        for (unsigned i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return bytes;
}

TEST(LocalApic, the_second_request_of_a_vector_comes_late_and_only_that) {
    Rig rig;
    rig.apic.on_input(machine::InputKind::late, late(0x31, 2, 500));
    auto const taken = [&] {
        bool const asked = rig.apic.pending();
        if (asked) rig.apic.acknowledge(), rig.write(eoi, 0);
        return asked;
    };
    rig.apic.deliver(LocalApic::fixed, 0x31, false);
    EXPECT_TRUE(taken());
    rig.apic.deliver(LocalApic::fixed, 0x31, false);
    EXPECT_FALSE(taken());
    rig.board.advance(499);
    EXPECT_FALSE(taken());
    rig.apic.deliver(LocalApic::fixed, 0x31, false);
    EXPECT_TRUE(taken()) << "the third is not held up";
    // What waits is part of the state.
    Rig other;
    other.apic.on_input(machine::InputKind::late, late(0x52, 7, 9));
    fakes::expect_round_trip(rig.apic, other.apic, other.board);
    rig.board.advance(1);
    EXPECT_TRUE(taken());
    EXPECT_FALSE(taken());
}

TEST(LocalApic, a_late_tick_of_the_timer_comes_late_and_the_timer_goes_on) {
    Rig rig;
    rig.apic.on_input(machine::InputKind::late, late(machine::lost_timer, 1, 30));
    rig.write(divide, 0b1011);       // by one
    rig.write(lvt_timer, 0x2'0040);  // periodic
    rig.write(initial, 100);
    rig.board.advance_to(129);
    EXPECT_FALSE(rig.apic.pending());
    rig.board.advance_to(130);
    EXPECT_TRUE(rig.apic.pending());
    EXPECT_EQ(rig.apic.acknowledge(), 0x40);
    rig.write(eoi, 0);
    rig.board.advance_to(200);
    EXPECT_TRUE(rig.apic.pending()) << "the second tick is in time";
}

TEST(LocalApic, impossible_delays_and_timers_do_no_harm) {
    Rig rig;
    for (unsigned i = 0; i < 9; ++i) rig.apic.on_input(machine::InputKind::late, late(0x31, 1, UINT64_MAX));
    rig.apic.on_input(machine::InputKind::late, {});
    rig.apic.deliver(LocalApic::fixed, 0x31, false);
    for (unsigned timer = 1; timer < 9; ++timer) rig.apic.on_timer(timer);
    EXPECT_FALSE(rig.board.reports.empty());
}

// A tick with a reserved vector is an error when it is due, never a request.
TEST(LocalApic, a_late_tick_with_a_reserved_vector_is_an_error_and_no_interrupt) {
    Rig rig;
    rig.apic.on_input(machine::InputKind::late, late(machine::lost_timer, 1, 30));
    rig.write(divide, 0b1011);
    rig.write(lvt_timer, 0x0'0005);  // one shot
    rig.write(initial, 100);
    rig.board.advance_to(100);
    rig.write(esr, 0);
    EXPECT_EQ(rig.read(esr), 0x40u);  // illegal vector received
    rig.board.advance_to(200);
    EXPECT_EQ(rig.read(irr), 0u);
    EXPECT_FALSE(rig.apic.pending());
    // It was none that could be late: the next real one is.
    rig.write(lvt_timer, 0x0'0040);
    rig.write(initial, 100);
    rig.board.advance_to(329);
    EXPECT_FALSE(rig.apic.pending());
    rig.board.advance_to(330);
    EXPECT_TRUE(rig.apic.pending());
}

// What would come after the end of time never comes, and holds no place for ever.
TEST(LocalApic, a_delay_beyond_the_end_of_time_is_a_loss) {
    Rig rig;
    for (unsigned i = 0; i < 20; ++i) {
        rig.apic.on_input(machine::InputKind::late, late(0x31, 1, machine::end_of_time_ns));
        rig.apic.deliver(LocalApic::fixed, 0x31, false);
        EXPECT_FALSE(rig.apic.pending());
    }
    EXPECT_TRUE(rig.board.reports.empty());
    EXPECT_FALSE(rig.board.events.first());
    rig.apic.deliver(LocalApic::fixed, 0x31, false);
    EXPECT_TRUE(rig.apic.pending());
}

TEST(LocalApic, the_task_priority_holds_back_its_class_and_below) {
    Rig rig;
    rig.write(tpr, 0x50);
    EXPECT_EQ(rig.apic.task_priority(), 5u);
    rig.apic.deliver(LocalApic::fixed, 0x5F, false);
    EXPECT_FALSE(rig.board.line);
    rig.apic.set_task_priority(4);
    EXPECT_TRUE(rig.board.line);
    EXPECT_EQ(rig.read(tpr), 0x40u);
}

TEST(LocalApic, an_acknowledge_with_nothing_left_is_spurious) {
    Rig rig;
    EXPECT_EQ(rig.apic.acknowledge(), 0xFF);
    EXPECT_EQ(rig.read(isr + 0x70), 0u);
}

TEST(LocalApic, switched_off_by_software_it_takes_nothing) {
    Rig rig;
    rig.write(svr, 0xFF);
    rig.apic.deliver(LocalApic::fixed, 0x40, false);
    EXPECT_FALSE(rig.board.line);
    rig.write(lvt_timer, 0x40);
    EXPECT_EQ(rig.read(lvt_timer), 0x10040u);
}

TEST(LocalApic, one_shot_counts_down_once) {
    Rig rig;
    rig.write(divide, 0x3);  // by 16
    rig.write(lvt_timer, 0x40);
    rig.write(initial, 1000);
    rig.board.advance(8000);
    EXPECT_EQ(rig.read(current), 500u);
    rig.board.advance(7999);
    EXPECT_FALSE(rig.board.line);
    rig.board.advance(1);
    EXPECT_TRUE(rig.board.line);
    EXPECT_EQ(rig.read(current), 0u);
    EXPECT_EQ(rig.apic.acknowledge(), 0x40);
    rig.write(eoi, 0);
    rig.board.advance(1'000'000);
    EXPECT_FALSE(rig.board.line);
}

TEST(LocalApic, periodic_does_not_drift_and_writing_zero_stops_it) {
    Rig rig;
    rig.write(divide, 0xB);  // by 1
    rig.write(lvt_timer, 0x20040);
    rig.write(initial, 1000);
    for (int i = 1; i <= 5; ++i) {
        rig.board.advance_to(static_cast<std::uint64_t>(i) * 1000 + 10);
        EXPECT_EQ(rig.apic.acknowledge(), 0x40) << i;
        rig.write(eoi, 0);
        EXPECT_EQ(rig.read(current), 990u);
    }
    rig.write(initial, 0);
    rig.board.advance(10'000);
    EXPECT_FALSE(rig.board.line);
}

TEST(LocalApic, a_masked_timer_counts_and_says_nothing) {
    Rig rig;
    rig.write(divide, 0xB);
    rig.write(lvt_timer, 0x10040);
    rig.write(initial, 100);
    rig.board.advance(50);
    EXPECT_EQ(rig.read(current), 50u);
    rig.board.advance(100);
    EXPECT_FALSE(rig.board.line);
    EXPECT_EQ(rig.read(irr + 0x20), 0u);
}

TEST(LocalApic, a_new_divisor_goes_on_from_the_present_count) {
    Rig rig;
    rig.write(divide, 0xB);
    rig.write(lvt_timer, 0x40);
    rig.write(initial, 1000);
    rig.board.advance(400);
    rig.write(divide, 0x0);  // by 2
    EXPECT_EQ(rig.read(current), 600u);
    rig.board.advance(1199);
    EXPECT_FALSE(rig.board.line);
    rig.board.advance(1);
    EXPECT_TRUE(rig.board.line);
}

TEST(LocalApic, tsc_deadline_fires_at_the_deadline_and_disarms) {
    Rig rig;
    EXPECT_TRUE(rig.apic.msr_write(0x6E0, 500));
    EXPECT_EQ(rig.apic.msr_read(0x6E0), 0u);  // not in that mode: ignored
    rig.write(lvt_timer, 0x40040);
    rig.apic.msr_write(0x6E0, 500);
    EXPECT_EQ(rig.apic.msr_read(0x6E0), 500u);
    rig.board.advance_to(499);
    EXPECT_FALSE(rig.board.line);
    rig.board.advance_to(500);
    EXPECT_TRUE(rig.board.line);
    EXPECT_EQ(rig.apic.msr_read(0x6E0), 0u);
    rig.apic.acknowledge();
    rig.write(eoi, 0);
    rig.apic.msr_write(0x6E0, 900);
    rig.write(lvt_timer, 0x40);  // leaving the mode disarms
    rig.board.advance_to(2000);
    EXPECT_FALSE(rig.board.line);
}

TEST(LocalApic, an_interrupt_to_oneself_by_both_faces) {
    Rig rig;
    rig.write(icr_high, 0);
    rig.write(icr_low, 0x40);
    EXPECT_EQ(rig.apic.acknowledge(), 0x40);
    rig.write(eoi, 0);
    rig.use_x2apic();
    EXPECT_TRUE(rig.apic.msr_write(0x83F, 0x41));
    EXPECT_EQ(rig.apic.acknowledge(), 0x41);
    EXPECT_TRUE(rig.apic.msr_write(0x80B, 0));
    EXPECT_TRUE(rig.apic.msr_write(0x830, 0x42));  // destination 0: us
    EXPECT_EQ(rig.apic.acknowledge(), 0x42);
}

TEST(LocalApic, x2apic_refuses_what_the_manual_forbids) {
    Rig rig;
    EXPECT_FALSE(rig.apic.msr_read(0x802));              // not in that mode yet
    EXPECT_FALSE(rig.apic.msr_write(0x1B, 0xFEE00400));  // x2APIC without enable
    rig.use_x2apic();
    EXPECT_EQ(rig.apic.msr_read(0x802), 0u);
    EXPECT_FALSE(rig.apic.msr_write(0x1B, 0xFEE00900));  // back to xAPIC
    EXPECT_FALSE(rig.apic.msr_write(0x80B, 1));          // EOI with a value
    EXPECT_FALSE(rig.apic.msr_write(0x802, 1));          // read-only
    EXPECT_FALSE(rig.apic.msr_read(0x80E));              // no DFR
    EXPECT_FALSE(rig.apic.msr_write(0x838, 1ull << 32));
    EXPECT_EQ(rig.read(id), 0xFFFFFFFFu);  // the memory face is closed
}

TEST(LocalApic, illegal_vectors_and_registers_are_errors) {
    Rig rig;
    rig.write(icr_low, 0x05);
    rig.read(0x3F0);
    rig.write(esr, 0);
    EXPECT_EQ(rig.read(esr), 0xA0u);
    rig.write(esr, 0);
    EXPECT_EQ(rig.read(esr), 0u);
}

TEST(LocalApic, only_level_triggered_ones_tell_the_ioapic_at_their_end) {
    Rig rig;
    rig.apic.deliver(LocalApic::fixed, 0x40, false);
    rig.apic.acknowledge();
    rig.write(eoi, 0);
    EXPECT_TRUE(rig.finished.empty());
    rig.apic.deliver(LocalApic::fixed, 0x40, true);
    rig.apic.acknowledge();
    rig.write(eoi, 0);
    EXPECT_EQ(rig.finished, std::vector<std::uint8_t>{0x40});
    rig.write(eoi, 0);  // one too many: nothing
}

TEST(LocalApic, logical_destinations_flat_and_clustered) {
    Rig rig;
    rig.write(0xD0, 0x02000000);
    EXPECT_TRUE(rig.apic.addressed_by(0x03, true));
    EXPECT_FALSE(rig.apic.addressed_by(0x04, true));
    EXPECT_TRUE(rig.apic.addressed_by(0xFF, false));
    EXPECT_FALSE(rig.apic.addressed_by(1, false));
    rig.write(0xE0, 0x0FFFFFFF);
    rig.write(0xD0, 0x21000000);
    EXPECT_TRUE(rig.apic.addressed_by(0x23, true));
    EXPECT_FALSE(rig.apic.addressed_by(0x13, true));
}

TEST(LocalApic, odd_accesses_are_answered_and_reported) {
    Rig rig;
    EXPECT_EQ(rig.apic.io_read(0, 0x32, 4), 0u);
    rig.apic.io_write(0, 0x81, 4, 0xFF);
    EXPECT_EQ(rig.read(tpr), 0u);
    EXPECT_EQ(rig.board.reports.size(), 2u);
}

TEST(LocalApic, saves_and_loads_with_interrupts_and_timer_under_way) {
    Rig rig;
    rig.write(divide, 0xB);
    rig.write(lvt_timer, 0x20040);
    rig.write(initial, 1000);
    rig.board.advance(1500);
    rig.apic.deliver(LocalApic::fixed, 0x60, true);
    rig.apic.acknowledge();
    rig.apic.deliver(LocalApic::fixed, 0x70, false);
    Rig other;
    other.write(tpr, 0xF0);
    expect_round_trip(rig.apic, other.apic, other.board);
    EXPECT_TRUE(other.apic.pending());
    other.board.now_ns = rig.board.now_ns;
    EXPECT_EQ(other.read(current), rig.read(current));
    EXPECT_EQ(other.apic.acknowledge(), 0x70);
    LocalApic fresh(other.board, 0);
    other.apic.reset();
    EXPECT_EQ(other.apic.hash(), fresh.hash());
}

}  // namespace
}  // namespace sim::devices
