// SPDX-License-Identifier: MIT
//
// A queue of fixed size. The two indexes only ever grow; their difference is
// the number of elements, so that empty and full need no extra flag. The
// capacity is a power of two: a mask then finds the slot, and the indexes may
// wrap around 2^32 without anybody noticing.
//
// One writer, one reader, and whoever shares it between contexts locks it.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace base {

template <class T, std::size_t capacity_>
class RingBuffer {
    static_assert(std::has_single_bit(capacity_) && capacity_ <= (1u << 31));

public:
    static constexpr std::size_t capacity() { return capacity_; }
    std::size_t size() const { return static_cast<std::uint32_t>(written_ - read_); }
    bool empty() const { return written_ == read_; }
    bool full() const { return size() == capacity_; }

    // False when full: the caller decides what is lost.
    [[nodiscard]] bool push(T value) {
        if (full()) return false;
        slots_[written_++ & mask] = value;
        return true;
    }
    std::optional<T> pop() {
        if (empty()) return std::nullopt;
        return slots_[read_++ & mask];
    }

private:
    static constexpr std::uint32_t mask = capacity_ - 1;
    std::uint32_t written_ = 0;
    std::uint32_t read_ = 0;
    std::array<T, capacity_> slots_{};
};

}  // namespace base
