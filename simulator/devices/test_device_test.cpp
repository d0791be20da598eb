// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/test_device.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_board.hpp"

namespace sim::devices {
namespace {

struct Rig {
    fakes::FakeBoard board;
    TestDevice device{board};
};

TEST(TestDevice, keeps_four_bytes_in_any_width) {
    Rig rig;
    rig.device.io_write(TestDevice::data, 0, 4, 0x44332211);
    EXPECT_EQ(rig.device.io_read(TestDevice::data, 0, 4), 0x44332211u);
    EXPECT_EQ(rig.device.io_read(TestDevice::data, 2, 2), 0x4433u);
    rig.device.io_write(TestDevice::data, 1, 1, 0xAA);
    EXPECT_EQ(rig.device.io_read(TestDevice::data, 0, 4), 0x4433AA11u);
    rig.device.io_write(TestDevice::data, 3, 4, 0x01020304);
    EXPECT_EQ(rig.device.io_read(TestDevice::data, 3, 2), 0xFF04u) << "nothing behind it";
}

TEST(TestDevice, pulls_wires) {
    Rig rig;
    rig.device.io_write(TestDevice::wire, 14, 1, 1);
    EXPECT_TRUE(rig.board.wires[14]);
    rig.device.io_write(TestDevice::wire, 14, 1, 0);
    EXPECT_FALSE(rig.board.wires[14]);
    rig.device.io_write(TestDevice::wire, 24, 1, 1);
    EXPECT_FALSE(rig.board.wires.contains(24));
}

TEST(TestDevice, has_memory_that_ends) {
    Rig rig;
    rig.device.io_write(TestDevice::memory, 0xFFF8, 8, 0x1122334455667788);
    EXPECT_EQ(rig.device.io_read(TestDevice::memory, 0xFFFC, 4), 0x11223344u);
    rig.device.io_write(TestDevice::memory, 0xFFFF, 8, 0);
    EXPECT_EQ(rig.device.io_read(TestDevice::memory, 0xFFFE, 2), 0x0022u);
}

}  // namespace
}  // namespace sim::devices
