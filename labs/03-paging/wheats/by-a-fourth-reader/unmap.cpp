// SPDX-License-Identifier: MIT
*TRY(small_slot(page)) = {};
frames_->invalidate(page);
prune(root_, arch::top_level, page);
return {};
