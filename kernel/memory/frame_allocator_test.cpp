// SPDX-License-Identifier: MIT
#include "kernel/memory/frame_allocator.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string_view>
#include <vector>

#include "kernel/memory/fake_frames.hpp"

namespace memory {
namespace {

using base::FrameNumber;

FrameNumber frame(std::uint64_t n) { return FrameNumber(n); }

TEST(FrameAllocator, has_nothing_before_a_region_is_added) {
    FakeMemory m(64);
    EXPECT_EQ(m.allocator.allocate(0, FrameOwner::heap).error(), MemoryError::out_of_memory);
    EXPECT_EQ(m.allocator.owner(frame(3)), FrameOwner::reserved);
}

TEST(FrameAllocator, cuts_a_region_into_the_largest_aligned_blocks) {
    FakeMemory m(64);
    m.allocator.add_region(frame(3), frame(22));
    // 3 | 4..7 | 8..15 | 16..19 | 20..21
    EXPECT_EQ(m.allocator.free_blocks(0), 1u);
    EXPECT_EQ(m.allocator.free_blocks(1), 1u);
    EXPECT_EQ(m.allocator.free_blocks(2), 2u);
    EXPECT_EQ(m.allocator.free_blocks(3), 1u);
    EXPECT_EQ(m.allocator.free_frames(), 19u);
    EXPECT_EQ(m.allocator.owner(frame(2)), FrameOwner::reserved);
    EXPECT_EQ(m.allocator.owner(frame(22)), FrameOwner::reserved);
}

TEST(FrameAllocator, splits_a_larger_block_and_merges_it_again) {
    FakeMemory m(64);
    m.allocator.add_region(frame(0), frame(16));
    FrameNumber const first = MUST(m.allocator.allocate(0, FrameOwner::heap));
    EXPECT_EQ(m.allocator.free_blocks(4), 0u);
    for (unsigned order = 0; order < 4; ++order) EXPECT_EQ(m.allocator.free_blocks(order), 1u) << order;
    m.allocator.free(first, 0);
    EXPECT_EQ(m.allocator.free_blocks(4), 1u);
    EXPECT_EQ(m.allocator.free_frames(), 16u);
}

TEST(FrameAllocator, blocks_are_aligned_to_their_size) {
    FakeMemory m(2048);
    m.allocator.add_region(frame(1), frame(2048));
    for (unsigned order = 0; order <= FrameAllocator::max_order; ++order) {
        auto const block = m.allocator.allocate(order, FrameOwner::dma);
        ASSERT_TRUE(block.ok()) << order;
        EXPECT_EQ(block.value().raw() % (1u << order), 0u) << order;
    }
    EXPECT_EQ(m.allocator.allocate(FrameAllocator::max_order + 1, FrameOwner::dma).error(),
              MemoryError::out_of_memory);
}

TEST(FrameAllocator, never_merges_across_a_hole) {
    FakeMemory m(64);
    m.allocator.add_region(frame(0), frame(8));
    m.allocator.add_region(frame(12), frame(16));  // 8..11 is somebody else's
    EXPECT_EQ(m.allocator.allocate(4, FrameOwner::heap).error(), MemoryError::out_of_memory);
    std::vector<FrameNumber> all;
    while (true) {
        auto got = m.allocator.allocate(0, FrameOwner::heap);
        if (!got) break;
        all.push_back(got.value());
    }
    EXPECT_EQ(all.size(), 12u);
    for (FrameNumber f : all) m.allocator.free(f, 0);
    EXPECT_EQ(m.allocator.free_blocks(3), 1u);
    EXPECT_EQ(m.allocator.free_blocks(2), 1u);
}

TEST(FrameAllocator, remembers_whose_each_frame_is) {
    FakeMemory m(64);
    m.allocator.add_region(frame(8), frame(64));
    m.allocator.mark(frame(0), frame(4), FrameOwner::kernel_image);
    FrameNumber const stack = MUST(m.allocator.allocate(2, FrameOwner::thread_stack));
    for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(m.allocator.owner(stack + i), FrameOwner::thread_stack);
    EXPECT_EQ(m.allocator.frames(FrameOwner::thread_stack), 4u);
    EXPECT_EQ(m.allocator.frames(FrameOwner::kernel_image), 4u);
    EXPECT_EQ(m.allocator.frames(FrameOwner::reserved), 4u);
    EXPECT_EQ(m.allocator.order_of(stack), 2u);
    m.allocator.free(stack, 2);
    EXPECT_EQ(m.allocator.owner(stack), FrameOwner::free);
    EXPECT_EQ(m.allocator.owner(frame(1'000'000)), FrameOwner::reserved);
}

TEST(FrameAllocator, every_owner_has_a_name) {
    for (std::size_t i = 0; i < frame_owner_count; ++i)
        EXPECT_FALSE(owner_name(static_cast<FrameOwner>(i)).empty());
}

TEST(FrameAllocatorDeathTest, a_double_free_and_a_wrong_free_end_the_program) {
    FakeMemory m(64);
    m.allocator.add_region(frame(0), frame(64));
    FrameNumber const block = MUST(m.allocator.allocate(2, FrameOwner::heap));
    EXPECT_DEATH(m.allocator.free(block, 1), "assertion failed");
    EXPECT_DEATH(m.allocator.free(block + 1, 0), "assertion failed");
    m.allocator.free(block, 2);
    EXPECT_DEATH(m.allocator.free(block, 2), "assertion failed");
    EXPECT_DEATH(m.allocator.free(frame(1'000), 0), "assertion failed");
}

// 100,000 random steps against the simplest possible bookkeeping: a map of what
// was handed out. No frame twice, none from outside, and all back at the end.
TEST(FrameAllocator, agrees_with_a_plain_map_over_random_steps) {
    constexpr std::uint64_t size = 3000;
    FakeMemory m(size);
    m.allocator.add_region(frame(1), frame(157));
    m.allocator.add_region(frame(256), frame(2999));
    std::uint64_t const total = m.allocator.free_frames();
    std::vector<std::size_t> before;
    for (unsigned o = 0; o <= FrameAllocator::max_order; ++o) before.push_back(m.allocator.free_blocks(o));

    std::map<std::uint64_t, unsigned> allocated;
    std::vector<bool> taken(size);
    std::mt19937 random(2026);
    for (int step = 0; step < 100'000; ++step) {
        if (allocated.empty() || random() % 100 < 52) {
            unsigned const order = random() % 100 < 80 ? random() % 3 : random() % 9;
            auto const got = m.allocator.allocate(order, FrameOwner::heap);
            if (!got) continue;
            std::uint64_t const first = got.value().raw();
            ASSERT_EQ(first % (1u << order), 0u);
            for (std::uint64_t f = first; f < first + (1u << order); ++f) {
                ASSERT_TRUE((f >= 1 && f < 157) || (f >= 256 && f < 2999)) << f;
                ASSERT_FALSE(taken[f]) << f;
                taken[f] = true;
            }
            std::memset(m.at(got.value()), 0xee, 4096u << order);  // the owner may write all of it
            allocated[first] = order;
        } else {
            auto it = allocated.lower_bound(random() % size);
            if (it == allocated.end()) it = allocated.begin();
            for (std::uint64_t f = it->first; f < it->first + (1u << it->second); ++f) taken[f] = false;
            m.allocator.free(frame(it->first), it->second);
            allocated.erase(it);
        }
    }
    for (auto const& [first, order] : allocated) m.allocator.free(frame(first), order);
    EXPECT_EQ(m.allocator.free_frames(), total);
    for (unsigned o = 0; o <= FrameAllocator::max_order; ++o)
        EXPECT_EQ(m.allocator.free_blocks(o), before[o]) << "all merged again, order " << o;
}

}  // namespace
}  // namespace memory
