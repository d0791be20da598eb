// SPDX-License-Identifier: MIT
#include "kernel/devices/virtio_block.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "kernel/devices/fake_virtio.hpp"

namespace devices {
namespace {

using Kind = VirtioBlock::Kind;
using Outcome = VirtioBlock::Outcome;
constexpr std::uint64_t feature_read_only = 1 << 5, feature_flush = 1 << 9;

class BlockTest : public testing::Test {
protected:
    BlockTest() {
        device.queue_count = 1;
        device.offered |= virtio_feature::indirect | feature_flush;
        set_capacity(8);
    }
    void set_capacity(std::uint64_t sectors) {
        device.config.assign(60, 0);
        for (unsigned i = 0; i < 8; ++i) device.config[i] = static_cast<std::uint8_t>(sectors >> 8 * i);
    }
    auto create(FakeDma& memory) {
        return VirtioBlock::create(
            place, device, memory, [](void* self) { ++static_cast<BlockTest*>(self)->wakes; }, this);
    }
    void begin() {
        auto created = create(dma);
        ASSERT_TRUE(created) << name(created.error());
        disk = created.value();
        disk->start();
        content.assign(8 * 512, '.');
    }
    std::uint16_t submit(Kind kind, std::uint64_t sector, std::string const& text, std::size_t size) {
        auto const request = disk->begin();
        if (!request) throw std::runtime_error("no request is free");
        std::memcpy(disk->data(*request).data(), text.data(), text.size());
        disk->submit(*request, kind, sector, size);
        disk->kick();
        return *request;
    }
    // The device does what the next request says. Written from the specification.
    // [virtio-1.2 §5.2.6]
    bool serve(std::uint8_t status = 0) {
        auto const chain = device.queues[0].take();
        if (!chain) return false;
        auto const& parts = chain->parts;
        std::byte const* const header = FakeVirtq::at(base::PhysAddr(parts.at(0).address));
        EXPECT_EQ(parts[0].length, 16u);
        EXPECT_FALSE(parts[0].writable);
        EXPECT_EQ(parts.back().length, 1u);
        EXPECT_TRUE(parts.back().writable);
        std::uint32_t type, reserved;
        std::uint64_t sector;
        std::memcpy(&type, header, 4);
        std::memcpy(&reserved, header + 4, 4);
        std::memcpy(&sector, header + 8, 8);
        EXPECT_EQ(reserved, 0u);
        types.push_back(type);
        std::uint32_t written = 1;
        if (type == 4) {
            EXPECT_EQ(parts.size(), 2u);
            EXPECT_EQ(sector, 0u);
        } else {
            std::byte* const data = FakeVirtq::at(base::PhysAddr(parts.at(1).address));
            EXPECT_EQ(parts[1].writable, type == 0);
            EXPECT_LE(sector * 512 + parts[1].length, content.size());
            if (type == 0) std::memcpy(data, content.data() + sector * 512, parts[1].length);
            if (type == 0) written += parts[1].length;
            if (type == 1) std::memcpy(content.data() + sector * 512, data, parts[1].length);
        }
        *FakeVirtq::at(base::PhysAddr(parts.back().address)) = std::byte{status};
        if (device.queues[0].use(chain->head, written)) device.interrupt();
        return true;
    }
    Outcome outcome() {
        auto const done = disk->finished();
        if (!done) throw std::runtime_error("nothing has finished");
        disk->release(done->request);
        return done->outcome;
    }

    alignas(16) std::byte place[sizeof(VirtioBlock)];
    FakeDma dma;
    FakeVirtio device;
    VirtioBlock* disk = nullptr;
    std::string content;
    std::vector<std::uint32_t> types;
    unsigned wakes = 0;
};

TEST_F(BlockTest, follows_the_order_of_initialisation_and_chooses_what_it_knows) {
    device.offered |= 0xff;  // and does not choose what it does not
    begin();
    EXPECT_EQ(device.statuses, (std::vector<std::uint8_t>{0, 1, 3, 11, 15}));
    EXPECT_EQ(device.chosen, virtio_feature::version_1 | virtio_feature::event_index |
                                 virtio_feature::indirect | feature_flush | feature_read_only);
    EXPECT_EQ(disk->sectors(), 8u);
    EXPECT_TRUE(disk->read_only());
    EXPECT_TRUE(disk->has_cache());
}

// [virtio-1.2 §2.1.1]
TEST_F(BlockTest, a_device_that_needs_a_reset_is_no_longer_used) {
    begin();
    disk->look_at_status();
    EXPECT_FALSE(disk->failed());
    device.set_status(device.status() | virtio_status::needs_reset);
    disk->look_at_status();
    EXPECT_TRUE(disk->failed());
    EXPECT_TRUE(device.status() & virtio_status::failed);
    EXPECT_FALSE(disk->begin());
}

// [virtio-1.2 §2.1.1]
TEST_F(BlockTest, a_device_that_was_given_up_is_reset_before_it_is_tried_again) {
    device.refuses_features = true;
    EXPECT_EQ(create(dma).error(), VirtioError::FeaturesRefused);
    EXPECT_TRUE(device.statuses.back() & virtio_status::failed);
    device.refuses_features = false;
    device.statuses.clear();
    begin();
    EXPECT_EQ(device.statuses, (std::vector<std::uint8_t>{0, 1, 3, 11, 15}));
}

// [virtio-1.2 §5.2.5.1]: nobody asks for CONFIG_WCE, so FLUSH alone says which it is.
TEST_F(BlockTest, a_device_with_flush_has_a_cache_and_one_without_has_none) {
    begin();
    EXPECT_TRUE(disk->has_cache());
    device.offered &= ~feature_flush;
    begin();
    EXPECT_FALSE(disk->has_cache());
}

TEST_F(BlockTest, writes_reads_and_flushes) {
    begin();
    (void)disk->allow_interrupts();
    submit(Kind::write, 3, "hello", 512);
    ASSERT_TRUE(serve());
    EXPECT_EQ(wakes, 1u);
    EXPECT_EQ(outcome(), Outcome::ok);
    EXPECT_EQ(content.substr(3 * 512, 5), "hello");

    std::uint16_t const request = submit(Kind::read, 2, "", 1024);
    ASSERT_TRUE(serve());
    auto const done = disk->finished();
    ASSERT_TRUE(done);
    EXPECT_EQ(done->request, request);
    EXPECT_EQ(std::memcmp(disk->data(request).data() + 512, "hello", 5), 0);
    disk->release(request);

    submit(Kind::flush, 0, "", 0);
    ASSERT_TRUE(serve());
    EXPECT_EQ(outcome(), Outcome::ok);
    EXPECT_EQ(types, (std::vector<std::uint32_t>{1, 0, 4}));
    EXPECT_EQ(device.queues[0].tables_seen(), 3u) << "each in a table: one place in the queue";
}

TEST_F(BlockTest, works_without_indirect_descriptors_and_with_a_small_queue) {
    device.offered &= ~virtio_feature::indirect;
    device.limit = 8;  // room for two requests of three parts
    begin();
    submit(Kind::write, 0, "a", 512);
    submit(Kind::write, 1, "b", 512);
    EXPECT_FALSE(disk->begin());
    while (serve()) {
    }
    EXPECT_EQ(outcome(), Outcome::ok);
    EXPECT_EQ(outcome(), Outcome::ok);
    EXPECT_TRUE(disk->begin());
    EXPECT_EQ(content[512], 'b');
}

TEST_F(BlockTest, has_sixteen_requests_in_flight_and_no_more) {
    begin();
    for (unsigned i = 0; i < VirtioBlock::most_requests; ++i) submit(Kind::read, 0, "", 512);
    EXPECT_FALSE(disk->begin());
    ASSERT_TRUE(serve());
    EXPECT_EQ(outcome(), Outcome::ok);
    EXPECT_TRUE(disk->begin());
}

TEST_F(BlockTest, tells_the_devices_answers_apart) {
    begin();
    for (auto const& [status, expected] : {std::pair{0, Outcome::ok},
                                           {1, Outcome::device_error},
                                           {2, Outcome::unsupported},
                                           {3, Outcome::nonsense},
                                           {0xff, Outcome::nonsense}}) {
        submit(Kind::read, 0, "", 512);
        ASSERT_TRUE(serve(static_cast<std::uint8_t>(status)));
        EXPECT_EQ(outcome(), expected) << status;
    }
    EXPECT_EQ(disk->statistics().errors, 4u);
    EXPECT_FALSE(disk->failed()) << "an error of the disk is no breach";
}

TEST_F(BlockTest, believes_no_more_than_the_device_says_it_wrote) {
    begin();
    submit(Kind::read, 0, "", 1024);
    auto const chain = device.queues[0].take();
    *FakeVirtq::at(base::PhysAddr(chain->parts.back().address)) = std::byte{0};
    device.queues[0].use(chain->head, 512);
    EXPECT_EQ(outcome(), Outcome::nonsense);
    EXPECT_FALSE(disk->failed());
}

TEST_F(BlockTest, fails_a_device_that_wrote_too_much_and_gives_out_nothing_more) {
    begin();
    submit(Kind::write, 0, "x", 512);
    auto const chain = device.queues[0].take();
    device.queues[0].use(chain->head, 2);  // it may write the status and nothing else
    EXPECT_FALSE(disk->finished());
    EXPECT_TRUE(disk->failed());
    EXPECT_FALSE(disk->begin());
    EXPECT_TRUE(device.statuses.back() & virtio_status::failed);
}

TEST_F(BlockTest, a_device_that_does_not_answer_is_abandoned_with_its_requests) {
    begin();
    submit(Kind::read, 0, "", 512);
    disk->abandon();
    EXPECT_TRUE(disk->failed());
    EXPECT_FALSE(disk->begin());
    ASSERT_TRUE(serve()) << "late, into memory that is still the device's";
    EXPECT_FALSE(disk->finished());
}

TEST_F(BlockTest, a_capacity_that_cannot_be_is_cut) {
    set_capacity(UINT64_MAX);
    begin();
    EXPECT_EQ(disk->sectors(), UINT64_MAX / 512);
}

TEST_F(BlockTest, says_why_it_cannot_use_a_device_and_gives_its_memory_back) {
    device.config.resize(7);
    EXPECT_EQ(create(dma).error(), VirtioError::BadLayout);
    device.config.resize(8);
    device.has_vectors = false;
    EXPECT_EQ(create(dma).error(), VirtioError::NoInterrupt);
    device.has_vectors = true;
    device.queue_count = 0;
    EXPECT_EQ(create(dma).error(), VirtioError::NoQueue);
    device.queue_count = 1;
    device.offered &= ~virtio_feature::indirect;
    device.limit = 2;  // no request fits
    EXPECT_EQ(create(dma).error(), VirtioError::NoQueue);
    device.offered |= virtio_feature::indirect;
    EXPECT_EQ(create(dma).error(), VirtioError::NoQueue);
    EXPECT_EQ(dma.blocks(), 0u);
    EXPECT_EQ(device.statuses.back(), 0) << "and the device is reset";
    device.limit = 64;
    for (unsigned blocks = 0; blocks < 3; ++blocks) {
        FakeDma little(blocks);
        EXPECT_EQ(create(little).error(), VirtioError::NoMemory);
        EXPECT_EQ(little.blocks(), 0u);
    }
}

}  // namespace
}  // namespace devices
