// SPDX-License-Identifier: MIT
//
// Physical memory for tests: a piece of the host's memory, frame 0 at its start.
#pragma once

#include <cstdlib>
#include <cstring>
#include <vector>

#include "kernel/memory/frame_allocator.hpp"

namespace memory {

class FakeMemory {
public:
    explicit FakeMemory(std::size_t frames)
        : memory_(static_cast<std::byte*>(
              std::aligned_alloc(4 << 20, (frames * 4096 + (4 << 20) - 1) & ~((4ul << 20) - 1)))),
          owners_(frames),
          blocks_(frames) {
        std::memset(memory_, 0xa5, frames * 4096);  // as in the simulator: never zero
        allocator.init(owners_, blocks_, to_virtual());
    }
    ~FakeMemory() { std::free(memory_); }
    FakeMemory(FakeMemory const&) = delete;
    FakeMemory& operator=(FakeMemory const&) = delete;

    std::uint64_t to_virtual() const { return reinterpret_cast<std::uint64_t>(memory_); }
    std::byte* at(base::FrameNumber frame) { return memory_ + frame.raw() * 4096; }
    std::vector<std::uint8_t> const& blocks() const { return blocks_; }  // the allocator's byte a frame

private:
    std::byte* memory_;
    std::vector<FrameOwner> owners_;
    std::vector<std::uint8_t> blocks_;

public:
    FrameAllocator allocator;
};

}  // namespace memory
