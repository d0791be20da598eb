// SPDX-License-Identifier: MIT
ASSERT(order <= max_order && first.raw() < blocks_.size() && blocks_[first.raw()] == (block_start | order));
PROBE(frame_free, first.raw(), order);
release(first.raw(), order);
