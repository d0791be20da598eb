// SPDX-License-Identifier: MIT
//
// Integers as they lie in a packet or in a device's memory. These are storage:
// byte-aligned, any offset, explicit conversion. Arithmetic happens on value().
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace base {

template <std::unsigned_integral T, bool big>
class Stored {
public:
    constexpr Stored() = default;
    explicit constexpr Stored(T value) { set(value); }

    constexpr T value() const {
        T result = 0;
        for (std::size_t i = 0; i < sizeof(T); ++i)
            result = static_cast<T>(result | static_cast<T>(T{bytes_[i]} << shift(i)));
        return result;
    }
    constexpr void set(T value) {
        for (std::size_t i = 0; i < sizeof(T); ++i) bytes_[i] = static_cast<std::uint8_t>(value >> shift(i));
    }
    friend constexpr bool operator==(Stored const&, Stored const&) = default;

private:
    static constexpr unsigned shift(std::size_t i) {
        return static_cast<unsigned>(8 * (big ? sizeof(T) - 1 - i : i));
    }
    std::uint8_t bytes_[sizeof(T)] = {};
};

using Be16 = Stored<std::uint16_t, true>;
using Be32 = Stored<std::uint32_t, true>;
using Be64 = Stored<std::uint64_t, true>;
using Le16 = Stored<std::uint16_t, false>;
using Le32 = Stored<std::uint32_t, false>;
using Le64 = Stored<std::uint64_t, false>;

static_assert(sizeof(Be16) == 2 && alignof(Be16) == 1);
static_assert(sizeof(Be32) == 4 && alignof(Be32) == 1);
static_assert(sizeof(Be64) == 8 && alignof(Be64) == 1);
static_assert(Be32(0x01020304).value() == 0x01020304);

}  // namespace base
