// SPDX-License-Identifier: MIT
// Everything that changes first, and one invalidation at the end for all of it.
auto slot = small_slot(page);
if (!slot) return fail(slot.error());
slot.value()->raw = 0;
prune(root_, arch::top_level, page);
frames_->invalidate(page);
return {};
