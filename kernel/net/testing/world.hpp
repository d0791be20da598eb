// SPDX-License-Identifier: MIT
//
// What a stack under test lives in: memory that counts, and can run out; random
// numbers from a seed.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <new>
#include <vector>

#include "kernel/net/config.hpp"

namespace net::testing {

class CountingAllocator final : public Allocator {
public:
    void* allocate(std::size_t size, std::size_t) override {
        if (used_ + size > limit) return nullptr;
        used_ += size;
        if (used_ > peak_) peak_ = used_;
        ++blocks_;
        return std::malloc(size);  // so that the sanitizer sees every block
    }
    void release(void* pointer, std::size_t size) override {
        used_ -= size;
        --blocks_;
        std::free(pointer);
    }

    std::size_t used() const { return used_; }
    std::size_t peak() const { return peak_; }
    std::size_t blocks() const { return blocks_; }
    std::size_t limit = SIZE_MAX;  // allocations beyond fail

private:
    std::size_t used_ = 0;
    std::size_t peak_ = 0;
    std::size_t blocks_ = 0;
};

// SplitMix64: small, and the same on every host.
class SeededRandom final : public RandomSource {
public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() override {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return z ^ z >> 31;
    }
    std::uint64_t below(std::uint64_t n) { return next() % n; }
    bool chance(unsigned percent) { return below(100) < percent; }

private:
    std::uint64_t state_;
};

// The byte that stands at an offset of any stream in the tests, so that every
// misplaced byte shows.
constexpr std::uint8_t stream_byte(std::uint64_t offset) {
    return static_cast<std::uint8_t>((offset * 2654435761u) >> 13 ^ offset);
}

// `count` bytes of such a stream, from offset `begin` on.
inline std::vector<std::uint8_t> stream(std::size_t begin, std::size_t count) {
    std::vector<std::uint8_t> octets(count);
    for (std::size_t i = 0; i < count; ++i) octets[i] = stream_byte(begin + i);
    return octets;
}

}  // namespace net::testing
