// SPDX-License-Identifier: MIT
PageEntry* const slot = TRY(small_slot(page));
PageEntry const wanted = with_rights(*slot, rights);
if (wanted.raw == slot->raw) return {};  // nothing changes, nothing to forget
*slot = wanted;
frames_->invalidate(page);
return {};
