// SPDX-License-Identifier: MIT
#include "kernel/devices/virtqueue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <vector>

#include "kernel/devices/fake_virtq.hpp"

namespace devices {
namespace {

using Buffer = Virtqueue::Buffer;
using Fault = Virtqueue::Fault;

struct Pair {
    explicit Pair(std::uint16_t size, bool event_index = false, std::uint16_t table_size = 0)
        : memory(size, table_size),
          queue(memory.bytes(), memory.physical(), size, {event_index, table_size}),
          device(queue.addresses(), size, event_index, table_size > 0) {}

    void offer(std::uint16_t token, std::uint32_t length = 100) {
        Buffer const buffer{base::PhysAddr(0x1000), length, true};
        ASSERT_TRUE(queue.push({&buffer, 1}, token));
        (void)queue.publish();
    }

    QueueMemory memory;
    Virtqueue queue;
    FakeVirtq device;
};

TEST(Virtqueue, shows_the_device_exactly_the_chain_that_was_pushed) {
    Pair pair(8);
    Buffer const chain[] = {{base::PhysAddr(0x1000), 12, false},
                            {base::PhysAddr(0x2000), 500, false},
                            {base::PhysAddr(0x3000), 1, true}};
    ASSERT_TRUE(pair.queue.push(chain, 77));
    EXPECT_FALSE(pair.device.take()) << "not yet published";
    EXPECT_TRUE(pair.queue.publish());
    auto const seen = pair.device.take();
    ASSERT_TRUE(seen);
    ASSERT_EQ(seen->parts.size(), 3u);
    for (unsigned i = 0; i < 3; ++i) {
        EXPECT_EQ(seen->parts[i].address, chain[i].address.raw());
        EXPECT_EQ(seen->parts[i].length, chain[i].length);
        EXPECT_EQ(seen->parts[i].writable, chain[i].device_writes);
    }
    EXPECT_FALSE(pair.queue.pop_used());
    pair.device.use(seen->head, 1);
    auto const used = pair.queue.pop_used();
    ASSERT_TRUE(used);
    EXPECT_EQ(used->token, 77);
    EXPECT_EQ(used->written, 1u);
    EXPECT_EQ(pair.queue.free_descriptors(), 8);
}

TEST(Virtqueue, says_full_and_keeps_what_it_has) {
    Pair pair(4);
    Buffer const chain[] = {{base::PhysAddr(0x1000), 1, false},
                            {base::PhysAddr(0x2000), 1, false},
                            {base::PhysAddr(0x3000), 1, false}};
    ASSERT_TRUE(pair.queue.push(chain, 1));
    auto const second = pair.queue.push({chain, 2}, 2);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(), Virtqueue::Error::Full);
    ASSERT_TRUE(pair.queue.push({chain, 1}, 3));
    EXPECT_EQ(pair.queue.free_descriptors(), 0);
    (void)pair.queue.publish();
    EXPECT_EQ(pair.device.take()->parts.size(), 3u);
    EXPECT_EQ(pair.device.take()->parts.size(), 1u);
}

TEST(Virtqueue, publishing_nothing_notifies_nobody) {
    Pair pair(4);
    EXPECT_FALSE(pair.queue.publish());
    pair.offer(1);
    EXPECT_FALSE(pair.queue.publish());
}

// Random chains, finished in random order, for many turns of the 16-bit
// indexes. The device sleeps when it has nothing to do, and works again only
// when notified; the driver does the same with interrupts. A lost wake-up on
// either side leaves both asleep.
void run_against_the_device(std::uint16_t size, bool event_index, unsigned chains,
                            std::uint16_t table_size = 0) {
    Pair pair(size, event_index, table_size);
    std::mt19937 random(size + event_index);
    std::map<std::uint16_t, std::uint32_t> expected;  // token -> bytes written
    std::map<std::uint16_t, std::uint16_t> token_of;  // address of the first part -> token
    std::vector<FakeVirtq::Chain> held;
    unsigned pushed = 0, finished = 0;
    bool device_awake = false, driver_awake = true;
    pair.device.want_notifications(true);

    while (finished < chains) {
        ASSERT_TRUE(device_awake || driver_awake) << "both asleep after " << finished;
        if (driver_awake && (!device_awake || random() % 2)) {
            pair.queue.refuse_interrupts();
            while (auto const used = pair.queue.pop_used()) {
                auto const found = expected.find(used->token);
                ASSERT_NE(found, expected.end());
                EXPECT_EQ(found->second, used->written);
                expected.erase(found);
                ++finished;
            }
            ASSERT_FALSE(pair.queue.failed());
            for (unsigned burst = random() % 5; burst > 0 && pushed < chains; --burst) {
                std::vector<Buffer> chain(1 + random() % std::min<unsigned>(size, 3));
                std::uint16_t const token = static_cast<std::uint16_t>(pushed % 50'000);
                unsigned const readable = random() % (chain.size() + 1);
                for (unsigned i = 0; i < chain.size(); ++i)
                    chain[i] = {base::PhysAddr((std::uint64_t{token} + 1) << 12),
                                1 + static_cast<std::uint32_t>(random() % 2000), i >= readable};
                // Both ways to offer a single buffer are the same.
                bool const alone = chain.size() == 1 && random() % 2;
                if (!(alone ? pair.queue.push_one(chain[0], token) : pair.queue.push(chain, token))) break;
                expected[token] = UINT32_MAX;
                ++pushed;
            }
            if (pair.queue.publish()) device_awake = true;
            bool const idle = pushed == chains || pair.queue.free_descriptors() < size / 2;
            if (idle && !pair.queue.allow_interrupts()) driver_awake = false;
        } else if (device_awake) {
            pair.device.want_notifications(false);
            for (unsigned burst = random() % 6; burst > 0; --burst) {
                auto chain = pair.device.take();
                if (!chain) break;
                held.push_back(*chain);
            }
            for (unsigned burst = random() % 6; burst > 0 && !held.empty(); --burst) {
                std::size_t const which = random() % held.size();
                FakeVirtq::Chain const chain = held[which];
                held.erase(held.begin() + static_cast<std::ptrdiff_t>(which));
                std::uint32_t room = 0;
                for (auto const& part : chain.parts) room += part.writable ? part.length : 0;
                std::uint32_t const written = room ? static_cast<std::uint32_t>(random() % (room + 1)) : 0;
                expected[static_cast<std::uint16_t>((chain.parts[0].address >> 12) - 1)] = written;
                if (pair.device.use(chain.head, written)) driver_awake = true;
            }
            if (held.empty()) {
                pair.device.want_notifications(true);
                auto chain = pair.device.take();
                if (chain)
                    held.push_back(*chain);
                else
                    device_awake = false;
            }
        }
    }
    EXPECT_TRUE(expected.empty());
    EXPECT_EQ(pair.queue.free_descriptors(), size);
    EXPECT_EQ(pair.device.tables_seen() > 0, table_size > 1 && size > 1);
}

TEST(Virtqueue, keeps_count_over_many_turns_of_the_indexes) { run_against_the_device(8, false, 150'000); }
TEST(Virtqueue, keeps_count_with_event_indexes) { run_against_the_device(16, true, 150'000); }
TEST(Virtqueue, works_at_every_size) {
    for (std::uint16_t size : {1, 2, 4, 32, 64, 128, 256})
        for (bool event_index : {false, true}) run_against_the_device(size, event_index, 3000);
}
TEST(Virtqueue, keeps_count_with_tables_of_descriptors) {
    for (std::uint16_t size : {4, 16, 128})
        for (std::uint16_t table_size : {2, 3, 8})  // 2: chains of three do without
            run_against_the_device(size, true, 5000, table_size);
}

TEST(Virtqueue, a_chain_in_a_table_takes_one_descriptor) {
    Pair pair(4, false, 3);
    Buffer const chain[] = {{base::PhysAddr(0x1000), 16, false},
                            {base::PhysAddr(0x2000), 4096, true},
                            {base::PhysAddr(0x3000), 1, true}};
    for (std::uint16_t i = 0; i < 4; ++i) ASSERT_TRUE(pair.queue.push(chain, i));
    EXPECT_EQ(pair.queue.push(chain, 4).error(), Virtqueue::Error::Full);
    EXPECT_EQ(pair.queue.push_one(chain[0], 4).error(), Virtqueue::Error::Full);
    (void)pair.queue.publish();
    for (unsigned i = 0; i < 4; ++i) {
        auto const seen = pair.device.take();
        ASSERT_TRUE(seen);
        ASSERT_EQ(seen->parts.size(), 3u);
        EXPECT_EQ(seen->parts[1].address, 0x2000u);
        EXPECT_EQ(seen->parts[1].length, 4096u);
        EXPECT_FALSE(seen->parts[0].writable);
        EXPECT_TRUE(seen->parts[2].writable);
    }
    EXPECT_EQ(pair.device.tables_seen(), 4u);
}

TEST(Virtqueue, with_event_indexes_one_notification_wakes_for_a_burst) {
    Pair pair(8, true);
    pair.device.want_notifications(true);
    pair.offer(0);
    unsigned notifications = 0;
    for (std::uint16_t i = 1; i < 5; ++i) {
        Buffer const buffer{base::PhysAddr(0x1000), 1, false};
        ASSERT_TRUE(pair.queue.push({&buffer, 1}, i));
        notifications += pair.queue.publish();
    }
    EXPECT_EQ(notifications, 0u) << "it was notified of the first and has not gone to sleep since";
}

// [virtio-1.2 §2.7.10.1]
TEST(Virtqueue, heeds_only_the_wish_that_was_negotiated) {
    for (bool const event_index : {false, true})
        for (unsigned value = 0; value < 0x1'0000; value += 0x101) {
            Pair pair(8, event_index);
            pair.device.put_the_meaningless_wish(static_cast<std::uint16_t>(value));
            Buffer const buffer{base::PhysAddr(0x1000), 1, false};
            pair.device.want_notifications(true);
            ASSERT_TRUE(pair.queue.push({&buffer, 1}, 1));
            ASSERT_TRUE(pair.queue.publish()) << event_index << " " << value;
            ASSERT_TRUE(pair.device.take());
            pair.device.want_notifications(false);
            ASSERT_TRUE(pair.queue.push({&buffer, 1}, 2));
            ASSERT_FALSE(pair.queue.publish()) << event_index << " " << value;
        }
}

// --- the device breaks the contract: list V of the hostile inputs ----------

class HostileDevice : public testing::Test {
protected:
    // It has failed, says so, and gives out and takes nothing any more.
    void expect_failed(Fault fault) {
        EXPECT_FALSE(pair_.queue.pop_used());
        EXPECT_EQ(pair_.queue.fault(), fault) << name(pair_.queue.fault());
        EXPECT_FALSE(pair_.queue.pop_used());
        EXPECT_FALSE(pair_.queue.publish());
        EXPECT_FALSE(pair_.queue.allow_interrupts());
        Buffer const buffer{base::PhysAddr(0x1000), 1, true};
        auto const pushed = pair_.queue.push({&buffer, 1}, 0);
        ASSERT_FALSE(pushed);
        EXPECT_EQ(pushed.error(), Virtqueue::Error::Failed);
    }
    Pair pair_{8};
};

TEST_F(HostileDevice, returns_a_descriptor_that_does_not_exist) {
    pair_.offer(1);
    pair_.device.use(8, 0);
    expect_failed(Fault::IdOutOfRange);
}

TEST_F(HostileDevice, returns_a_huge_descriptor) {
    pair_.offer(1);
    pair_.device.use(0xFFFF'FFFF, 0);
    expect_failed(Fault::IdOutOfRange);
}

TEST_F(HostileDevice, returns_a_descriptor_twice) {
    pair_.offer(1);
    pair_.offer(2);
    pair_.device.use(0, 0);
    pair_.device.use(0, 0);
    EXPECT_TRUE(pair_.queue.pop_used());
    expect_failed(Fault::IdNotOffered);
}

TEST_F(HostileDevice, returns_one_that_was_never_offered) {
    pair_.offer(1);
    pair_.device.use(5, 0);
    expect_failed(Fault::IdNotOffered);
}

TEST_F(HostileDevice, returns_the_middle_of_a_chain) {
    Buffer const chain[] = {{base::PhysAddr(0x1000), 12, false}, {base::PhysAddr(0x2000), 500, false}};
    ASSERT_TRUE(pair_.queue.push(chain, 1));
    (void)pair_.queue.publish();
    pair_.device.use(1, 0);
    expect_failed(Fault::IdNotOffered);
}

TEST_F(HostileDevice, wrote_more_than_there_was_room_for) {
    pair_.offer(1, 100);
    pair_.device.use(0, 101);
    expect_failed(Fault::WroteTooMuch);
}

TEST_F(HostileDevice, wrote_into_a_buffer_it_may_only_read) {
    Buffer const buffer{base::PhysAddr(0x1000), 100, false};
    ASSERT_TRUE(pair_.queue.push({&buffer, 1}, 1));
    (void)pair_.queue.publish();
    pair_.device.use(0, 1);
    expect_failed(Fault::WroteTooMuch);
}

TEST_F(HostileDevice, returns_more_than_it_has) {
    pair_.offer(1);
    pair_.device.step_used_index(2);
    expect_failed(Fault::IndexJumped);
}

// Its buffers may be in our hands still: whoever reads and offers again would never end.
TEST_F(HostileDevice, returns_what_was_pushed_and_not_published) {
    pair_.offer(1);
    pair_.device.use(0, 1);
    ASSERT_TRUE(pair_.queue.pop_used());
    Buffer const buffer{base::PhysAddr(0x1000), 100, true};
    ASSERT_TRUE(pair_.queue.push({&buffer, 1}, 2));
    pair_.device.use(0, 1);
    expect_failed(Fault::IndexJumped);
}

TEST_F(HostileDevice, jumps_by_more_than_the_queue) {
    for (std::uint16_t i = 0; i < 8; ++i) pair_.offer(i);
    pair_.device.step_used_index(9);
    expect_failed(Fault::IndexJumped);
}

TEST_F(HostileDevice, steps_backwards) {
    pair_.offer(1);
    pair_.device.step_used_index(0xFFFF);
    expect_failed(Fault::IndexJumped);
}

TEST_F(HostileDevice, scribbles_over_the_descriptors_and_changes_nothing_we_rely_on) {
    Buffer const chain[] = {{base::PhysAddr(0x1000), 12, false}, {base::PhysAddr(0x2000), 500, true}};
    for (std::uint16_t i = 0; i < 4; ++i) ASSERT_TRUE(pair_.queue.push(chain, i));
    (void)pair_.queue.publish();
    pair_.device.scribble_descriptors(0xA5);
    for (std::uint16_t head : {6, 0, 4, 2}) pair_.device.use(head, 500);
    for (std::uint16_t token : {3, 0, 2, 1}) EXPECT_EQ(pair_.queue.pop_used()->token, token);
    EXPECT_EQ(pair_.queue.free_descriptors(), 8);
    EXPECT_FALSE(pair_.queue.failed());
}

TEST_F(HostileDevice, scribbles_over_everything) {
    for (unsigned with = 0; with < 256; ++with) {
        Pair pair(16, with & 1);
        for (std::uint16_t i = 0; i < 9; ++i) pair.offer(i);
        pair.device.scribble(static_cast<std::uint8_t>(with));
        for (int i = 0; i < 40; ++i) (void)pair.queue.pop_used();
        (void)pair.queue.publish();
        EXPECT_LE(pair.queue.free_descriptors(), 16);
    }
}

}  // namespace
}  // namespace devices
