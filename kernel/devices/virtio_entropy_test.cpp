// SPDX-License-Identifier: MIT
#include "kernel/devices/virtio_entropy.hpp"

#include <gtest/gtest.h>

#include "kernel/devices/fake_virtio.hpp"

namespace devices {
namespace {

class EntropyTest : public testing::Test {
protected:
    EntropyTest() { device.queue_count = 1; }
    void begin() {
        auto created = VirtioEntropy::create(
            place, device, dma, [](void* self) { ++static_cast<EntropyTest*>(self)->wakes; }, this);
        ASSERT_TRUE(created) << name(created.error());
        source = created.value();
        source->start();
    }
    bool serve(unsigned bytes, std::uint8_t value) {
        auto const chain = device.queues[0].take();
        if (!chain) return false;
        EXPECT_EQ(chain->parts.size(), 1u);
        EXPECT_TRUE(chain->parts[0].writable);
        std::memset(FakeVirtq::at(base::PhysAddr(chain->parts[0].address)), value, std::min(bytes, 64u));
        if (device.queues[0].use(chain->head, bytes)) device.interrupt();
        return true;
    }
    std::vector<std::byte> take(std::size_t room) {
        std::vector<std::byte> into(room);
        into.resize(source->take(into));
        return into;
    }
    alignas(16) std::byte place[sizeof(VirtioEntropy)];
    FakeDma dma;
    FakeVirtio device;
    VirtioEntropy* source = nullptr;
    unsigned wakes = 0;
};

TEST_F(EntropyTest, gives_what_the_device_gave_and_nothing_twice) {
    begin();
    EXPECT_EQ(take(32).size(), 0u);
    source->ask();
    source->ask();
    (void)source->allow_interrupts();
    ASSERT_TRUE(serve(40, 0x5a));
    EXPECT_EQ(wakes, 1u);
    EXPECT_EQ(take(32), std::vector(32, std::byte{0x5a}));
    EXPECT_EQ(take(32).size(), 0u) << "what did not fit is dropped";
    EXPECT_FALSE(serve(1, 0)) << "one buffer, asked for once";
    source->ask();
    ASSERT_TRUE(serve(8, 0x77));
    EXPECT_EQ(take(32), std::vector(8, std::byte{0x77}));
}

TEST_F(EntropyTest, a_device_that_claims_too_much_is_no_longer_used) {
    begin();
    source->ask();
    ASSERT_TRUE(serve(65, 1));
    EXPECT_EQ(take(100).size(), 0u);
    EXPECT_TRUE(source->failed());
    EXPECT_TRUE(device.statuses.back() & virtio_status::failed);
    source->ask();
    EXPECT_FALSE(serve(1, 1));
}

TEST_F(EntropyTest, gives_its_memory_back_when_it_cannot_begin) {
    device.has_vectors = false;
    auto const created = VirtioEntropy::create(
        place, device, dma, [](void*) {}, nullptr);
    ASSERT_FALSE(created);
    EXPECT_EQ(created.error(), VirtioError::NoInterrupt);
    EXPECT_EQ(dma.blocks(), 0u);
}

}  // namespace
}  // namespace devices
