// SPDX-License-Identifier: MIT
//
// Registers of hardware, one type each, with named fields. No C++ bit-fields:
// their order belongs to the compiler, ours belongs to the manual.
//
//     struct Cr0 : Register<Cr0> {
//         using Paging = Bit<31>;  // PG
//     };
//     static_assert(Cr0{}.with<Cr0::Paging>(1).raw == 0x8000'0000);
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace base {

// Bits high..low of a register, both included, as the manuals write them.
template <unsigned high, unsigned low>
struct Field {
    static_assert(high >= low && high < 64);
    static constexpr unsigned shift = low;
    static constexpr std::uint64_t mask = (high - low == 63) ? ~0ULL : (1ULL << (high - low + 1)) - 1;
};

template <unsigned n>
using Bit = Field<n, n>;

// [doc:register]
template <class Self, std::unsigned_integral Raw = std::uint64_t>
struct Register {
    Raw raw = 0;

    template <class F>
    constexpr std::uint64_t get() const {
        return (raw >> F::shift) & F::mask;
    }
    template <class F>
    constexpr bool has() const {
        return get<F>() != 0;
    }
    // A copy with the field replaced; bits of value that do not fit are dropped.
    template <class F>
    constexpr Self with(std::uint64_t value) const {
        Self copy = static_cast<Self const&>(*this);
        copy.raw = static_cast<Raw>((raw & ~(F::mask << F::shift)) | ((value & F::mask) << F::shift));
        return copy;
    }
};
// [/doc:register]

template <std::unsigned_integral T>
constexpr T align_up(T value, T to) {
    return static_cast<T>((value + to - 1) & ~(to - 1));
}
template <std::unsigned_integral T>
constexpr T align_down(T value, T to) {
    return static_cast<T>(value & ~(to - 1));
}
template <std::unsigned_integral T>
constexpr bool is_aligned(T value, T to) {
    return (value & (to - 1)) == 0;
}

}  // namespace base
