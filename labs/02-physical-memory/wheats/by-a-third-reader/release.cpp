// SPDX-License-Identifier: MIT
// Two passes: how far it merges, then the books of all buddies at once.
set_owner(FrameNumber(first), order, FrameOwner::free);
unsigned top = order;
std::uint64_t start = first;
while (top != max_order && is_free_block(start ^ (std::uint64_t{1} << top), top)) {
    start &= ~(std::uint64_t{1} << top);
    ++top;
}
blocks_[first] = 0;
std::uint64_t part = first;
for (unsigned n = order; n != top; ++n) {
    std::uint64_t const bit = std::uint64_t{1} << n;
    free_[n].remove(*at(FrameNumber(part ^ bit)));
    blocks_[part ^ bit] = 0;
    part &= ~bit;
}
push(FrameNumber(start), top);
