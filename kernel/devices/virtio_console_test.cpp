// SPDX-License-Identifier: MIT
#include "kernel/devices/virtio_console.hpp"

#include <gtest/gtest.h>

#include <string>

#include "kernel/devices/fake_virtio.hpp"

namespace devices {
namespace {

class ConsoleTest : public testing::Test {
protected:
    void begin() {
        auto created = VirtioConsole::create(
            place, device, dma, [](void* self) { ++static_cast<ConsoleTest*>(self)->wakes; }, this);
        ASSERT_TRUE(created) << name(created.error());
        console = created.value();
        console->start();
    }
    bool type(std::string const& text, std::optional<std::uint32_t> length = {}) {
        auto const chain = device.queues[0].take();
        if (!chain) return false;
        EXPECT_GE(chain->parts.at(0).length, text.size());
        std::memcpy(FakeVirtq::at(base::PhysAddr(chain->parts.at(0).address)), text.data(), text.size());
        if (device.queues[0].use(chain->head, length.value_or(static_cast<std::uint32_t>(text.size()))))
            device.interrupt();
        return true;
    }
    std::string printed() {
        std::string all;
        while (auto const chain = device.queues[1].take()) {
            EXPECT_FALSE(chain->parts.at(0).writable);
            all.append(reinterpret_cast<char const*>(FakeVirtq::at(base::PhysAddr(chain->parts[0].address))),
                       chain->parts[0].length);
            device.queues[1].use(chain->head, 0);
        }
        return all;
    }
    std::string read(std::size_t room = 1000) {
        std::string text(room, '?');
        text.resize(console->read(text));
        return text;
    }
    alignas(16) std::byte place[sizeof(VirtioConsole)];
    FakeDma dma;
    FakeVirtio device;
    VirtioConsole* console = nullptr;
    unsigned wakes = 0;
};

TEST_F(ConsoleTest, prints_and_reads) {
    begin();
    EXPECT_EQ(console->write("hello"), 5u);
    EXPECT_EQ(printed(), "hello");
    (void)console->allow_interrupts();
    ASSERT_TRUE(type("one "));
    EXPECT_EQ(wakes, 1u);
    ASSERT_TRUE(type("two"));
    EXPECT_EQ(read(2), "on");
    EXPECT_EQ(read(), "e two");
    EXPECT_EQ(read(), "");
    for (unsigned i = 0; i < 100; ++i) {
        ASSERT_TRUE(type("again")) << "buffers go back";
        EXPECT_EQ(read(), "again");
    }
}

TEST_F(ConsoleTest, takes_what_there_is_room_for) {
    begin();
    std::string const much(10'000, 'x');
    EXPECT_EQ(console->write(much), 16u * 256);
    EXPECT_EQ(console->write("more"), 0u);
    EXPECT_FALSE(console->all_taken());
    EXPECT_EQ(printed(), much.substr(0, 4096));
    EXPECT_TRUE(console->all_taken());
    EXPECT_EQ(console->write("more"), 4u);
}

TEST_F(ConsoleTest, knows_the_size_of_the_window_if_the_device_does) {
    device.config = {80, 0, 25, 0};
    begin();
    EXPECT_EQ(console->size().columns, 0) << "not negotiated";
    device.offered |= 1;
    begin();
    EXPECT_EQ(console->size().columns, 80);
    EXPECT_EQ(console->size().rows, 25);
}

TEST_F(ConsoleTest, a_device_that_overfills_a_buffer_is_no_longer_used) {
    begin();
    ASSERT_TRUE(type("x", 257));
    EXPECT_EQ(read(), "");
    EXPECT_TRUE(console->failed());
    EXPECT_EQ(console->write("nothing leaves"), 0u);
}

TEST_F(ConsoleTest, gives_its_memory_back_when_it_cannot_begin) {
    for (unsigned blocks = 0; blocks < 3; ++blocks) {
        FakeDma little(blocks);
        auto const created = VirtioConsole::create(
            place, device, little, [](void*) {}, nullptr);
        ASSERT_FALSE(created);
        EXPECT_EQ(little.blocks(), 0u);
    }
}

}  // namespace
}  // namespace devices
