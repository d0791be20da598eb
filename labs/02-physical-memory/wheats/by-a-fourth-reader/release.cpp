// SPDX-License-Identifier: MIT
set_owner(FrameNumber(first), order, FrameOwner::free);
for (; order < max_order; ++order) {
    std::uint64_t const bit = 1ULL << order;
    if (!is_free_block(first ^ bit, order)) break;
    free_[order].remove(*at(FrameNumber(first ^ bit)));
    blocks_[first | bit] = 0;
    first &= ~bit;
}
push(FrameNumber(first), order);
