// SPDX-License-Identifier: MIT
set_owner(FrameNumber(first), order, FrameOwner::free);
blocks_[first] = 0;
while (order < max_order) {
    std::uint64_t const buddy = first ^ (1ULL << order);
    if (!is_free_block(buddy, order)) break;
    free_[order].remove(*at(FrameNumber(buddy)));
    blocks_[buddy] = 0;
    first = std::min(first, buddy);
    ++order;
}
push(FrameNumber(first), order);
