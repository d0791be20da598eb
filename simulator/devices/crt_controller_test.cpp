// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/crt_controller.hpp"

#include <gtest/gtest.h>

#include "simulator/machine/state.hpp"

namespace sim::devices {
namespace {

unsigned ask(CrtController& crt, unsigned index) {
    crt.io_write(0, 0, 1, index);
    return static_cast<unsigned>(crt.io_read(0, 1, 1));
}

TEST(CrtController, keeps_the_cursor_as_small_kernels_do) {
    CrtController crt;
    EXPECT_EQ(ask(crt, 0x0E) << 8 | ask(crt, 0x0F), 0u);
    crt.io_write(0, 0, 1, 0x0E);
    crt.io_write(0, 1, 1, 0x07);
    crt.io_write(0, 0, 2, 0x9F0F);  // index and data in one word
    EXPECT_EQ(ask(crt, 0x0E) << 8 | ask(crt, 0x0F), 0x079Fu);
    EXPECT_EQ(crt.io_read(0, 0, 2), 0x9F0Fu);
    EXPECT_NE(crt.describe().value.find("row 24, column 31"), std::string::npos);
}

TEST(CrtController, protects_the_timing_but_for_one_bit) {
    CrtController crt;
    EXPECT_EQ(ask(crt, 0x11), 0x8Eu);
    crt.io_write(0, 0, 2, 0x0000);
    EXPECT_EQ(ask(crt, 0), 0x5Fu);
    crt.io_write(0, 0, 2, 0x0007);
    EXPECT_EQ(ask(crt, 7), 0x0Fu);
    crt.io_write(0, 0, 2, 0x0E11);
    crt.io_write(0, 0, 2, 0x1200);
    EXPECT_EQ(ask(crt, 0), 0x12u);
}

TEST(CrtController, has_nothing_behind_its_last_register) {
    CrtController crt;
    crt.io_write(0, 0, 2, 0x5519);
    EXPECT_EQ(ask(crt, 0x19), 0u);
    EXPECT_EQ(ask(crt, 0xFF), 0u);
}

}  // namespace
}  // namespace sim::devices
