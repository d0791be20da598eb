// SPDX-License-Identifier: MIT
std::uint64_t const frame = first.raw();
ASSERT(frame < blocks_.size() && order <= max_order);
std::uint8_t const block = blocks_[frame];
ASSERT((block & block_start) != 0);
ASSERT((block & block_free) == 0);
ASSERT((block & 0x3f) == order);
PROBE(frame_free, frame, order);
release(frame, order);
