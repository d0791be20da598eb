// SPDX-License-Identifier: GPL-2.0-or-later
//
// The network card: frames out and in, checksums, buffers merged, the cable.
#include "simulator/devices/virtio_net.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/virtio_card.hpp"

namespace sim::devices {
namespace {

using namespace fakes::card;
using fakes::FakeBoard;
using machine::InputKind;
using testing::HasSubstr;

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
    header[1] = 1;  // TSO, not negotiated
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
