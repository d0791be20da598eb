// SPDX-License-Identifier: MIT
set_owner(FrameNumber(first), order, FrameOwner::free);
// By recursion: either there is nobody to merge with, or the pair is what becomes free.
auto const join = [this](auto const& self, std::uint64_t place, unsigned n) -> void {
    std::uint64_t const size = std::uint64_t{1} << n;
    std::uint64_t const buddy = (place / size) % 2 == 0 ? place + size : place - size;
    if (n == max_order || !is_free_block(buddy, n)) return push(FrameNumber(place), n);
    base::List<FreeBlock, &FreeBlock::link>::remove(*at(FrameNumber(buddy)));
    blocks_[place] = blocks_[buddy] = 0;
    self(self, std::min(place, buddy), n + 1);
};
join(join, first, order);
