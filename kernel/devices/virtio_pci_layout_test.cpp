// SPDX-License-Identifier: MIT
#include "kernel/devices/virtio_pci_layout.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>

namespace devices {
namespace {

// What QEMU's virtio-net-pci shows.
class FakeConfig final : public PciConfig {
public:
    FakeConfig() {
        bytes[0x06] = 0x10;
        bytes[0x34] = 0x98;
        bytes[0x98] = 0x11;  // MSI-X, which is not for us
        bytes[0x99] = 0x84;
        put(0x84, {0x09, 0x70, 20, 5, 0, 0, 0, 0}, 0, 0);  // the window through configuration space
        put(0x70, {0x09, 0x60, 20, 2, 4, 0, 0, 0}, 0x3000, 0x1000);
        set32(0x80, 4);
        put(0x60, {0x09, 0x50, 16, 4, 4, 0, 0, 0}, 0x2000, 0x1000);
        put(0x50, {0x09, 0x40, 16, 3, 4, 0, 0, 0}, 0x1000, 0x1000);
        put(0x40, {0x09, 0x00, 16, 1, 4, 0, 0, 0}, 0x0000, 0x1000);
    }
    void put(unsigned at, std::array<std::uint8_t, 8> const& start, std::uint32_t offset,
             std::uint32_t length) {
        std::memcpy(&bytes[at], start.data(), 8);
        set32(at + 8, offset);
        set32(at + 12, length);
    }
    void set32(unsigned at, std::uint32_t value) { std::memcpy(&bytes[at], &value, 4); }

    std::uint32_t read(PciAddress, std::uint16_t offset) override {
        EXPECT_EQ(offset % 4, 0);
        EXPECT_LE(offset, 252);
        ++reads;
        std::uint32_t value;
        std::memcpy(&value, &bytes[offset], 4);
        return value;
    }
    void write(PciAddress, std::uint16_t, std::uint32_t) override {
        ADD_FAILURE() << "looking changes nothing";
    }
    base::Result<VirtioPciLayout, VirtioError> layout() { return find_virtio_layout(*this, PciAddress{}); }

    std::array<std::uint8_t, 256> bytes{};
    unsigned reads = 0;
};

TEST(VirtioPciLayout, finds_the_windows_of_a_usual_device) {
    FakeConfig config;
    auto const layout = config.layout();
    ASSERT_TRUE(layout);
    EXPECT_EQ(layout.value().common.bar, 4);
    EXPECT_EQ(layout.value().common.offset, 0u);
    EXPECT_EQ(layout.value().device.offset, 0x2000u);
    EXPECT_EQ(layout.value().notify.offset, 0x3000u);
    EXPECT_EQ(layout.value().notify.length, 0x1000u);
    EXPECT_EQ(layout.value().notify_multiplier, 4u);
}

TEST(VirtioPciLayout, knows_a_device_from_before_the_standard) {
    FakeConfig config;
    config.bytes[0x06] = 0;
    EXPECT_EQ(config.layout().error(), VirtioError::NotModern);
    config.bytes[0x06] = 0x10;
    config.bytes[0x40 + 3] = 9;
    EXPECT_EQ(config.layout().error(), VirtioError::NotModern);
}

TEST(VirtioPciLayout, passes_over_reserved_bars_and_short_capabilities) {
    FakeConfig config;
    config.bytes[0x40 + 4] = 6;
    EXPECT_EQ(config.layout().error(), VirtioError::NotModern);
    config = FakeConfig();
    config.bytes[0x40 + 2] = 15;
    EXPECT_EQ(config.layout().error(), VirtioError::NotModern);
    config = FakeConfig();
    config.bytes[0x70 + 2] = 16;  // a notify window without its multiplier
    EXPECT_EQ(config.layout().error(), VirtioError::BadLayout);
}

TEST(VirtioPciLayout, takes_the_first_window_of_a_kind) {
    FakeConfig config;
    config.bytes[0x41] = 0xA4;
    config.put(0xA4, {0x09, 0x00, 16, 1, 2, 0, 0, 0}, 0x100, 0x100);
    EXPECT_EQ(config.layout().value().common.bar, 4);
}

// Later versions may add fields to both. [virtio-1.2 §4.1.4.1]
TEST(VirtioPciLayout, accepts_capabilities_and_windows_longer_than_needed) {
    FakeConfig config;
    for (unsigned at : {0x40u, 0x50u, 0x60u, 0x70u}) {
        config.bytes[at + 2] = 200 - 0x70;  // longer than any that is known
        config.set32(at + 12, 0x0100'0000);
    }
    auto const layout = config.layout();
    ASSERT_TRUE(layout) << name(layout.error());
    EXPECT_EQ(layout.value().common.length, 0x0100'0000u);
    EXPECT_EQ(layout.value().notify.length, 0x0100'0000u);
    EXPECT_EQ(layout.value().device.length, 0x0100'0000u);
    EXPECT_EQ(layout.value().notify_multiplier, 4u);
    EXPECT_TRUE(window_fits(layout.value().common, 0x0100'0000)) << "it need only lie inside the BAR";
}

// The window for interrupts' reasons (type 3) is looked at by nobody: with MSI-X it
// says nothing. [virtio-1.2 §4.1.4.5.2]
TEST(VirtioPciLayout, needs_no_window_that_the_driver_does_not_use) {
    FakeConfig config;
    config.bytes[0x50 + 3] = 200;  // reserved
    ASSERT_TRUE(config.layout());
    EXPECT_EQ(config.layout().value().common.length, 0x1000u);
}

TEST(VirtioPciLayout, refuses_windows_too_small_or_askew) {
    for (auto [at, value] : {std::pair{0x4Cu, 55u}, {0x48u, 2u}, {0x7Cu, 1u}, {0x78u, 1u}, {0x68u, 2u}}) {
        FakeConfig config;
        config.set32(at, value);
        EXPECT_EQ(config.layout().error(), VirtioError::BadLayout) << at;
    }
}

TEST(VirtioPciLayout, windows_end_inside_their_bar) {
    EXPECT_TRUE(window_fits({4, 0x3000, 0x1000}, 0x4000));
    EXPECT_FALSE(window_fits({4, 0x3001, 0x1000}, 0x4000));
    EXPECT_FALSE(window_fits({4, 0xFFFF'FFFF, 0xFFFF'FFFF}, 0x4000));
    EXPECT_FALSE(window_fits({4, 0, 1}, 0));
}

TEST(VirtioPciLayout, does_not_run_in_circles) {
    FakeConfig config;
    config.bytes[0x41] = 0x98;  // back to the first
    EXPECT_TRUE(config.layout());
    EXPECT_LT(config.reads, 1000u);
    config.bytes[0x41] = 0x40;  // to itself
    EXPECT_TRUE(config.layout());
    config.bytes[0x34] = 0x10;  // into the header
    EXPECT_EQ(config.layout().error(), VirtioError::NotModern);
}

TEST(VirtioPciLayout, survives_any_configuration_space) {
    std::mt19937 random(7);
    for (int round = 0; round < 20'000; ++round) {
        FakeConfig config;
        for (unsigned edits = random() % 20; edits > 0; --edits)
            config.bytes[random() % 256] = static_cast<std::uint8_t>(random());
        if (round % 4 == 0)
            for (auto& byte : config.bytes) byte = static_cast<std::uint8_t>(random() % 3 ? 9 : random());
        config.bytes[0x06] |= 0x10;
        (void)config.layout().ok();
        ASSERT_LT(config.reads, 2000u);
    }
}

}  // namespace
}  // namespace devices
