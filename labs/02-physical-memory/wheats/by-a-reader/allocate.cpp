// SPDX-License-Identifier: MIT
unsigned found = order;
while (found <= max_order && free_[found].empty()) ++found;
if (found > max_order) return base::fail(MemoryError::out_of_memory);

FrameNumber const block = number(free_[found].pop_front());
while (found > order) {
    --found;
    push(block + (1ULL << found), found);
}
blocks_[block.raw()] = static_cast<std::uint8_t>(block_start | order);
set_owner(block, order, owner);
PROBE(frame_alloc, block.raw(), order, owner);
return block;
