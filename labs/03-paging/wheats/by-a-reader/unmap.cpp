// SPDX-License-Identifier: MIT
PageEntry* const slot = TRY(small_slot(page));
*slot = PageEntry{};
prune(root_, arch::top_level, page);
frames_->invalidate(page);  // of upper entries, too
return {};
