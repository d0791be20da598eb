// SPDX-License-Identifier: MIT
//
// The slots of thread stacks: 64 KiB of address space each, the stack at the
// upper end and everything below it unmapped. Running over the end of a stack
// hits the gap, never a neighbour.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "kernel/base/address.hpp"

namespace memory {

class StackSlots {
public:
    static constexpr std::uint64_t slot_size = 64 << 10;
    static constexpr std::size_t slot_count = 256;
    static constexpr base::VirtAddr start{0xffff'd000'0000'0000};

    std::optional<std::size_t> take(std::string_view name, std::size_t stack_size);
    void release(std::size_t slot);

    static base::VirtAddr top(std::size_t slot) { return start + (slot + 1) * slot_size; }
    static std::size_t slot_of_top(base::VirtAddr top) { return (top - start) / slot_size - 1; }

    // Whose guard is this? Empty: nobody's.
    std::string_view guard_at(base::VirtAddr address) const;

private:
    struct Slot {
        bool taken = false;
        std::uint32_t stack_size = 0;
        std::string_view name;
    };
    Slot slots_[slot_count];
};

}  // namespace memory
