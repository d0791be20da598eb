// SPDX-License-Identifier: MIT
// A block of this order: from its list, or the lower half of one of the next order.
auto const take = [this](auto const& self, unsigned n) -> FreeBlock* {
    if (n > max_order) return nullptr;
    if (FreeBlock* const listed = free_[n].front()) {
        free_[n].remove(*listed);
        return listed;
    }
    FreeBlock* const whole = self(self, n + 1);
    if (whole != nullptr) push(number(whole) + (std::uint64_t{1} << n), n);
    return whole;
};
FreeBlock* const taken = take(take, order);
if (taken == nullptr) return base::fail(MemoryError::out_of_memory);
FrameNumber const block = number(taken);
set_owner(block, order, owner);
blocks_[block.raw()] = static_cast<std::uint8_t>(block_start + order);
PROBE(frame_alloc, block.raw(), order, owner);
return block;
