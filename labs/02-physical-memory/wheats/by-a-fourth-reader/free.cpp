// SPDX-License-Identifier: MIT
ASSERT(order <= max_order && first.raw() < blocks_.size());
ASSERT(order_of(first) == order);
PROBE(frame_free, first.raw(), order);
release(first.raw(), order);
