// SPDX-License-Identifier: MIT
//
// The memory functions that the C++ compiler and its headers call on their own. The string
// instructions move eight bytes at a step, and the last few one by one.
#include <cstddef>
#include <cstdint>

extern "C" {

void* memcpy(void* to, void const* from, std::size_t size) {
    void* at = to;
    std::size_t words = size / 8;
    std::size_t bytes = size % 8;
    asm volatile("rep movsq" : "+D"(at), "+S"(from), "+c"(words)::"memory");
    asm volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(bytes)::"memory");
    return to;
}

void* memset(void* to, int value, std::size_t size) {
    void* at = to;
    std::size_t words = size / 8;
    std::size_t bytes = size % 8;
    std::uint64_t const pattern = static_cast<std::uint8_t>(value) * 0x0101010101010101ULL;
    asm volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(pattern) : "memory");
    asm volatile("rep stosb" : "+D"(at), "+c"(bytes) : "a"(pattern) : "memory");
    return to;
}

void* memmove(void* to, void const* from, std::size_t size) {
    auto const distance = reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from);
    if (distance >= size) return memcpy(to, from, size);  // upwards is safe
    // The target starts inside the source: copy from the end, downwards.
    auto* last_to = static_cast<std::uint8_t*>(to) + size - 1;
    auto const* last_from = static_cast<std::uint8_t const*>(from) + size - 1;
    asm volatile("std\n rep movsb\n cld" : "+D"(last_to), "+S"(last_from), "+c"(size)::"memory");
    return to;
}

int memcmp(void const* a, void const* b, std::size_t size) {
    auto const* left = static_cast<std::uint8_t const*>(a);
    auto const* right = static_cast<std::uint8_t const*>(b);
    for (; size > 0; --size, ++left, ++right)
        if (*left != *right) return *left < *right ? -1 : 1;
    return 0;
}

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
