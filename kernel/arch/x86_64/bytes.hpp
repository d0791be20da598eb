// SPDX-License-Identifier: MIT
//
// Copying, filling and comparing memory. The string instructions move eight
// bytes at a step; what is left at the end is one more, overlapping step, not
// seven small ones.
#pragma once

#include <cstddef>
#include <cstdint>

namespace arch {

template <class T>
inline T load(void const* from) {
    T value;
    __builtin_memcpy(&value, from, sizeof value);  // one MOV, at any alignment
    return value;
}
template <class T>
inline void store(void* to, T value) {
    __builtin_memcpy(to, &value, sizeof value);
}

// Fewer than 8 bytes: both ends are read before either is written, so the two
// places may overlap.
inline void copy_few(std::byte* to, std::byte const* from, std::size_t size) {
    if (size >= 4) {
        auto const first = load<std::uint32_t>(from), last = load<std::uint32_t>(from + size - 4);
        store(to, first);
        store(to + size - 4, last);
    } else if (size >= 2) {
        auto const first = load<std::uint16_t>(from), last = load<std::uint16_t>(from + size - 2);
        store(to, first);
        store(to + size - 2, last);
    } else if (size == 1) {
        *to = *from;
    }
}

// From the first byte to the last. The places do not overlap, or `to` lies below.
inline void copy_up(void* to_, void const* from_, std::size_t size) {
    auto* to = static_cast<std::byte*>(to_);
    auto const* from = static_cast<std::byte const*>(from_);
    if (size < 8) return copy_few(to, from, size);
    auto const last = load<std::uint64_t>(from + size - 8);
    std::byte* const last_to = to + size - 8;
    std::size_t words = size / 8;
    asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words)::"memory");
    store(last_to, last);
}

// From the last byte to the first. `to` may lie inside the source.
inline void copy_down(void* to_, void const* from_, std::size_t size) {
    auto* to = static_cast<std::byte*>(to_);
    auto const* from = static_cast<std::byte const*>(from_);
    if (size < 8) return copy_few(to, from, size);
    auto const first = load<std::uint64_t>(from);
    auto* at = to + size - 8;
    auto const* source = from + size - 8;
    std::size_t words = size / 8;
    asm volatile("std\n rep movsq\n cld" : "+D"(at), "+S"(source), "+c"(words)::"memory");
    store(to, first);
}

inline void fill(void* to_, std::uint8_t value, std::size_t size) {
    auto* to = static_cast<std::byte*>(to_);
    std::uint64_t const pattern = value * 0x0101'0101'0101'0101ULL;
    if (size < 8) {
        for (; size > 0; --size) *to++ = std::byte{value};
        return;
    }
    std::byte* const last = to + size - 8;
    std::size_t words = size / 8;
    asm volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
    store(last, pattern);
}

// The first byte in memory is the lowest: turned round, it decides.
template <class T>
inline std::uint64_t first_decides(std::byte const* from) {
    if constexpr (sizeof(T) == 8) return __builtin_bswap64(load<T>(from));
    return __builtin_bswap32(load<T>(from));
}

// Negative, zero or positive, as the first different byte says. What is left at the end
// is compared together with bytes before it, which are equal.
inline int compare(void const* a, void const* b, std::size_t size) {
    auto const* left = static_cast<std::byte const*>(a);
    auto const* right = static_cast<std::byte const*>(b);
    std::uint64_t l = 0, r = 0;
    if (size >= 8) {
        for (std::size_t at = 0; at < size - 8 && l == r; at += 8) {
            l = first_decides<std::uint64_t>(left + at);
            r = first_decides<std::uint64_t>(right + at);
        }
        if (l == r) {
            l = first_decides<std::uint64_t>(left + size - 8);
            r = first_decides<std::uint64_t>(right + size - 8);
        }
    } else if (size >= 4) {
        l = first_decides<std::uint32_t>(left) << 32 | first_decides<std::uint32_t>(left + size - 4);
        r = first_decides<std::uint32_t>(right) << 32 | first_decides<std::uint32_t>(right + size - 4);
    } else {
        for (std::size_t at = 0; at < size && l == r; ++at) {
            l = static_cast<std::uint64_t>(left[at]);
            r = static_cast<std::uint64_t>(right[at]);
        }
    }
    return l == r ? 0 : l < r ? -1 : 1;
}

}  // namespace arch
