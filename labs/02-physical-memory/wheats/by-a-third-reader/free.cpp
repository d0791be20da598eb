// SPDX-License-Identifier: MIT
bool const starts_here = order <= max_order && first.raw() < blocks_.size() &&
                         blocks_[first.raw()] == static_cast<std::uint8_t>(block_start | order);
ASSERT(starts_here);
PROBE(frame_free, first.raw(), order);
release(first.raw(), order);
