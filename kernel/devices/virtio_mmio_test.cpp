// SPDX-License-Identifier: MIT
#include "kernel/devices/virtio_mmio.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace devices {
namespace {

// The registers of a device, written from the table of the specification; it
// notes every access. [virtio-1.2 §4.2.2]
class FakeWindow final : public VirtioMmioWindow {
public:
    std::map<std::uint32_t, std::uint32_t> fixed = {{0x000, 0x7472'6976}, {0x004, 2}, {0x008, 4}, {0x034, 64},
                                                    {0x044, 0},           {0x060, 0}, {0x0fc, 7}};
    std::uint64_t features = 0x0000'0005'8000'0001;
    std::uint64_t chosen = 0;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> writes;
    std::vector<std::pair<std::uint32_t, unsigned>> config_reads;
    std::uint64_t window_size = 0x200;
    unsigned changes = 0;  // of the configuration, while it is read
    bool has_line = true;
    void (*handler)(void*) = nullptr;
    void* context = nullptr;

    std::uint32_t read(std::uint32_t offset, unsigned width) override {
        if (offset >= 0x100) {
            config_reads.emplace_back(offset, width);
            if (changes > 0) ++fixed[0x0fc], --changes;
            return 0x0403'0201;
        }
        EXPECT_EQ(width, 4u) << "all other registers are 32 bits wide";
        EXPECT_TRUE(offset != 0x010 || has_written(0x014)) << "which half of the features?";
        EXPECT_TRUE(offset != 0x034 || has_written(0x030)) << "of which queue?";
        if (offset == 0x010) return static_cast<std::uint32_t>(features >> 32 * written(0x014));
        if (offset == 0x070) return written(0x070);
        auto const found = fixed.find(offset);
        EXPECT_NE(found, fixed.end()) << std::hex << offset << " is not to be read";
        return found == fixed.end() ? 0 : found->second;
    }
    void write(std::uint32_t offset, std::uint32_t value) override {
        static std::set<std::uint32_t> const writable = {0x014, 0x020, 0x024, 0x030, 0x038,
                                                         0x044, 0x050, 0x064, 0x070, 0x080,
                                                         0x084, 0x090, 0x094, 0x0a0, 0x0a4};
        EXPECT_TRUE(writable.count(offset)) << std::hex << offset << " is not to be written";
        EXPECT_TRUE(offset != 0x020 || has_written(0x024)) << "which half of the features?";
        EXPECT_TRUE(offset != 0x038 || (value != 0 && value <= fixed[0x034])) << "QueueNumMax is the most";
        writes.emplace_back(offset, value);
        if (offset == 0x020) {
            unsigned const shift = 32 * written(0x024);
            chosen = (chosen & ~(0xffff'ffffull << shift)) | std::uint64_t{value} << shift;
        }
    }
    std::uint64_t size() const override { return window_size; }
    bool route(void (*function)(void*), void* with) override {
        handler = function;
        context = with;
        return has_line;
    }
    void silence() override { has_line = false; }
    bool has_written(std::uint32_t offset) const {
        return std::any_of(writes.begin(), writes.end(), [&](auto const& at) { return at.first == offset; });
    }
    std::uint32_t written(std::uint32_t offset) const {
        for (auto at = writes.rbegin(); at != writes.rend(); ++at)
            if (at->first == offset) return at->second;
        return 0;
    }
};

TEST(VirtioMmio, knows_a_device_by_its_first_three_registers) {
    FakeWindow window;
    EXPECT_EQ(VirtioMmio::identify(window).value(), 4u);
    window.fixed[0x004] = 1;
    EXPECT_EQ(VirtioMmio::identify(window).error(), VirtioError::NotModern);
    window.fixed.erase(0x008);
    window.fixed[0x000] = 0xffff'ffff;
    EXPECT_EQ(VirtioMmio::identify(window).error(), VirtioError::NotVirtio) << "and reads no further";
    EXPECT_TRUE(window.writes.empty());
}

TEST(VirtioMmio, reads_and_chooses_features_in_two_halves) {
    FakeWindow window;
    VirtioMmio transport(window);
    EXPECT_EQ(transport.device_features(), window.features);
    transport.set_driver_features(0x1234'5678'9abc'def0);
    EXPECT_EQ(window.chosen, 0x1234'5678'9abc'def0u);
}

TEST(VirtioMmio, enables_a_queue_only_when_all_is_said) {
    FakeWindow window;
    VirtioMmio transport(window);
    EXPECT_EQ(transport.queue_limit(1), 64);
    EXPECT_EQ(window.written(0x030), 1u);
    window.writes.clear();
    ASSERT_TRUE(transport.enable_queue(
        1, 32, {base::PhysAddr(0x1'2345'6000), base::PhysAddr(0x2000), base::PhysAddr(0x7'0000'3000)}));
    using Writes = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
    EXPECT_EQ(window.writes, (Writes{{0x030, 1},
                                     {0x038, 32},
                                     {0x080, 0x2345'6000},
                                     {0x084, 1},
                                     {0x090, 0x2000},
                                     {0x094, 0},
                                     {0x0a0, 0x3000},
                                     {0x0a4, 7},
                                     {0x044, 1}}));
    transport.notify(1);
    EXPECT_EQ(window.written(0x050), 1u);
}

TEST(VirtioMmio, a_queue_that_is_in_use_is_none) {
    FakeWindow window;
    window.fixed[0x044] = 1;
    EXPECT_EQ(VirtioMmio(window).queue_limit(0), 0);
}

TEST(VirtioMmio, acknowledges_every_interrupt_and_passes_on_those_of_queues) {
    FakeWindow window;
    VirtioMmio transport(window);
    unsigned calls = 0;
    ASSERT_TRUE(transport.set_handler([](void* count) { ++*static_cast<unsigned*>(count); }, &calls));
    window.fixed[0x060] = 1;
    window.handler(window.context);
    EXPECT_EQ(window.written(0x064), 1u);
    EXPECT_EQ(calls, 1u);
    window.fixed[0x060] = 2;  // the configuration changed
    window.handler(window.context);
    EXPECT_EQ(window.written(0x064), 2u);
    EXPECT_EQ(calls, 1u);
    window.fixed[0x060] = 0x8000'0001;  // a bit that the specification does not know
    window.handler(window.context);
    EXPECT_EQ(window.written(0x064), 1u);
    EXPECT_EQ(calls, 2u);
    window.has_line = false;
    EXPECT_EQ(transport.set_handler([](void*) {}, nullptr).error(), VirtioError::NoInterrupt);
}

// Level triggered: as long as the device holds its line, nothing but the handler runs.
TEST(VirtioMmio, a_line_that_is_held_for_nothing_is_silenced) {
    FakeWindow window;
    VirtioMmio transport(window);
    unsigned calls = 0;
    ASSERT_TRUE(transport.set_handler([](void* count) { ++*static_cast<unsigned*>(count); }, &calls));
    for (unsigned i = 0; i < 5000; ++i) {
        window.fixed[0x060] = i % 500 == 0 ? 1 : i % 2 * 2;  // now and then there is work
        window.handler(window.context);
        if (i % 500 == 0) {
            EXPECT_TRUE(transport.looked());
        }
    }
    EXPECT_TRUE(window.has_line);
    EXPECT_EQ(calls, 10u);
    window.fixed[0x060] = 0;
    unsigned interrupts = 0;
    for (; window.has_line && interrupts < 100'000; ++interrupts) window.handler(window.context);
    EXPECT_LT(interrupts, 2000u);
    EXPECT_EQ(window.written(0x070), std::uint32_t{virtio_status::failed});
    EXPECT_EQ(calls, 11u) << "whoever waits is woken";
    EXPECT_FALSE(transport.looked());
}

// The same with a good reason each time, so that whoever would look never runs.
TEST(VirtioMmio, a_line_that_is_held_although_nobody_gets_to_look_is_silenced) {
    FakeWindow window;
    VirtioMmio transport(window);
    ASSERT_TRUE(transport.set_handler([](void*) {}, nullptr));
    window.fixed[0x060] = 1;
    for (unsigned i = 0; i < 5000; ++i) {
        window.handler(window.context);
        if (i % 900 == 0) {  // a driver that is late, and two full queues
            EXPECT_TRUE(transport.looked());
        }
    }
    EXPECT_TRUE(window.has_line);
    unsigned interrupts = 0;
    for (; window.has_line && interrupts < 100'000; ++interrupts) window.handler(window.context);
    EXPECT_LT(interrupts, 2000u);
    EXPECT_EQ(window.written(0x070), std::uint32_t{virtio_status::failed});
}

TEST(VirtioMmio, reads_the_configuration_as_of_one_time_and_within_the_window) {
    FakeWindow window;
    VirtioMmio transport(window);
    std::uint8_t two[2], eight[8];
    ASSERT_TRUE(transport.read_config(10, 2, two));
    EXPECT_EQ(two[1], 2);
    ASSERT_TRUE(transport.read_config(0, 4, eight));
    EXPECT_EQ(window.config_reads,
              (std::vector<std::pair<std::uint32_t, unsigned>>{{0x10a, 2}, {0x100, 4}, {0x104, 4}}));
    window.changes = 3;
    ASSERT_TRUE(transport.read_config(0, 4, eight)) << "again until it holds still";
    window.changes = 100'000;
    EXPECT_FALSE(transport.read_config(0, 4, eight)) << "but not for ever";
    window.changes = 0;
    EXPECT_TRUE(transport.read_config(0xf8, 4, eight));
    EXPECT_FALSE(transport.read_config(0xfc, 4, eight));
}

TEST(VirtioMmioPlace, is_read_as_linux_reads_it) {
    auto const place = parse_mmio_place("512@0xfeb00000:5");
    ASSERT_TRUE(place);
    EXPECT_EQ(place->start, base::PhysAddr(0xfeb0'0000));
    EXPECT_EQ(place->size, 512u);
    EXPECT_EQ(place->line, 5u);
    EXPECT_EQ(parse_mmio_place("4K@0x1000:12:3")->size, 4096u);
}

TEST(VirtioMmioPlace, refuses_what_cannot_be) {
    for (char const* text :
         {"", "@", ":", "512", "512@", "512@0x1000", "512@0x1000:", "@0x1000:5", "64@0x1000:5",
          "512@0x1001:5", "512@0:5", "512@0x1000:256", "2M@0x1000:5", "512@-1:5", "K@0x1000:5",
          "99999999999999999999@0x1000:5", "18446744073709551615M@0x1000:5", "512@0xffffffffffffff00:5"})
        EXPECT_FALSE(parse_mmio_place(text)) << text;
}

}  // namespace
}  // namespace devices
