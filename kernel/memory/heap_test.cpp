// SPDX-License-Identifier: MIT
#include "kernel/memory/heap.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>

#include "kernel/memory/fake_frames.hpp"

namespace memory {
namespace {

class HeapTest : public testing::Test {
protected:
    HeapTest() {
        memory.allocator.add_region(base::FrameNumber(1), base::FrameNumber(512));
        heap.init(memory.allocator, memory.to_virtual());
    }
    FakeMemory memory{512};
    Heap heap;
};

TEST_F(HeapTest, gives_memory_aligned_to_16_that_does_not_overlap) {
    auto* const a = static_cast<char*>(MUST(heap.allocate(24)));
    auto* const b = static_cast<char*>(MUST(heap.allocate(24)));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(a) % 16, 0u);
    EXPECT_GE(std::abs(a - b), 24);
    heap.free(a);
    EXPECT_EQ(MUST(heap.allocate(20)), a) << "the same class, the last freed first";
}

TEST_F(HeapTest, counts_objects_and_bytes) {
    void* const a = MUST(heap.allocate(1));
    void* const b = MUST(heap.allocate(100));
    void* const c = MUST(heap.allocate(5000));
    EXPECT_EQ(heap.statistics().objects, 3u);
    EXPECT_EQ(heap.statistics().bytes, 16u + 128u + 8192u);
    heap.free(a);
    heap.free(b);
    heap.free(c);
    EXPECT_EQ(heap.statistics().objects, 0u);
    EXPECT_EQ(heap.statistics().bytes, 0u);
    EXPECT_EQ(heap.statistics().allocations, 3u);
}

TEST_F(HeapTest, large_sizes_are_whole_frames_and_go_back_whole) {
    std::uint64_t const before = memory.allocator.free_frames();
    void* const large = MUST(heap.allocate(3 * 4096));
    EXPECT_EQ(memory.allocator.free_frames(), before - 4);
    std::memset(large, 0x11, 3 * 4096);
    heap.free(large);
    EXPECT_EQ(memory.allocator.free_frames(), before);
}

TEST_F(HeapTest, running_out_is_an_error_and_not_the_end) {
    EXPECT_EQ(heap.allocate(64 << 20).error(), MemoryError::too_large);
    EXPECT_EQ(heap.allocate(4 << 20).error(), MemoryError::out_of_memory);
    for (std::size_t const nearly : {0, 1, 8, 16, 4095, 4096})
        EXPECT_EQ(heap.allocate(SIZE_MAX - nearly).error(), MemoryError::too_large) << nearly;
    std::vector<void*> all;
    while (auto got = heap.allocate(1024)) all.push_back(std::move(got).value());
    EXPECT_GT(all.size(), 1400u);
    EXPECT_EQ(heap.allocate(1024).error(), MemoryError::out_of_memory);
    for (void* object : all) heap.free(object);
    EXPECT_TRUE(heap.allocate(1024).ok());
}

TEST_F(HeapTest, null_may_be_freed) {
    heap.free(nullptr);
    EXPECT_EQ(heap.statistics().objects, 0u);
}

TEST_F(HeapTest, agrees_with_a_plain_map_over_random_steps) {
    struct Object {
        std::size_t size;
        unsigned char fill;
    };
    std::map<unsigned char*, Object> objects;
    std::mt19937 random(5);
    for (int step = 0; step < 100'000; ++step) {
        if (objects.empty() || random() % 100 < 51) {
            std::size_t const size = random() % 20 == 0 ? random() % 20'000 : random() % 600;
            auto got = heap.allocate(size);
            if (!got) continue;
            auto* const start = static_cast<unsigned char*>(got.value());
            auto const next = objects.lower_bound(start);
            ASSERT_TRUE(next == objects.end() || start + size <= next->first);
            ASSERT_TRUE(next == objects.begin() ||
                        std::prev(next)->first + std::prev(next)->second.size <= start);
            auto const fill = static_cast<unsigned char>(random());
            std::memset(start, fill, size);
            objects[start] = {size, fill};
        } else {
            auto it = objects.begin();
            std::advance(it, random() % objects.size());
            for (std::size_t i = 0; i < it->second.size; ++i) ASSERT_EQ(it->first[i], it->second.fill);
            heap.free(it->first);
            objects.erase(it);
        }
        ASSERT_EQ(heap.statistics().objects, objects.size());
    }
    for (auto const& [start, object] : objects) heap.free(start);
    EXPECT_EQ(heap.statistics().bytes, 0u);
    EXPECT_LE(heap.statistics().slabs, 7u) << "at most one empty slab a class is kept";
    EXPECT_EQ(memory.allocator.frames(FrameOwner::heap), heap.statistics().slabs);
}

TEST_F(HeapTest, what_is_no_object_of_the_heap_ends_the_program) {
    auto const stray = MUST(memory.allocator.allocate(0, FrameOwner::dma));
    EXPECT_DEATH(heap.free(memory.at(stray)), "assertion failed");
    auto* const object = static_cast<std::byte*>(MUST(heap.allocate(64)));
    EXPECT_DEATH(heap.free(object + 8), "assertion failed");
}

}  // namespace
}  // namespace memory
