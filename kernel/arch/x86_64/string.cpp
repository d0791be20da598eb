// SPDX-License-Identifier: MIT
//
// The memory functions that the C++ compiler and its headers call on their own.
// This file is compiled with -fno-tree-loop-distribute-patterns: else the
// compiler would see, say, a strlen in the loop of strlen, and call it.
#include <cstddef>
#include <cstdint>

#include "kernel/arch/x86_64/bytes.hpp"

extern "C" {

void* memcpy(void* to, void const* from, std::size_t size) {
    arch::copy_up(to, from, size);
    return to;
}

void* memmove(void* to, void const* from, std::size_t size) {
    auto const distance = reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from);
    // Upwards is wrong only when the target starts inside the source.
    if (distance >= size)
        arch::copy_up(to, from, size);
    else
        arch::copy_down(to, from, size);
    return to;
}

void* memset(void* to, int value, std::size_t size) {
    arch::fill(to, static_cast<std::uint8_t>(value), size);
    return to;
}

int memcmp(void const* a, void const* b, std::size_t size) { return arch::compare(a, b, size); }

void* memchr(void const* in, int value, std::size_t size) {
    auto* at = static_cast<std::uint8_t*>(const_cast<void*>(in));
    for (; size > 0; --size, ++at)
        if (*at == static_cast<std::uint8_t>(value)) return at;
    return nullptr;
}

std::size_t strlen(char const* text) {
    std::size_t length = 0;
    while (text[length] != '\0') ++length;
    return length;
}

}  // extern "C"
