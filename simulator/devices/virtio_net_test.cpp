// SPDX-License-Identifier: GPL-2.0-or-later
//
// The network card against a small driver that follows the specification, and
// against drivers that do not. virtio-1.2 is read here a second time.
#include "simulator/devices/virtio_net.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "simulator/devices/lpc.hpp"
#include "simulator/devices/virtio_pci.hpp"
#include "tests/fakes/fake_board.hpp"

namespace sim::devices {
namespace {

using fakes::FakeBoard;
using machine::InputKind;
using testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t csum = 1, mergeable = 1ull << 15, indirect = 1ull << 28, event_index = 1ull << 29,
                        version_1 = 1ull << 32, ring_reset = 1ull << 40;
constexpr std::uint16_t next_flag = 1, write_flag = 2, indirect_flag = 4;
constexpr unsigned rx = 0, tx = 1;
constexpr std::uint16_t queue_size = 8;

// Where the driver keeps each queue: 4 KiB for the rings, then its buffers.
constexpr std::uint64_t ring_base(unsigned queue) { return 0x1000 + queue * 0x1000; }
constexpr std::uint64_t buffers = 0x10000;

Bytes frame(std::size_t size, std::uint8_t fill = 0x5A) { return Bytes(size, fill); }

struct Rig {
    FakeBoard board{1 << 20};
    VirtioNet net{"net0", board};
    VirtioPci pci{board, net, {2, 0}};
    PciBus bus{board};
    LpcBridge lpc{board};
    std::uint16_t available[2] = {}, seen[2] = {};

    Rig() {
        bus.add(pci);
        bus.attach(lpc);
        pci.config_write(0x10 + 4, 4, 0xD000'0000);   // BAR 1
        pci.config_write(0x10 + 16, 4, 0xD001'0000);  // BAR 4
        pci.config_write(0x04, 2, 6);
    }
    std::uint64_t reg(unsigned offset, unsigned size) {
        return pci.bar_read(4, offset, size) & (size == 8 ? ~0ull : (1ull << 8 * size) - 1);
    }
    void set(unsigned offset, unsigned size, std::uint64_t value) { pci.bar_write(4, offset, size, value); }

    template <class T>
    void poke(std::uint64_t at, T value) {
        std::memcpy(&board.ram.at(at), &value, sizeof value);
    }
    template <class T>
    T peek(std::uint64_t at) {
        T value;
        std::memcpy(&value, &board.ram.at(at), sizeof value);
        return value;
    }

    bool negotiate(std::uint64_t features) {
        set(0x14, 1, 0);
        set(0x14, 1, 1);
        set(0x14, 1, 3);
        set(0x08, 4, 0);
        set(0x0C, 4, features & 0xFFFFFFFF);
        set(0x08, 4, 1);
        set(0x0C, 4, features >> 32);
        set(0x14, 1, 11);
        return reg(0x14, 1) == 11;
    }
    void enable(unsigned queue) {
        set(0x16, 2, queue);
        set(0x18, 2, queue_size);
        set(0x1A, 2, queue);  // vector
        set(0x20, 8, ring_base(queue));
        set(0x28, 4, ring_base(queue) + 0x400);
        set(0x2C, 4, 0);
        set(0x30, 8, ring_base(queue) + 0x800);
        set(0x1C, 2, 1);
    }
    void start(std::uint64_t features = version_1) {
        pci.config_write(msix() + 2, 2, 0x8000);
        for (unsigned v = 0; v < 3; ++v) {
            pci.bar_write(1, v * 16, 8, 0xFEE00000);
            pci.bar_write(1, v * 16 + 8, 4, 0x50 + v);
            pci.bar_write(1, v * 16 + 12, 4, 0);
        }
        ASSERT_TRUE(negotiate(features));
        set(0x10, 2, 2);
        enable(rx);
        enable(tx);
        set(0x14, 1, 15);
    }
    unsigned msix() {
        unsigned at = pci.config_read(0x34, 1);
        while (pci.config_read(at, 1) != 0x11) at = pci.config_read(at + 1, 1);
        return at;
    }
    void descriptor(unsigned queue, unsigned index, std::uint64_t address, std::uint32_t length,
                    std::uint16_t flags, std::uint16_t next = 0) {
        write_descriptor(ring_base(queue) + index * 16, address, length, flags, next);
    }
    void write_descriptor(std::uint64_t at, std::uint64_t address, std::uint32_t length, std::uint16_t flags,
                          std::uint16_t next) {
        poke(at, address);
        poke(at + 8, length);
        poke(at + 12, flags);
        poke(at + 14, next);
    }
    void offer(unsigned queue, std::uint16_t head) {
        poke<std::uint16_t>(ring_base(queue) + 0x404 + 2 * (available[queue] % queue_size), head);
        poke<std::uint16_t>(ring_base(queue) + 0x402, ++available[queue]);
    }
    void notify(unsigned queue) { set(0x3000 + 4 * queue, 2, queue); }
    // The next used element: head and length.
    std::optional<std::pair<std::uint32_t, std::uint32_t>> used(unsigned queue) {
        if (peek<std::uint16_t>(ring_base(queue) + 0x802) == seen[queue]) return std::nullopt;
        std::uint64_t const at = ring_base(queue) + 0x804 + 8 * (seen[queue]++ % queue_size);
        return std::pair{peek<std::uint32_t>(at), peek<std::uint32_t>(at + 4)};
    }
    // A packet of header and frame in one buffer at a descriptor.
    void send(Bytes const& f, std::uint16_t index = 0, Bytes header = Bytes(12)) {
        std::uint64_t const at = buffers + index * 0x1000;
        std::copy(header.begin(), header.end(), board.ram.begin() + static_cast<std::ptrdiff_t>(at));
        std::copy(f.begin(), f.end(), board.ram.begin() + static_cast<std::ptrdiff_t>(at + header.size()));
        descriptor(tx, index, at, static_cast<std::uint32_t>(header.size() + f.size()), 0);
        offer(tx, index);
        notify(tx);
    }
    void give_buffer(std::uint16_t index, std::uint32_t length) {
        descriptor(rx, index, buffers + 0x40000 + index * 0x1000, length, write_flag);
        offer(rx, index);
    }
    void arrive(Bytes const& f) { net.on_input(InputKind::frame, f); }
    bool failed() { return reg(0x14, 1) & 0x40; }
};

TEST(VirtioPci, is_a_modern_network_card) {
    Rig rig;
    EXPECT_EQ(rig.pci.config_read(0, 4), 0x1041'1AF4u);
    EXPECT_EQ(rig.pci.config_read(0x0A, 2), 0x0200u);
    EXPECT_EQ(rig.reg(0x2000, 4), 0x12005452u);
    EXPECT_EQ(rig.reg(0x2004, 4), 0x00015634u);
    EXPECT_EQ(rig.reg(0x12, 2), 2u);
    rig.set(0x00, 4, 1);
    EXPECT_EQ(rig.reg(0x04, 4) & 1, 1u);
    rig.set(0x00, 4, 2);
    EXPECT_EQ(rig.reg(0x04, 4), 0u);
    rig.set(0x16, 2, 7);
    EXPECT_EQ(rig.reg(0x18, 2), 0u);  // no such queue
}

TEST(VirtioPci, its_capabilities_tell_where_the_registers_are) {
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

TEST(VirtioPci, features_are_a_subset_with_the_version_or_refused) {
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

TEST(VirtioPci, the_window_in_configuration_space_reaches_the_registers) {
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

TEST(VirtioNet, sends_a_frame_gives_the_buffer_back_and_interrupts) {
    Rig rig;
    rig.start();
    rig.send(frame(60, 0x11));
    ASSERT_EQ(rig.board.outputs.size(), 1u);
    EXPECT_EQ(rig.board.outputs[0], frame(60, 0x11));
    EXPECT_EQ(rig.used(tx), (std::pair{0u, 0u}));
    ASSERT_EQ(rig.board.messages.size(), 1u);
    EXPECT_EQ(rig.board.messages[0].data, 0x51u);
}

TEST(VirtioNet, a_packet_may_lie_in_many_buffers_or_an_indirect_table) {
    Rig rig;
    rig.start(version_1 | indirect);
    rig.descriptor(tx, 3, buffers, 12, next_flag, 5);
    rig.descriptor(tx, 5, buffers + 12, 20, next_flag, 1);
    rig.descriptor(tx, 1, buffers + 32, 40, 0);
    rig.offer(tx, 3);
    rig.notify(tx);
    ASSERT_EQ(rig.board.outputs.size(), 1u);
    EXPECT_EQ(rig.board.outputs[0].size(), 60u);
    EXPECT_EQ(rig.used(tx)->first, 3u);

    rig.write_descriptor(0x9000, buffers, 30, next_flag, 1);
    rig.write_descriptor(0x9010, buffers + 30, 42, 0, 0);
    rig.descriptor(tx, 2, 0x9000, 32, indirect_flag);
    rig.offer(tx, 2);
    rig.notify(tx);
    ASSERT_EQ(rig.board.outputs.size(), 2u);
    EXPECT_EQ(rig.board.outputs[1].size(), 60u);
}

TEST(VirtioNet, completes_the_checksum_that_the_driver_began) {
    Rig rig;
    rig.start(version_1 | csum);
    Bytes f = frame(60, 0);
    f[40] = 0x12, f[41] = 0x34;  // the pseudo-header's sum, in place
    f[50] = 0xFF, f[51] = 0xFE;
    Bytes header(12);
    header[0] = 1;
    header[6] = 34;  // from here
    header[8] = 6;   // goes to 34 + 6
    rig.send(f, 0, header);
    ASSERT_EQ(rig.board.outputs.size(), 1u);
    // 0x1234 + 0xFFFE = 0x11232, folded 0x1233; its complement:
    EXPECT_EQ(rig.board.outputs[0][40], 0xED);
    EXPECT_EQ(rig.board.outputs[0][41], 0xCC);
}

TEST(VirtioNet, frames_that_cannot_be_sent_are_dropped_and_their_buffers_come_back) {
    Rig rig;
    rig.start(version_1 | csum);
    Bytes header(12);
    header[1] = 1;  // TSO, not offered
    rig.send(frame(60), 0, header);
    header = Bytes(12);
    header[0] = 1;
    header[6] = 0xFF, header[7] = 0xFF;  // checksum from beyond the end
    rig.send(frame(60), 1, header);
    header[6] = 59, header[7] = 0;
    rig.send(frame(60), 2, header);
    rig.send(frame(13), 3);
    rig.send(frame(2000), 4);
    EXPECT_TRUE(rig.board.outputs.empty());
    for (std::uint32_t i = 0; i < 5; ++i) EXPECT_EQ(rig.used(tx)->first, i);
    EXPECT_FALSE(rig.failed());
}

TEST(VirtioNet, receives_into_one_buffer) {
    Rig rig;
    rig.start();
    rig.give_buffer(4, 1600);
    rig.arrive(frame(100, 0x77));
    EXPECT_EQ(rig.used(rx), (std::pair{4u, 112u}));
    std::uint64_t const at = buffers + 0x40000 + 4 * 0x1000;
    EXPECT_EQ(rig.peek<std::uint16_t>(at + 10), 1);  // num_buffers
    EXPECT_EQ(rig.peek<std::uint64_t>(at), 0u);
    EXPECT_EQ(rig.board.ram[at + 12], 0x77);
    EXPECT_EQ(rig.board.ram[at + 111], 0x77);
    ASSERT_EQ(rig.board.messages.size(), 1u);
    EXPECT_EQ(rig.board.messages[0].data, 0x50u);
}

TEST(VirtioNet, merges_buffers_when_negotiated) {
    Rig rig;
    rig.start(version_1 | mergeable);
    for (std::uint16_t i = 0; i < 3; ++i) rig.give_buffer(i, 64);
    rig.arrive(frame(150));
    EXPECT_EQ(rig.used(rx), (std::pair{0u, 64u}));
    EXPECT_EQ(rig.used(rx), (std::pair{1u, 64u}));
    EXPECT_EQ(rig.used(rx), (std::pair{2u, 34u}));
    EXPECT_EQ(rig.peek<std::uint16_t>(buffers + 0x40000 + 10), 3);
    // All or nothing: what does not fit yet waits, and takes no buffer.
    rig.give_buffer(3, 64);
    rig.arrive(frame(150));
    EXPECT_FALSE(rig.used(rx));
    rig.give_buffer(4, 64);
    rig.give_buffer(5, 64);
    rig.notify(rx);
    EXPECT_EQ(rig.used(rx), (std::pair{3u, 64u}));
}

TEST(VirtioNet, frames_wait_for_buffers_and_the_card_has_an_end) {
    Rig rig;
    rig.start();
    for (int i = 0; i < 300; ++i) rig.arrive(frame(60, static_cast<std::uint8_t>(i)));
    rig.give_buffer(0, 1600);
    rig.notify(rx);
    EXPECT_TRUE(rig.used(rx));
    EXPECT_EQ(rig.board.ram[buffers + 0x40000 + 12], 0);
    int got = 1;
    for (int round = 0; round < 400; ++round) {
        rig.give_buffer(0, 1600);
        rig.notify(rx);
        got += rig.used(rx).has_value();
    }
    EXPECT_EQ(got, 256);
}

TEST(VirtioNet, event_index_tells_when_to_interrupt_and_when_to_notify) {
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

TEST(VirtioNet, without_event_index_flags_suppress_both_ways) {
    Rig rig;
    rig.start();
    rig.poke<std::uint16_t>(ring_base(tx) + 0x400, 1);  // no interrupts
    rig.send(frame(60));
    EXPECT_TRUE(rig.board.messages.empty());
    EXPECT_EQ(rig.peek<std::uint16_t>(ring_base(rx) + 0x800), 1);  // no need to tell of receive buffers
    rig.arrive(frame(60));
    EXPECT_EQ(rig.peek<std::uint16_t>(ring_base(rx) + 0x800), 0);  // now there is
}

TEST(VirtioNet, a_masked_vector_is_pending_until_unmasked) {
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

TEST(VirtioNet, without_msix_the_wire_and_the_interrupt_status_serve) {
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

TEST(VirtioNet, the_cable_can_be_pulled) {
    Rig rig;
    rig.start(version_1 | 1ull << 16);
    rig.give_buffer(0, 1600);
    rig.net.on_input(InputKind::link_state, Bytes{0});
    EXPECT_EQ(rig.reg(0x2006, 2), 0u);
    EXPECT_EQ(rig.board.messages.back().data, 0x52u);
    EXPECT_EQ(rig.reg(0x15, 1), 1u);
    rig.arrive(frame(60));
    EXPECT_FALSE(rig.used(rx));
    rig.send(frame(60));
    EXPECT_TRUE(rig.board.outputs.empty());
    rig.net.on_input(InputKind::link_state, Bytes{1});
    rig.arrive(frame(60));
    EXPECT_TRUE(rig.used(rx));
}

TEST(VirtioNet, nothing_moves_before_driver_ok_or_without_bus_mastering) {
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

TEST(VirtioNet, a_reset_forgets_queues_and_a_queue_can_be_reset_alone) {
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

TEST(VirtioNet, queues_that_cannot_work_are_refused_when_enabled) {
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

TEST(VirtioNet, rings_outside_memory_are_found_out) {
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
TEST(VirtioNet, survives_a_mad_driver) {
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

TEST(VirtioNet, saves_and_loads_with_frames_waiting_and_an_interrupt_pending) {
    Rig rig, other;
    rig.start(version_1 | event_index | mergeable);
    rig.pci.bar_write(1, 16 + 12, 4, 1);
    rig.send(frame(60));
    rig.arrive(frame(200, 0x33));
    rig.give_buffer(0, 64);
    expect_round_trip(rig.net, other.net, other.board);
    expect_round_trip(rig.pci, other.pci, other.board);
    // The other goes on where the first stood, with the same memory.
    other.board.ram = rig.board.ram;
    std::copy(std::begin(rig.available), std::end(rig.available), std::begin(other.available));
    std::copy(std::begin(rig.seen), std::end(rig.seen), std::begin(other.seen));
    for (std::uint16_t i = 1; i < 5; ++i) other.give_buffer(i, 64);
    other.notify(rx);
    EXPECT_EQ(other.used(rx), (std::pair{0u, 64u}));
    other.pci.bar_write(1, 16 + 12, 4, 0);
    EXPECT_EQ(other.board.messages.back().data, 0x51u);
    other.net.reset();
    EXPECT_EQ(other.net.hash(), VirtioNet("net0", other.board).hash());
    other.pci.reset();
    EXPECT_EQ(other.pci.hash(), VirtioPci(other.board, other.net, {2, 0}).hash());
}

TEST(VirtioNet, shows_its_queues) {
    Rig rig;
    rig.start();
    machine::StateNode tree = rig.net.describe();
    auto const has = [&](char const* name) {
        return std::any_of(tree.children.begin(), tree.children.end(),
                           [&](auto const& n) { return n.name == name; });
    };
    EXPECT_TRUE(has("queue 0"));
    EXPECT_TRUE(has("MAC"));
    tree = rig.pci.describe();
    EXPECT_TRUE(has("MSI-X"));
}

}  // namespace
}  // namespace sim::devices
