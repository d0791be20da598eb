// SPDX-License-Identifier: MIT
for (unsigned have = order; have <= max_order; ++have) {
    FreeBlock const* const found = free_[have].pop_front();
    if (found == nullptr) continue;
    FrameNumber block = number(found);
    while (have > order) {  // the lower half stays free
        push(block, --have);
        block = block + (1ULL << have);
    }
    blocks_[block.raw()] = static_cast<std::uint8_t>(block_start | order);
    set_owner(block, order, owner);
    PROBE(frame_alloc, block.raw(), order, owner);
    return block;
}
return base::fail(MemoryError::out_of_memory);
