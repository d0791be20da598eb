// SPDX-License-Identifier: MIT
//
// I/O ports: the processor's second, 64 KiB address space for devices.
// [sdm-1 §19 Input/Output]
#pragma once

#include <concepts>
#include <cstdint>

namespace arch {

template <std::unsigned_integral T>
class Port {
    static_assert(sizeof(T) <= 4);

public:
    explicit constexpr Port(std::uint16_t number) : number_(number) {}

    T read() const {
        T value;
        if constexpr (sizeof(T) == 1)
            asm volatile("inb %1, %0" : "=a"(value) : "Nd"(number_) : "memory");
        else if constexpr (sizeof(T) == 2)
            asm volatile("inw %1, %0" : "=a"(value) : "Nd"(number_) : "memory");
        else
            asm volatile("inl %1, %0" : "=a"(value) : "Nd"(number_) : "memory");
        return value;
    }
    void write(T value) const {
        if constexpr (sizeof(T) == 1)
            asm volatile("outb %0, %1" ::"a"(value), "Nd"(number_) : "memory");
        else if constexpr (sizeof(T) == 2)
            asm volatile("outw %0, %1" ::"a"(value), "Nd"(number_) : "memory");
        else
            asm volatile("outl %0, %1" ::"a"(value), "Nd"(number_) : "memory");
    }

private:
    std::uint16_t number_;
};

}  // namespace arch
