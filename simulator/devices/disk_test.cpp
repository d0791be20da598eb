// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/disk.hpp"

#include <gtest/gtest.h>

#include <array>

namespace sim::devices {
namespace {

constexpr std::size_t page_sectors = machine::page_bytes / Disk::sector_bytes;

Disk disk_of(std::size_t pages) {
    return Disk({"disk", "", std::make_shared<std::vector<std::uint8_t> const>(pages * machine::page_bytes)});
}

void fill(Disk& disk, std::size_t page, std::uint8_t with) {
    std::array<std::uint8_t, machine::page_bytes> bytes;
    bytes.fill(with);
    disk.write(page * page_sectors, bytes);
}

std::uint8_t first_byte(Disk const& disk, std::size_t page) {
    std::array<std::uint8_t, Disk::sector_bytes> sector;
    disk.read(page * page_sectors, sector);
    return sector[0];
}

TEST(Disk, a_power_cut_takes_what_was_written_since_the_flush) {
    Disk disk = disk_of(8);
    fill(disk, 1, 0x11);
    disk.flush();
    EXPECT_EQ(disk.pages_not_flushed(), 0u);
    fill(disk, 1, 0x22);
    fill(disk, 2, 0x22);
    EXPECT_EQ(disk.pages_not_flushed(), 2u);
    disk.forget();
    EXPECT_EQ(first_byte(disk, 1), 0x11);
    EXPECT_EQ(first_byte(disk, 2), 0);
    disk.forget();
    EXPECT_EQ(first_byte(disk, 1), 0x11);
    EXPECT_EQ(disk.pages_written(), 2u);
}

// What it remembers of its own past must not outlive the pages that it spoke of.
TEST(Disk, a_restore_brings_back_what_is_not_flushed) {
    Disk disk = disk_of(8);
    fill(disk, 1, 0x11);
    disk.flush();
    fill(disk, 2, 0x22);
    machine::PageOverlay const then = disk.written();
    disk.flush();
    fill(disk, 3, 0x33);

    disk.written() = then;
    EXPECT_EQ(disk.pages_not_flushed(), 1u);
    disk.forget();
    EXPECT_EQ(first_byte(disk, 1), 0x11);
    EXPECT_EQ(first_byte(disk, 2), 0);
    EXPECT_EQ(first_byte(disk, 3), 0);

    disk.written() = then;
    disk.flush();
    disk.forget();
    EXPECT_EQ(first_byte(disk, 2), 0x22);

    // Into another disk, which has lived on its own; written there before the flush.
    Disk other = disk_of(8);
    fill(other, 5, 0x55);
    other.written() = then;
    fill(other, 6, 0x66);
    other.flush();
    other.forget();
    EXPECT_EQ(first_byte(other, 2), 0x22);
    EXPECT_EQ(first_byte(other, 5), 0);
    EXPECT_EQ(first_byte(other, 6), 0x66);
    EXPECT_EQ(other.pages_not_flushed(), 0u);
}

}  // namespace
}  // namespace sim::devices
