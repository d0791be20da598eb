// SPDX-License-Identifier: MIT
// The frames of tables may be someone else's at once, so the TLB is told after the
// last change: one INVLPG drops the page and every upper entry on its way.
PageEntry* const slot = TRY(small_slot(page));
slot->raw = 0;
prune(root_, arch::top_level, page);
frames_->invalidate(page);
return {};
