// SPDX-License-Identifier: MIT
Walk result;
PhysAddr table = root_;
for (unsigned level = arch::top_level; level > 0; --level) {
    result.slot = frames_->entries(table) + arch::table_index(address, level);
    result.entry = *result.slot;
    result.level = level;
    if (!result.entry.has<PageEntry::Present>()) return result;
    bool const page = level == 1 || (level < 4 && result.entry.has<PageEntry::Large>());
    if (page) {
        std::uint64_t const size = arch::level_size(level);
        result.mapped = true;
        result.physical = result.entry.target().align_down(size) + (address.raw() & (size - 1));
        return result;
    }
    table = result.entry.target();
}
return result;
