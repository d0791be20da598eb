// SPDX-License-Identifier: MIT
auto const slot = small_slot(page);
if (!slot.ok()) return fail(slot.error());
*slot.value() = {};
frames_->invalidate(page);
while (prune(root_, arch::top_level, page)) {
}
frames_->invalidate(page);  // the tables that went, too
return {};
