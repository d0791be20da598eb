// SPDX-License-Identifier: MIT
// Each block that comes back either stays as it is or, with its buddy, comes back
// as a block twice as large.
std::uint64_t const size = 1ULL << order, buddy = first ^ size;
if (owners_[first] != FrameOwner::free) set_owner(FrameNumber(first), order, FrameOwner::free);
if (order < max_order && is_free_block(buddy, order)) {
    free_[order].remove(*at(FrameNumber(buddy)));
    blocks_[first] = blocks_[buddy] = 0;
    release(first & ~size, order + 1);
} else {
    push(FrameNumber(first), order);
}
