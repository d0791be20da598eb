// SPDX-License-Identifier: MIT
#include "kernel/memory/heap_guard.hpp"

#include <algorithm>
#include <cstring>

namespace memory::guard {
namespace {

constexpr std::byte fresh{0xaf}, red{0xfd}, dead{0xfb};
constexpr std::size_t link_size = 8;  // of the heap's list of free slots

bool all(std::span<std::byte const> bytes, std::byte value) {
    return std::all_of(bytes.begin(), bytes.end(), [value](std::byte b) { return b == value; });
}
void fill(Slot bytes, std::byte value) { std::memset(bytes.data(), static_cast<int>(value), bytes.size()); }

}  // namespace

void set_tail(Slot slot, Tail tail) {
    std::memcpy(slot.data() + slot.size() - sizeof tail, &tail, sizeof tail);
}

Tail tail(Slot slot) {
    Tail found;
    std::memcpy(&found, slot.data() + slot.size() - sizeof found, sizeof found);
    return found;
}

void arm(Slot slot, Tail tail) {
    fill(slot.first(tail.size), fresh);
    fill(slot.subspan(tail.size, slot.size() - tail.size - sizeof tail), red);
    set_tail(slot, tail);
}

bool is_intact(Slot slot) {
    std::size_t const size = tail(slot).size;
    if (size > slot.size() - overhead) return false;  // not even the tail is whole
    return all(slot.subspan(size, slot.size() - size - sizeof(Tail)), red);
}

void poison(Slot slot) {
    fill(slot.subspan(link_size, slot.size() - link_size - sizeof(Tail)), dead);
    set_tail(slot, {});
}

bool is_poisoned(Slot slot) {
    return tail(slot).allocated_by == 0 &&
           all(slot.subspan(link_size, slot.size() - link_size - sizeof(Tail)), dead);
}

}  // namespace memory::guard
