// SPDX-License-Identifier: MIT
auto slot = small_slot(page);
if (!slot.ok()) return fail(slot.error());
std::uint64_t raw = slot.value()->raw & ~(std::uint64_t{1} << 63) & ~std::uint64_t{2};
if (rights == Rights::read_write) raw |= 2;
if (rights != Rights::read_execute) raw |= std::uint64_t{1} << 63;
slot.value()->raw = raw;
frames_->invalidate(page);
return {};
