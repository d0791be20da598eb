// SPDX-License-Identifier: GPL-2.0-or-later
//
// The same devices through the other doors: the ports from before version 1,
// registers in memory of both versions. And the two smallest devices.
#include <gtest/gtest.h>

#include "simulator/devices/virtio_blk.hpp"
#include "simulator/devices/virtio_console.hpp"
#include "simulator/devices/virtio_mmio.hpp"
#include "simulator/devices/virtio_net.hpp"
#include "simulator/devices/virtio_rng.hpp"
#include "tests/fakes/virtio_driver.hpp"

namespace sim::devices {
namespace {

using fakes::FakeBoard;
using fakes::VirtioDriver;
using Bytes = std::vector<std::uint8_t>;

template <class T>
void poke(FakeBoard& board, std::uint64_t at, T value) {
    std::memcpy(&board.ram.at(at), &value, sizeof value);
}
template <class T>
T peek(FakeBoard& board, std::uint64_t at) {
    T value;
    std::memcpy(&value, &board.ram.at(at), sizeof value);
    return value;
}

// A queue of the old layout: 256 descriptors, the available ring, and the used
// ring on the next page.
constexpr std::uint64_t ring = 0x4000, available = ring + 256 * 16, used = ring + 0x2000;

void offer(FakeBoard& board, std::uint64_t address, std::uint32_t length, bool writable) {
    poke(board, ring, address);
    poke(board, ring + 8, length);
    poke<std::uint16_t>(board, ring + 12, writable ? 2 : 0);
    auto const index = peek<std::uint16_t>(board, available + 2);
    poke<std::uint16_t>(board, available + 4 + 2u * (index % 256), 0);
    poke<std::uint16_t>(board, available + 2, static_cast<std::uint16_t>(index + 1));
}

struct Transitional {
    FakeBoard board{1 << 20};
    VirtioNet net{"net0", board};
    VirtioPci pci{board, net, {2, 0}, true};
    Transitional() {
        pci.config_write(0x10, 4, 0xC000);
        pci.config_write(0x04, 2, 5);
    }
    std::uint64_t in(unsigned port, unsigned size) {
        return pci.bar_read(0, port, size) & ((1ull << 8 * size) - 1);
    }
    void out(unsigned port, unsigned size, std::uint64_t value) { pci.bar_write(0, port, size, value); }
};

TEST(VirtioTransitional, is_found_under_the_old_id_with_ports_in_bar_0) {
    Transitional rig;
    EXPECT_EQ(rig.pci.config_read(0, 4), 0x1000'1AF4u);
    EXPECT_EQ(rig.pci.config_read(0x2E, 2), 1u);
    EXPECT_EQ(rig.pci.config_read(0x08, 1), 0u);
    EXPECT_EQ(rig.pci.config_read(0x10, 4), 0xC001u);
    rig.pci.config_write(0x10, 4, ~0u);
    EXPECT_EQ(rig.pci.config_read(0x10, 4), 0xFF81u);
    rig.pci.config_write(0x10, 4, 0xC000);
    EXPECT_TRUE(rig.pci.decode(0xC07C, 4, true));
    EXPECT_FALSE(rig.pci.decode(0xC07C, 4, false));
    rig.pci.config_write(0x04, 2, 6);
    EXPECT_FALSE(rig.pci.decode(0xC07C, 4, true));
}

TEST(VirtioTransitional, an_old_driver_sends_with_the_short_header) {
    Transitional rig;
    EXPECT_EQ(rig.in(0, 4) & (1u << 27 | 1u << 5), 1u << 27 | 1u << 5);
    rig.out(18, 1, 1);
    rig.out(18, 1, 3);
    rig.out(4, 4, 1 << 5);
    rig.out(14, 2, 1);
    EXPECT_EQ(rig.in(12, 2), 256u);
    rig.out(8, 4, ring / 4096);
    EXPECT_EQ(rig.in(8, 4), ring / 4096);
    rig.out(18, 1, 7);
    EXPECT_EQ(rig.in(18, 1), 7u);
    EXPECT_EQ(rig.in(20, 4), 0x12005452u);  // the MAC, without MSI-X
    std::fill_n(rig.board.ram.begin() + 0x8000 + 10, 60, std::uint8_t{0x77});
    offer(rig.board, 0x8000, 70, false);
    rig.out(16, 2, 1);
    ASSERT_EQ(rig.board.outputs.size(), 1u);
    EXPECT_EQ(rig.board.outputs[0], Bytes(60, 0x77));
    EXPECT_EQ(peek<std::uint16_t>(rig.board, used + 2), 1u);
    EXPECT_TRUE(rig.pci.interrupt_pending());
    EXPECT_EQ(rig.in(19, 1), 1u);
    EXPECT_FALSE(rig.pci.interrupt_pending());
    rig.out(18, 1, 0);
    EXPECT_EQ(rig.in(8, 4), 0u);
}

TEST(VirtioTransitional, an_old_driver_gets_bus_mastering_when_it_forgot_it) {
    Transitional rig;
    rig.pci.config_write(0x04, 2, 1);
    rig.out(18, 1, 1);
    EXPECT_FALSE(rig.pci.bus_master());
    rig.out(18, 1, 3);
    EXPECT_TRUE(rig.pci.bus_master());
    ASSERT_EQ(rig.board.reports.size(), 1u);
    EXPECT_NE(rig.board.reports[0].find("bus mastering"), std::string::npos);
    rig.out(18, 1, 7);
    EXPECT_EQ(rig.board.reports.size(), 1u);
}

TEST(VirtioTransitional, a_new_driver_takes_it_as_any_other) {
    FakeBoard board{1 << 20};
    VirtioRng rng("rng0", board, 1);
    VirtioDriver driver(board, rng, true);
    EXPECT_TRUE(driver.start());
    EXPECT_FALSE(rng.legacy());
    driver.offer(0, {{VirtioDriver::buffers, 16, true}});
    driver.notify(0);
    EXPECT_EQ(driver.used(0)->second, 16u);
}

struct Mmio {
    explicit Mmio(bool legacy) : mmio(board, rng, 5, legacy) {}
    FakeBoard board{1 << 20};
    VirtioRng rng{"rng0", board, 1};
    VirtioMmio mmio;
    std::uint32_t read(unsigned offset) { return static_cast<std::uint32_t>(mmio.io_read(0, offset, 4)); }
    void write(unsigned offset, std::uint32_t value) { mmio.io_write(0, offset, 4, value); }
    void start() {
        write(0x70, 1);
        write(0x70, 3);
        write(0x24, 1);
        write(0x20, 1);
        write(0x70, 11);
        write(0x38, 256);
        write(0x80, ring);
        write(0x90, available);
        write(0xA0, used);
        write(0x44, 1);
        write(0x70, 15);
    }
    void start_legacy() {
        write(0x70, 3);
        write(0x28, 4096);
        write(0x38, 256);
        write(0x3C, 4096);
        write(0x40, ring / 4096);
        write(0x70, 7);
    }
};

TEST(VirtioMmio, version_2_serves_a_request) {
    Mmio rig(false);
    EXPECT_EQ(rig.read(0), 0x74726976u);
    EXPECT_EQ(rig.read(4), 2u);
    EXPECT_EQ(rig.read(8), 4u);
    EXPECT_EQ(rig.read(0x34), 256u);
    rig.start();
    EXPECT_EQ(rig.read(0x70), 15u);
    EXPECT_EQ(rig.read(0x44), 1u);
    offer(rig.board, 0x8000, 32, true);
    rig.write(0x50, 0);
    EXPECT_EQ(peek<std::uint16_t>(rig.board, used + 2), 1u);
    EXPECT_TRUE(rig.board.wires[5]);
    EXPECT_EQ(rig.read(0x60), 1u);
    rig.write(0x64, 1);
    EXPECT_FALSE(rig.board.wires[5]);
    rig.write(0x70, 0);
    EXPECT_EQ(rig.read(0x44), 0u);
}

TEST(VirtioMmio, version_1_places_queues_by_page) {
    Mmio rig(true);
    EXPECT_EQ(rig.read(4), 1u);
    rig.write(0x14, 1);
    EXPECT_EQ(rig.read(0x10), 0u);  // there was no second half
    rig.start_legacy();
    EXPECT_EQ(rig.read(0x40), ring / 4096);
    offer(rig.board, 0x8000, 32, true);
    rig.write(0x50, 0);
    EXPECT_EQ(peek<std::uint16_t>(rig.board, used + 2), 1u);
    rig.write(0x40, 0);
    EXPECT_EQ(rig.read(0x40), 0u);
}

TEST(VirtioMmio, a_misplaced_queue_of_version_1_is_none_and_the_state_is_sound) {
    Mmio rig(true), other(true);
    rig.start_legacy();
    rig.write(0x28, 1);         // pages of one byte
    rig.write(0x40, ring + 3);  // not aligned, while the queue is in use
    EXPECT_EQ(rig.read(0x40), 0u);
    EXPECT_EQ(rig.read(0x70) & 0x40, 0x40u);
    expect_round_trip(rig.rng, other.rng, other.board);
    rig.write(0x70, 0);
    rig.start_legacy();
    offer(rig.board, 0x8000, 32, true);
    rig.write(0x50, 0);
    EXPECT_EQ(peek<std::uint16_t>(rig.board, used + 2), 1u);
}

TEST(VirtioMmio, a_queue_of_version_1_that_is_moved_begins_anew) {
    Mmio rig(true);
    rig.start_legacy();
    offer(rig.board, 0x8000, 32, true);
    rig.write(0x50, 0);
    std::copy_n(rig.board.ram.begin() + ring, 0x4000, rig.board.ram.begin() + ring + 0x8000);
    rig.write(0x40, (ring + 0x8000) / 4096);
    poke<std::uint16_t>(rig.board, used + 0x8000 + 2, 0);
    rig.write(0x50, 0);
    EXPECT_EQ(peek<std::uint16_t>(rig.board, used + 0x8000 + 2), 1u);
}

TEST(VirtioMmio, misuse_is_reported_and_harmless) {
    Mmio rig(true);
    auto const before = rig.mmio.hash();
    rig.write(0x28, 0);
    rig.write(0x3C, 3);
    rig.write(0x3C, 1 << 30);
    rig.mmio.io_write(0, 0x71, 1, 0xFF);
    EXPECT_EQ(rig.mmio.io_read(0, 0x00, 1), 0u);
    rig.mmio.io_write(0, 0x100, 4, 1);
    rig.write(0x30, 99);
    rig.write(0x40, 5);
    rig.write(0x50, 99);
    rig.write(0x30, 0);
    EXPECT_EQ(rig.mmio.hash(), before);
    EXPECT_GE(rig.board.reports.size(), 4u);
}

TEST(VirtioMmio, state_round_trips) {
    Mmio rig(false), other(false);
    rig.start();
    offer(rig.board, 0x8000, 32, true);
    rig.write(0x50, 0);
    expect_round_trip(rig.mmio, other.mmio, other.board);
    expect_round_trip(rig.rng, other.rng, other.board);
    EXPECT_EQ(other.read(0x60), 1u);
    other.mmio.reset();
    other.rng.reset();
    EXPECT_EQ(other.mmio.hash(), Mmio(false).mmio.hash());
    EXPECT_EQ(other.rng.hash(), Mmio(false).rng.hash());
}

TEST(VirtioRng, is_the_same_stream_for_the_same_seed_and_goes_on) {
    auto const bytes = [](std::uint64_t seed, int requests) {
        FakeBoard board{1 << 20};
        VirtioRng rng("rng0", board, seed);
        VirtioDriver driver(board, rng);
        driver.start();
        for (int i = 0; i < requests; ++i) {
            driver.offer(0, {{VirtioDriver::buffers, 13, true}, {VirtioDriver::buffers + 13, 19, true}});
            driver.notify(0);
            EXPECT_EQ(driver.used(0)->second, 32u);
        }
        return Bytes(board.ram.begin() + VirtioDriver::buffers,
                     board.ram.begin() + VirtioDriver::buffers + 32);
    };
    EXPECT_EQ(bytes(1, 1), bytes(1, 1));
    EXPECT_NE(bytes(1, 1), bytes(2, 1));
    EXPECT_NE(bytes(1, 1), bytes(1, 2));
}

TEST(VirtioRng, gives_at_most_64_kib_and_never_nothing) {
    FakeBoard board{1 << 20};
    VirtioRng rng("rng0", board, 1);
    VirtioDriver driver(board, rng);
    driver.start();
    driver.offer(0, {{VirtioDriver::buffers, 0x80000, true}});
    driver.notify(0);
    EXPECT_EQ(driver.used(0)->second, VirtioRng::most_bytes);
    driver.offer(0, {{VirtioDriver::buffers, 16, false}});
    driver.notify(0);
    EXPECT_TRUE(driver.needs_reset());
}

TEST(VirtioConsole, prints_and_takes_what_is_typed) {
    FakeBoard board{1 << 20};
    VirtioConsole console("console0", board), other("console0", board);
    VirtioDriver driver(board, console);
    EXPECT_EQ(driver.config(0, 4), 80u | 25u << 16);
    driver.pci.bar_write(4, 0x2008, 4, '!');  // before any driver
    EXPECT_EQ(board.outputs.back(), Bytes{'!'});
    driver.start();
    std::copy_n("hello", 5, board.ram.begin() + VirtioDriver::buffers);
    driver.offer(1, {{VirtioDriver::buffers, 2, false}, {VirtioDriver::buffers + 2, 3, false}});
    driver.notify(1);
    EXPECT_EQ(board.outputs.back(), (Bytes{'h', 'e', 'l', 'l', 'o'}));
    EXPECT_TRUE(driver.used(1));
    Bytes const typed = {'l', 's', '\n'};
    console.on_input(machine::InputKind::console, typed);
    expect_round_trip(console, other, board);
    driver.offer(0, {{VirtioDriver::buffers + 0x100, 2, true}});
    driver.notify(0);
    EXPECT_EQ(driver.used(0)->second, 2u);
    driver.offer(0, {{VirtioDriver::buffers + 0x200, 20, true}}, 1);
    driver.notify(0);
    EXPECT_EQ(driver.used(0)->second, 1u);
    EXPECT_EQ(board.ram[VirtioDriver::buffers + 0x200], '\n');
    for (int i = 0; i < 100; ++i) console.on_input(machine::InputKind::console, Bytes(1000, 'x'));
    EXPECT_LE(fakes::saved(console).size(), VirtioConsole::most_waiting + 300);
}

}  // namespace
}  // namespace sim::devices
