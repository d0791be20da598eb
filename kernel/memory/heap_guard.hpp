// SPDX-License-Identifier: MIT
//
// How the heap catches mistakes in development builds: a slot of memory while it
// is an object, and while it is free.
//
//     an object   | its bytes, at first 0xaf | red zone 0xfd, 8 bytes or more | size, by whom |
//     free        | the list's link | poison 0xfb ...                         | size, 0       |
//
// A red zone that is not whole was written by whoever went beyond the object's
// end; poison that is not whole, by whoever still used an object after free().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace memory::guard {

using Slot = std::span<std::byte>;  // as large as its size class; aligned to 16

constexpr std::size_t overhead = 16;  // of every object

// The last eight bytes of a slot.
struct Tail {
    std::uint32_t size = 0;
    std::uint32_t allocated_by = 0;  // the low half of an address in the text; 0: the slot is free
};
Tail tail(Slot slot);
void set_tail(Slot slot, Tail tail);

// At the birth of an object; `tail` says its size.
void arm(Slot slot, Tail tail);
// Is the red zone whole?
bool is_intact(Slot slot);
void poison(Slot slot);
// Has nobody written since?
bool is_poisoned(Slot slot);

}  // namespace memory::guard
