// SPDX-License-Identifier: MIT
PageEntry* const slot = TRY(small_slot(page));
*slot = with_rights(*slot, rights);
frames_->invalidate(page);
return {};
