// SPDX-License-Identifier: MIT
ASSERT(first.raw() < blocks_.size());
std::uint8_t const note = blocks_[first.raw()];
ASSERT((note & block_start) != 0);
ASSERT((note & block_free) == 0);
ASSERT((note & 0x3fu) == order);
PROBE(frame_free, first.raw(), order);
release(first.raw(), order);
