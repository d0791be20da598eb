// SPDX-License-Identifier: MIT
// The upper half is handed out, the lower stays.
for (unsigned size = order; size <= max_order; ++size) {
    if (free_[size].empty()) continue;
    FrameNumber block = number(free_[size].pop_front());
    blocks_[block.raw()] = 0;
    for (unsigned half = size; half-- > order;) {
        push(block, half);
        block = block + (1ULL << half);
    }
    blocks_[block.raw()] = static_cast<std::uint8_t>(order | block_start);
    set_owner(block, order, owner);
    PROBE(frame_alloc, block.raw(), order, owner);
    return block;
}
return base::fail(MemoryError::out_of_memory);
