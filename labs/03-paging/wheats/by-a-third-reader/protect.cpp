// SPDX-License-Identifier: MIT
auto const slot = small_slot(page);
if (!slot.ok()) return fail(slot.error());
PageEntry const before = *slot.value();
PageEntry const after = with_rights(before, rights);
*slot.value() = after;
frames_->invalidate(page);
return {};
