// SPDX-License-Identifier: MIT
// Look how far it will grow, then write it once.
std::uint64_t start = first;
unsigned grown = order;
for (; grown < max_order; ++grown) {
    std::uint64_t const other = start ^ (std::uint64_t{1} << grown);
    if (!is_free_block(other, grown)) break;
    free_[grown].remove(*at(FrameNumber(other)));
    blocks_[other] = 0;
    start &= ~(std::uint64_t{1} << grown);
}
blocks_[first] = 0;
set_owner(FrameNumber(first), order, FrameOwner::free);
push(FrameNumber(start), grown);
