// SPDX-License-Identifier: GPL-2.0-or-later
//
// Several local APICs on one bus, and the corners of x2APIC mode.
#include <gtest/gtest.h>

#include <memory>

#include "simulator/devices/local_apic.hpp"
#include "simulator/devices/message.hpp"
#include "tests/fakes/fake_board.hpp"

namespace sim::devices {
namespace {

using fakes::FakeBoard;

constexpr unsigned svr = 0xF0, tpr = 0x80, ldr = 0xD0, dfr = 0xE0, esr = 0x280, icr_low = 0x300,
                   icr_high = 0x310, lvt_timer = 0x320, lvt_lint0 = 0x350, lvt_error = 0x370;
constexpr std::uint32_t logical = 1 << 11, assert_level = 1 << 14, level = 1 << 15;
constexpr std::uint32_t to_self = 1 << 18, to_all = 2 << 18, to_others = 3 << 18;

struct One {
    FakeBoard board;
    LocalApic apic;
    explicit One(unsigned cpu) : apic(board, cpu) {}
    void write(unsigned offset, std::uint32_t value) { apic.io_write(0, offset, 4, value); }
    std::uint32_t read(unsigned offset) { return static_cast<std::uint32_t>(apic.io_read(0, offset, 4)); }
    bool msr(std::uint32_t index, std::uint64_t value) { return apic.msr_write(index, value); }
    // The vectors that wait, taken one by one.
    std::vector<unsigned> taken() {
        std::vector<unsigned> vectors;
        while (apic.pending()) {
            vectors.push_back(apic.acknowledge());
            if (apic.x2apic())
                msr(0x80B, 0);
            else
                write(0xB0, 0);
        }
        return vectors;
    }
};

struct Four {
    std::vector<std::unique_ptr<One>> cpus;
    ApicBus bus;
    explicit Four(bool x2 = false) {
        for (unsigned i = 0; i < 4; ++i) {
            One& one = *cpus.emplace_back(std::make_unique<One>(i));
            bus.add(one.apic);
            one.apic.on_interprocessor([this, &one](std::uint64_t icr) { bus.send(one.apic, icr); });
            one.write(svr, 0x1FF);
            if (x2) {
                EXPECT_TRUE(one.msr(0x1B, 0xFEE00C00));
            }
        }
    }
    One& operator[](unsigned i) { return *cpus[i]; }
    void send(unsigned from, std::uint32_t destination, std::uint32_t low) {
        if (cpus[from]->apic.x2apic()) {
            EXPECT_TRUE(cpus[from]->msr(0x830, std::uint64_t{destination} << 32 | low));
            return;
        }
        cpus[from]->write(icr_high, destination << 24);
        cpus[from]->write(icr_low, low);
    }
    // Who has something, as a string such as "0 2".
    std::string receivers() {
        std::string text;
        for (unsigned i = 0; i < 4; ++i)
            if (!cpus[i]->taken().empty()) text += (text.empty() ? "" : " ") + std::to_string(i);
        return text;
    }
};

class Faces : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(LocalApics, Faces, testing::Values(false, true),
                         [](auto const& face) { return face.param ? "x2apic" : "xapic"; });

TEST_P(Faces, physical_destinations_and_shorthands_find_their_processors) {
    Four cpus(GetParam());
    cpus.send(0, 2, 0x40);
    EXPECT_EQ(cpus.receivers(), "2");
    cpus.send(1, 1, 0x40);
    EXPECT_EQ(cpus.receivers(), "1");
    cpus.send(1, 0, 0x40 | to_self);
    EXPECT_EQ(cpus.receivers(), "1");
    cpus.send(1, 0, 0x40 | to_all);
    EXPECT_EQ(cpus.receivers(), "0 1 2 3");
    cpus.send(1, 0, 0x40 | to_others);
    EXPECT_EQ(cpus.receivers(), "0 2 3");
    cpus.send(0, GetParam() ? 0xFFFFFFFF : 0xFF, 0x40);
    EXPECT_EQ(cpus.receivers(), "0 1 2 3");
    cpus.send(0, 9, 0x40);
    EXPECT_EQ(cpus.receivers(), "");
}

TEST(LocalApics, logical_destinations_of_the_flat_and_the_cluster_model) {
    Four cpus;
    for (unsigned i = 0; i < 4; ++i) cpus[i].write(ldr, 1u << (24 + i));
    cpus.send(0, 0b1010, 0x40 | logical);
    EXPECT_EQ(cpus.receivers(), "1 3");
    for (unsigned i = 0; i < 4; ++i) {
        cpus[i].write(dfr, 0x0FFFFFFF);
        cpus[i].write(ldr, ((i / 2) << 4 | 1u << i % 2) << 24);  // two clusters of two
    }
    cpus.send(0, 0x13, 0x40 | logical);
    EXPECT_EQ(cpus.receivers(), "2 3");
    cpus.send(0, 0x02, 0x40 | logical);
    EXPECT_EQ(cpus.receivers(), "1");
}

TEST(LocalApics, logical_destinations_of_x2apic_follow_from_the_identifier) {
    Four cpus(true);
    EXPECT_EQ(cpus[3].apic.msr_read(0x80D), 1u << 3);
    EXPECT_FALSE(cpus[3].msr(0x80D, 1));  // read-only
    cpus.send(0, 0b0110, 0x40 | logical);
    EXPECT_EQ(cpus.receivers(), "1 2");
    cpus.send(0, 1u << 16 | 0b0110, 0x40 | logical);  // another cluster
    EXPECT_EQ(cpus.receivers(), "");
    FakeBoard board;
    LocalApic far(board, 0x25);
    far.msr_write(0x1B, 0xFEE00C00);
    EXPECT_EQ(far.msr_read(0x80D), 2u << 16 | 1u << 5);
    EXPECT_EQ(far.msr_read(0x802), 0x25u);
    EXPECT_TRUE(far.addressed_by(2u << 16 | 1u << 5, true));
    EXPECT_FALSE(far.addressed_by(0xFF, false));  // 255 is an identifier here
    EXPECT_TRUE(far.addressed_by(0xFFFFFFFF, false));
}

TEST(LocalApics, a_message_with_destination_255_is_for_all_in_either_mode) {
    Four cpus(true);
    cpus.bus.message(0xFEE00000 | 0xFF << 12, 0x51);
    EXPECT_EQ(cpus.receivers(), "0 1 2 3");
}

TEST(LocalApics, lowest_priority_goes_to_the_least_busy_that_is_on) {
    Four cpus;
    for (unsigned i = 0; i < 4; ++i) cpus[i].write(ldr, 1u << (24 + i));
    cpus[0].write(tpr, 0x30);
    cpus[1].write(tpr, 0x20);
    cpus[2].write(tpr, 0x20);
    cpus[3].write(svr, 0xFF);
    cpus.send(0, 0xF, 0x40 | 1 << 8 | logical);
    EXPECT_EQ(cpus.receivers(), "1");  // the first of equals
    cpus[1].apic.deliver(LocalApic::fixed, 0x80, false);
    cpus[1].apic.acknowledge();  // busy now
    cpus.send(0, 0xF, 0x40 | 1 << 8 | logical);
    EXPECT_EQ(cpus.receivers(), "2");
}

TEST_P(Faces, nmi_init_and_start_up_reach_the_processor_pins) {
    Four cpus(GetParam());
    cpus.send(0, 1, 4 << 8);
    EXPECT_EQ(cpus[1].board.nmis, 1);
    EXPECT_FALSE(cpus[1].apic.pending());
    cpus.send(0, 2, 5 << 8 | assert_level | level);
    EXPECT_EQ(cpus[2].board.inits, std::vector<unsigned>{2});
    cpus.send(0, 2, 5 << 8 | level);  // the end of INIT: nothing any more
    EXPECT_EQ(cpus[2].board.inits.size(), 1u);
    cpus.send(0, 2, 6 << 8 | 0x9A);
    EXPECT_EQ(cpus[2].board.start_ups, (std::vector<std::pair<unsigned, std::uint8_t>>{{2, 0x9A}}));
    cpus.send(0, 0, 5 << 8 | assert_level | to_others);
    EXPECT_TRUE(cpus[0].board.inits.empty());
    EXPECT_EQ(cpus[3].board.inits.size(), 1u);
}

TEST_P(Faces, an_apic_off_by_software_still_takes_nmi_init_and_start_up) {
    Four cpus(GetParam());
    GetParam() ? void(cpus[1].msr(0x80F, 0xFF)) : cpus[1].write(svr, 0xFF);
    cpus.send(0, 1, 0x40);
    cpus.send(0, 1, 4 << 8);
    cpus.send(0, 1, 5 << 8 | assert_level);
    cpus.send(0, 1, 6 << 8 | 8);
    EXPECT_FALSE(cpus[1].apic.pending());
    EXPECT_EQ(cpus[1].board.nmis, 1);
    EXPECT_EQ(cpus[1].board.inits.size(), 1u);
    EXPECT_EQ(cpus[1].board.start_ups.size(), 1u);
}

TEST_P(Faces, init_resets_the_registers_and_keeps_mode_and_identifier) {
    Four cpus(GetParam());
    cpus[1].apic.deliver(LocalApic::fixed, 0x60, false);
    cpus[1].apic.deliver(LocalApic::init, 0, false);
    EXPECT_EQ(cpus[1].apic.x2apic(), GetParam());
    EXPECT_FALSE(cpus[1].apic.pending());
    EXPECT_EQ(cpus[1].apic.msr_read(0x1B), GetParam() ? 0xFEE00C00u : 0xFEE00800u);
    if (GetParam())
        EXPECT_EQ(cpus[1].apic.msr_read(0x802), 1u);
    else
        EXPECT_EQ(cpus[1].read(0x20), 1u << 24);
}

TEST(LocalApics, what_the_command_register_cannot_send_is_not_sent) {
    Four cpus;
    cpus.send(0, 1, 0x0F);  // vector below 16
    cpus[0].write(esr, 0);
    EXPECT_EQ(cpus[0].read(esr), 0x20u);
    cpus.send(0, 1, 7 << 8);            // ExtINT
    cpus.send(0, 1, 4 << 8 | to_self);  // NMI with a shorthand that has oneself in it
    cpus.send(0, 1, 5 << 8 | assert_level | to_all);
    EXPECT_EQ(cpus.receivers(), "");
    EXPECT_EQ(cpus[0].board.nmis, 0);
    EXPECT_TRUE(cpus[1].board.inits.empty());
    EXPECT_EQ(cpus[0].board.reports.size(), 3u);
    EXPECT_EQ(cpus[0].read(icr_low), 5u << 8 | assert_level | to_all);  // delivery status: idle
}

TEST(LocalApics, an_error_raises_its_interrupt_once_until_it_is_read) {
    One one(0);
    one.write(svr, 0x1FF);
    one.write(lvt_error, 0x72);
    one.read(0x3F0);
    EXPECT_EQ(one.taken(), std::vector<unsigned>{0x72});
    one.read(0x3F0);
    EXPECT_TRUE(one.taken().empty());
    one.write(esr, 0);
    one.read(0x3F0);
    EXPECT_EQ(one.taken(), std::vector<unsigned>{0x72});
    one.write(0x30, 0);  // the version is there, and cannot be written: no error
    one.write(esr, 0);
    EXPECT_EQ(one.read(esr), 0x80u);
    one.write(esr, 0);
    EXPECT_EQ(one.read(esr), 0u);
}

TEST(LocalApics, an_illegal_vector_in_the_timer_entry_is_an_error) {
    One one(0);
    one.write(svr, 0x1FF);
    one.write(0x3E0, 0xB);
    one.write(lvt_timer, 5);
    one.write(0x380, 10);
    one.board.advance(10);
    EXPECT_FALSE(one.apic.pending());
    one.write(esr, 0);
    EXPECT_EQ(one.read(esr), 0x40u);
}

TEST(LocalApics, every_change_of_mode_is_as_the_table_says) {
    constexpr std::uint64_t base = 0xFEE00100, en = 1 << 11, extd = 1 << 10;
    struct {
        std::uint64_t from, to;
        bool allowed;
    } const table[] = {
        {0, 0, true},         {0, en, true},          {0, en | extd, false},        {0, extd, false},
        {en, 0, true},        {en, en, true},         {en, en | extd, true},        {en, extd, false},
        {en | extd, 0, true}, {en | extd, en, false}, {en | extd, en | extd, true}, {en | extd, extd, false},
    };
    for (auto const& row : table) {
        One one(0);
        if (row.from & extd) {
            EXPECT_TRUE(one.msr(0x1B, base | en | extd));
        }
        if (row.from == 0) {
            EXPECT_TRUE(one.msr(0x1B, base));
        }
        EXPECT_EQ(one.msr(0x1B, base | row.to), row.allowed) << row.from << " to " << row.to;
        EXPECT_EQ(one.apic.msr_read(0x1B), base | (row.allowed ? row.to : row.from));
        EXPECT_EQ(one.apic.enabled(), ((row.allowed ? row.to : row.from) & en) != 0);
    }
    One one(0);
    EXPECT_FALSE(one.msr(0x1B, base | en | 1ull << 40));  // beyond the physical addresses
    EXPECT_FALSE(one.msr(0x1B, base | en | 1 << 9));
}

TEST(LocalApics, in_x2apic_mode_reserved_bits_and_registers_are_refused) {
    One one(0);
    one.write(icr_high, 0x12000000);
    ASSERT_TRUE(one.msr(0x1B, 0xFEE00D00));
    EXPECT_EQ(one.apic.msr_read(0x830), 0u);  // the old destination does not survive
    // Registers that are there and may be read.
    for (std::uint32_t index :
         {0x02u, 0x03u, 0x08u, 0x0Au, 0x0Du, 0x0Fu, 0x10u, 0x17u, 0x18u, 0x1Fu, 0x20u, 0x27u,
          0x28u, 0x30u, 0x32u, 0x33u, 0x34u, 0x35u, 0x36u, 0x37u, 0x38u, 0x39u, 0x3Eu})
        EXPECT_TRUE(one.apic.msr_read(0x800 + index)) << index;
    for (std::uint32_t index = 0; index < 0x40; ++index) {
        bool const may_read = index == 2 || index == 3 || index == 8 || index == 0xA || index == 0xD ||
                              (index >= 0xF && index <= 0x28) || index == 0x30 ||
                              (index >= 0x32 && index <= 0x39) || index == 0x3E;
        EXPECT_EQ(one.apic.msr_read(0x800 + index).has_value(), may_read) << index;
        bool const may_write = index == 8 || index == 0xB || index == 0xF || index == 0x28 || index == 0x30 ||
                               (index >= 0x32 && index <= 0x38) || index == 0x3E || index == 0x3F;
        std::uint64_t const harmless = index == 0x30 || index == 0x3F ? 0x40 : 0;
        EXPECT_EQ(one.msr(0x800 + index, harmless), may_write) << index;
        EXPECT_FALSE(one.msr(0x800 + index, 1ull << 32 | 1 << 13)) << index;
    }
    EXPECT_FALSE(one.msr(0x808, 0x100));             // TPR
    EXPECT_FALSE(one.msr(0x80F, 0x1200));            // no suppression of EOI broadcasts here
    EXPECT_FALSE(one.msr(0x828, 1));                 // ESR: zero only
    EXPECT_FALSE(one.msr(0x832, 1 << 19));           // LVT timer
    EXPECT_FALSE(one.msr(0x83E, 4));                 // divide
    EXPECT_FALSE(one.msr(0x83F, 0x100));             // SELF IPI
    EXPECT_FALSE(one.msr(0x840, 0));                 // beyond
    EXPECT_TRUE(one.msr(0x835, 1 << 16 | 1 << 12));  // what was read may be written back
}

TEST(LocalApics, a_self_ipi_leaves_the_command_register_alone) {
    One one(0);
    std::uint64_t sent = 0;
    one.apic.on_interprocessor([&](std::uint64_t icr) { sent = icr; });
    one.msr(0x1B, 0xFEE00D00);
    one.msr(0x80F, 0x1FF);
    one.msr(0x830, 7ull << 32 | 0x44);
    EXPECT_TRUE(one.msr(0x83F, 0x45));
    EXPECT_EQ(sent, 1ull << 18 | 0x45);
    EXPECT_EQ(one.apic.msr_read(0x830), 7ull << 32 | 0x44);
}

TEST(LocalApics, switched_off_it_lets_the_old_controller_through_and_hears_no_messages) {
    struct Old final : ExternalInterrupts {
        bool output() const override { return on; }
        std::uint8_t acknowledge() override {
            on = false;
            return 0x08;
        }
        bool on = false;
    } pic;
    One one(0);
    one.apic.attach(pic);
    one.apic.set_virtual_wire_mode();
    pic.on = true;
    EXPECT_EQ(one.taken(), std::vector<unsigned>{0x08});
    one.write(lvt_lint0, 1 << 16 | 0x700);
    pic.on = true;
    EXPECT_TRUE(one.taken().empty());
    one.msr(0x1B, 0xFEE00100);  // off
    one.apic.deliver(LocalApic::fixed, 0x40, false);
    one.apic.deliver(LocalApic::nmi, 0, false);
    EXPECT_EQ(one.board.nmis, 0);
    EXPECT_EQ(one.taken(), std::vector<unsigned>{0x08});
    EXPECT_EQ(one.read(0x20), 0xFFFFFFFFu);
}

}  // namespace
}  // namespace sim::devices
