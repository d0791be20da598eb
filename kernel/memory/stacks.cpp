// SPDX-License-Identifier: MIT
#include "kernel/memory/stacks.hpp"

#include "kernel/base/assert.hpp"

namespace memory {

std::optional<std::size_t> StackSlots::take(std::string_view name, std::size_t stack_size) {
    for (std::size_t i = 0; i < slot_count; ++i) {
        if (slots_[i].taken) continue;
        slots_[i] = {true, static_cast<std::uint32_t>(stack_size), name};
        return i;
    }
    return std::nullopt;
}

void StackSlots::release(std::size_t slot) {
    ASSERT(slot < slot_count && slots_[slot].taken);
    slots_[slot] = {};
}

std::string_view StackSlots::guard_at(base::VirtAddr address) const {
    if (address < start || address >= start + slot_count * slot_size) return {};
    std::uint64_t const index = (address - start) / slot_size;
    Slot const& slot = slots_[index];
    bool const below_the_stack = address < top(index) + (~std::uint64_t{slot.stack_size} + 1);
    return slot.taken && below_the_stack ? slot.name : std::string_view();
}

}  // namespace memory
