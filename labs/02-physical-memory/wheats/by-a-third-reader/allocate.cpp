// SPDX-License-Identifier: MIT
// The oldest block of the smallest order that has one; it is cut from above, and the
// halves enter their lists from the smallest up.
FreeBlock* oldest = nullptr;
unsigned cut_from = order;
for (; cut_from <= max_order; ++cut_from)
    if ((oldest = free_[cut_from].back()) != nullptr) break;
if (oldest == nullptr) return base::fail(MemoryError::out_of_memory);
base::List<FreeBlock, &FreeBlock::link>::remove(*oldest);
FrameNumber const block = number(oldest);
for (unsigned half = order; half < cut_from; ++half) push(block + (std::uint64_t{1} << half), half);
set_owner(block, order, owner);
blocks_[block.raw()] = static_cast<std::uint8_t>(block_start | order);
PROBE(frame_alloc, block.raw(), order, owner);
return block;
