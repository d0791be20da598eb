// SPDX-License-Identifier: GPL-2.0-or-later
//
// What every virtio device on PCI promises, shown with the network card: how it is
// found, negotiated with, notified and reset; and what becomes of drivers that
// break the rules. virtio-1.2 is read here a second time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/fakes/virtio_card.hpp"

namespace sim::devices {
namespace {

using namespace fakes::card;
using fakes::FakeBoard;
using machine::InputKind;
using testing::HasSubstr;

TEST(VirtioContract, its_capabilities_tell_where_the_registers_are) {
    Rig rig;
    std::map<unsigned, std::pair<unsigned, unsigned>> found;
    for (unsigned at = rig.pci.config_read(0x34, 1); at != 0; at = rig.pci.config_read(at + 1, 1))
        if (rig.pci.config_read(at, 1) == 9) {
            found[rig.pci.config_read(at + 3, 1)] = {rig.pci.config_read(at + 4, 1),
                                                     rig.pci.config_read(at + 8, 4)};
            if (rig.pci.config_read(at + 3, 1) == 2) {
                EXPECT_EQ(rig.pci.config_read(at + 16, 4), 4u);
            }
        }
    EXPECT_EQ(found[1], (std::pair{4u, 0u}));
    EXPECT_EQ(found[2], (std::pair{4u, 0x3000u}));
    EXPECT_EQ(found[3], (std::pair{4u, 0x1000u}));
    EXPECT_EQ(found[4], (std::pair{4u, 0x2000u}));
    EXPECT_TRUE(found.contains(5));
}

TEST(VirtioContract, features_are_a_subset_with_the_version_or_refused) {
    Rig rig;
    EXPECT_TRUE(rig.negotiate(version_1 | csum));
    EXPECT_FALSE(rig.negotiate(csum));
    EXPECT_FALSE(rig.negotiate(version_1 | 1ull << 50));
    EXPECT_EQ(rig.reg(0x14, 1), 3u);
    // After FEATURES_OK they are settled.
    EXPECT_TRUE(rig.negotiate(version_1));
    rig.set(0x08, 4, 0);
    rig.set(0x0C, 4, 0xFFFFFFFF);
    EXPECT_EQ(rig.reg(0x0C, 4), 0u);
}

TEST(VirtioContract, the_window_in_configuration_space_reaches_the_registers) {
    Rig rig;
    unsigned at = rig.pci.config_read(0x34, 1);
    while (rig.pci.config_read(at, 1) != 9 || rig.pci.config_read(at + 3, 1) != 5)
        at = rig.pci.config_read(at + 1, 1);
    rig.pci.config_write(at + 4, 1, 4);
    rig.pci.config_write(at + 8, 4, 0x12);
    rig.pci.config_write(at + 12, 4, 2);
    EXPECT_EQ(rig.pci.config_read(at + 16, 4), 2u);
    rig.pci.config_write(at + 8, 4, 0x14);
    rig.pci.config_write(at + 12, 4, 1);
    rig.pci.config_write(at + 16, 4, 3);
    EXPECT_EQ(rig.reg(0x14, 1), 3u);
    rig.pci.config_write(at + 8, 4, 0xFFFFFFFF);
    rig.pci.config_read(at + 16, 4);  // far outside: nothing happens
}

TEST(VirtioContract, event_index_tells_when_to_interrupt_and_when_to_notify) {
    Rig rig;
    rig.start(version_1 | event_index);
    rig.poke<std::uint16_t>(ring_base(tx) + 0x404 + 2 * queue_size, 1);  // used_event: after the second
    rig.send(frame(60), 0);
    EXPECT_TRUE(rig.board.messages.empty());
    rig.send(frame(60), 1);
    EXPECT_EQ(rig.board.messages.size(), 1u);
    rig.send(frame(60), 2);
    EXPECT_EQ(rig.board.messages.size(), 1u);
    EXPECT_EQ(rig.peek<std::uint16_t>(ring_base(tx) + 0x804 + 8 * queue_size), 3);  // avail_event
}

TEST(VirtioContract, without_event_index_flags_suppress_both_ways) {
    Rig rig;
    rig.start();
    rig.poke<std::uint16_t>(ring_base(tx) + 0x400, 1);  // no interrupts
    rig.send(frame(60));
    EXPECT_TRUE(rig.board.messages.empty());
    EXPECT_EQ(rig.peek<std::uint16_t>(ring_base(rx) + 0x800), 1);  // no need to tell of receive buffers
    rig.arrive(frame(60));
    EXPECT_EQ(rig.peek<std::uint16_t>(ring_base(rx) + 0x800), 0);  // now there is
}

TEST(VirtioContract, a_masked_vector_is_pending_until_unmasked) {
    Rig rig;
    rig.start();
    rig.pci.bar_write(1, 16 + 12, 4, 1);
    rig.send(frame(60));
    EXPECT_TRUE(rig.board.messages.empty());
    EXPECT_EQ(rig.pci.bar_read(1, 0x800, 4), 2u);
    rig.pci.bar_write(1, 16 + 12, 4, 0);
    EXPECT_EQ(rig.board.messages.size(), 1u);
    EXPECT_EQ(rig.pci.bar_read(1, 0x800, 4), 0u);
    rig.pci.config_write(rig.msix() + 2, 2, 0xC000);  // all masked
    rig.send(frame(60), 1);
    EXPECT_EQ(rig.board.messages.size(), 1u);
    rig.pci.config_write(rig.msix() + 2, 2, 0x8000);
    EXPECT_EQ(rig.board.messages.size(), 2u);
}

TEST(VirtioContract, without_msix_the_wire_and_the_interrupt_status_serve) {
    Rig rig;
    rig.start();
    rig.pci.config_write(rig.msix() + 2, 2, 0);
    rig.send(frame(60));
    // INTA of device 2 is PIRQ G: IOAPIC pin 22, and ISA interrupt 11 as firmware routed it.
    EXPECT_TRUE(rig.board.wires[22]);
    EXPECT_TRUE(rig.board.wires[11]);
    EXPECT_EQ(rig.pci.config_read(0x3C, 1), 11u);
    EXPECT_TRUE(rig.pci.config_read(0x06, 2) & 1 << 3);
    rig.pci.config_write(0x04, 2, 0x406);
    EXPECT_FALSE(rig.board.wires[22]);
    rig.pci.config_write(0x04, 2, 0x006);
    EXPECT_TRUE(rig.board.wires[22]);
    EXPECT_EQ(rig.reg(0x1000, 1), 1u);
    EXPECT_FALSE(rig.board.wires[22]);
    EXPECT_FALSE(rig.board.wires[11]);
    EXPECT_FALSE(rig.pci.config_read(0x06, 2) & 1 << 3);
    EXPECT_EQ(rig.reg(0x1000, 1), 0u);
}

TEST(VirtioContract, nothing_moves_before_driver_ok_or_without_bus_mastering) {
    Rig rig;
    rig.negotiate(version_1);
    rig.enable(tx);
    rig.send(frame(60));
    EXPECT_TRUE(rig.board.outputs.empty());
    rig.set(0x14, 1, 15);
    rig.pci.config_write(0x04, 2, 2);
    rig.notify(tx);
    EXPECT_TRUE(rig.board.outputs.empty());
    EXPECT_THAT(rig.board.reports.back(), HasSubstr("bus mastering"));
    rig.pci.config_write(0x04, 2, 6);
    rig.notify(tx);
    EXPECT_EQ(rig.board.outputs.size(), 1u);
}

TEST(VirtioContract, a_reset_forgets_queues_and_a_queue_can_be_reset_alone) {
    Rig rig;
    rig.start(version_1 | ring_reset);
    rig.send(frame(60));
    rig.set(0x16, 2, tx);
    rig.set(0x3A, 2, 1);
    EXPECT_EQ(rig.reg(0x3A, 2), 0u);
    EXPECT_EQ(rig.reg(0x1C, 2), 0u);
    rig.set(0x14, 1, 0);
    EXPECT_EQ(rig.reg(0x14, 1), 0u);
    EXPECT_EQ(rig.reg(0x20, 8), 0u);
    rig.available[rx] = rig.available[tx] = rig.seen[rx] = rig.seen[tx] = 0;
    std::fill(rig.board.ram.begin(), rig.board.ram.begin() + 0x4000, 0);
    rig.start();
    rig.send(frame(60));
    EXPECT_EQ(rig.board.outputs.size(), 2u);
}

// --- Drivers that break the rules ---

struct Crime {
    char const* name;
    void (*commit)(Rig&);
    char const* told;
};

class VirtioCrimes : public testing::TestWithParam<Crime> {};

TEST_P(VirtioCrimes, end_with_needs_reset_one_report_and_silence) {
    Rig rig;
    rig.start(version_1 | indirect);
    GetParam().commit(rig);
    rig.notify(tx);
    EXPECT_TRUE(rig.failed());
    ASSERT_EQ(rig.board.reports.size(), 1u);
    EXPECT_THAT(rig.board.reports[0], HasSubstr(GetParam().told));
    ASSERT_FALSE(rig.board.messages.empty());
    EXPECT_EQ(rig.board.messages.back().data, 0x52u);  // configuration changed
    // Nothing more is done for this driver.
    auto const messages = rig.board.messages.size();
    rig.notify(tx);
    rig.arrive(frame(60));
    EXPECT_TRUE(rig.board.outputs.empty());
    EXPECT_EQ(rig.board.messages.size(), messages);
    // A reset makes it well.
    rig.set(0x14, 1, 0);
    EXPECT_FALSE(rig.failed());
    std::fill(rig.board.ram.begin(), rig.board.ram.begin() + 0x4000, 0);
    rig.available[rx] = rig.available[tx] = rig.seen[rx] = rig.seen[tx] = 0;
    rig.start();
    rig.send(frame(60));
    EXPECT_EQ(rig.board.outputs.size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Each, VirtioCrimes,
    testing::Values(
        Crime{"index_jumps", [](Rig& r) { r.poke<std::uint16_t>(ring_base(tx) + 0x402, 100); }, "jumps"},
        Crime{"head_too_large", [](Rig& r) { r.offer(tx, queue_size); }, "beyond the queue's size"},
        Crime{"endless_chain",
              [](Rig& r) {
                  r.descriptor(tx, 0, buffers, 10, next_flag, 1);
                  r.descriptor(tx, 1, buffers, 10, next_flag, 0);
                  r.offer(tx, 0);
              },
              "no end"},
        Crime{"next_too_large",
              [](Rig& r) {
                  r.descriptor(tx, 0, buffers, 10, next_flag, 500);
                  r.offer(tx, 0);
              },
              "beyond the table"},
        Crime{"buffer_outside",
              [](Rig& r) {
                  r.descriptor(tx, 0, 0xFFFF'FFFF'FFFF'FFF0, 72, 0);
                  r.offer(tx, 0);
              },
              "not in RAM"},
        Crime{"four_gigabytes",
              [](Rig& r) {
                  r.descriptor(tx, 0, buffers, 4, next_flag | write_flag, 1);
                  r.descriptor(tx, 1, buffers, 0xFFFFFFFF, 0);
                  r.offer(tx, 0);
              },
              "readable buffer after a writable"},
        Crime{"too_short",
              [](Rig& r) {
                  r.descriptor(tx, 0, buffers, 11, 0);
                  r.offer(tx, 0);
              },
              "shorter than its header"},
        Crime{"writable_to_send",
              [](Rig& r) {
                  r.descriptor(tx, 0, buffers, 100, write_flag);
                  r.offer(tx, 0);
              },
              "writable"},
        Crime{"indirect_in_indirect",
              [](Rig& r) {
                  r.write_descriptor(0x9000, 0x9000, 16, indirect_flag, 0);
                  r.descriptor(tx, 0, 0x9000, 16, indirect_flag);
                  r.offer(tx, 0);
              },
              "indirect"},
        Crime{"odd_indirect_table",
              [](Rig& r) {
                  r.descriptor(tx, 0, 0x9000, 17, indirect_flag);
                  r.offer(tx, 0);
              },
              "indirect table"},
        Crime{"empty_indirect_table",
              [](Rig& r) {
                  r.descriptor(tx, 0, 0x9000, 0, indirect_flag);
                  r.offer(tx, 0);
              },
              "indirect table"},
        Crime{"indirect_table_outside",
              [](Rig& r) {
                  r.descriptor(tx, 0, 0xFFFF'0000'0000, 16, indirect_flag);
                  r.offer(tx, 0);
              },
              "not in RAM"},
        Crime{"readable_to_receive",
              [](Rig& r) {
                  r.descriptor(rx, 0, buffers, 1600, 0);
                  r.offer(rx, 0);
                  r.arrive(frame(60));
              },
              "cannot be written"},
        Crime{"receive_outside",
              [](Rig& r) {
                  r.descriptor(rx, 0, 0x7FFF'FFFF'0000, 1600, write_flag);
                  r.offer(rx, 0);
                  r.arrive(frame(60));
              },
              "not in RAM"},
        Crime{"receive_too_small",
              [](Rig& r) {
                  r.descriptor(rx, 0, buffers, 20, write_flag);
                  r.offer(rx, 0);
                  r.arrive(frame(60));
              },
              "merging was not negotiated"}),
    [](auto const& crime) { return crime.param.name; });

TEST(VirtioContract, queues_that_cannot_work_are_refused_when_enabled) {
    for (int fault = 0; fault < 5; ++fault) {
        Rig rig;
        rig.negotiate(version_1);
        rig.set(0x18, 2, fault == 0 ? 3 : fault == 1 ? 512 : 8);
        rig.set(0x20, 8, fault == 2 ? 0x1008 : 0x1000);
        rig.set(0x28, 8, fault == 3 ? 0x2001 : 0x2000);
        rig.set(0x30, 8, fault == 4 ? 0x3002 : 0x3000);
        rig.set(0x1C, 2, 1);
        EXPECT_TRUE(rig.failed()) << fault;
        EXPECT_EQ(rig.reg(0x1C, 2), 0u);
    }
    Rig rig;
    rig.set(0x14, 1, 3);
    rig.set(0x1C, 2, 1);
    EXPECT_TRUE(rig.failed());  // before FEATURES_OK
}

TEST(VirtioContract, rings_outside_memory_are_found_out) {
    for (unsigned offset : {0x20u, 0x28u, 0x30u}) {
        Rig rig;
        rig.start();
        rig.set(0x14, 1, 0);
        rig.negotiate(version_1);
        rig.set(0x16, 2, tx);
        rig.set(0x18, 2, queue_size);
        rig.set(0x20, 8, ring_base(tx));
        rig.set(0x28, 8, ring_base(tx) + 0x400);
        rig.set(0x30, 8, ring_base(tx) + 0x800);
        rig.set(offset, 8, 0xFFFF'FFFF'FFFF'FFF0);
        rig.set(0x1C, 2, 1);
        rig.set(0x14, 1, 15);
        rig.available[tx] = 0;
        rig.send(frame(60));
        EXPECT_TRUE(rig.failed()) << offset;
    }
}

// Random bytes in rings and registers: whatever happens, it ends, within bounds.
TEST(VirtioContract, survives_a_mad_driver) {
    std::mt19937 random(1);
    for (int round = 0; round < 300; ++round) {
        Rig rig;
        rig.start(version_1 | indirect | event_index | mergeable | ring_reset);
        for (int i = 0; i < 60; ++i) {
            switch (random() % 5) {
                case 0:
                    rig.board.ram[0x1000 + random() % 0x2000] = static_cast<std::uint8_t>(random() % 16);
                    break;
                case 1:
                    rig.pci.bar_write(4, random() % 0x4000, 1u << random() % 4, random() % 64);
                    break;
                case 2:
                    rig.pci.bar_write(1, random() % 0x1000, 4, random());
                    break;
                case 3:
                    rig.arrive(frame(14 + random() % 1500));
                    break;
                default:
                    rig.offer(random() % 2, static_cast<std::uint16_t>(random() % 10));
                    rig.notify(random() % 2);
            }
        }
        EXPECT_LT(rig.board.outputs.size(), 20'000u);
    }
}

}  // namespace
}  // namespace sim::devices
