// SPDX-License-Identifier: MIT
auto fresh = new_table();
if (!fresh) return fail(fresh.error());
PageEntry* const parts = frames_->entries(fresh.value());
std::uint64_t raw = found.entry.raw;
std::uint64_t step = std::uint64_t{2} << 20;
if (found.level == 2) {
    raw &= ~std::uint64_t{0x80};  // bit 7 means something else at the lowest level
    step = 4096;
}
for (std::uint64_t i = 0; i < 512; ++i) parts[i].raw = raw + i * step;
found.slot->raw = fresh.value().raw() | 3;
// Any of its addresses may be remembered by the whole page's translation.
frames_->invalidate(page);
return {};
