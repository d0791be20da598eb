// SPDX-License-Identifier: MIT
#include "kernel/base/symbol_table.hpp"

#include <cstring>

namespace base {

std::uint32_t SymbolTable::word(std::size_t index) const {
    std::uint32_t value;
    std::memcpy(&value, table_.data() + index * sizeof value, sizeof value);
    return value;
}

std::size_t SymbolTable::size() const {
    if (table_.size() < 4) return 0;
    std::size_t const count = word(0);
    return count <= (table_.size() - 4) / 8 ? count : 0;
}

SymbolTable::Symbol SymbolTable::find(VirtAddr address) const {
    auto const low = static_cast<std::uint32_t>(address.raw());
    // Binary search for the first symbol that starts after the address.
    std::size_t first = 0, last = size();
    while (first < last) {
        std::size_t const middle = first + (last - first) / 2;
        if (word(1 + 2 * middle) <= low)
            first = middle + 1;
        else
            last = middle;
    }
    if (first == 0) return {};
    std::size_t const name = word(2 * first);
    if (name >= table_.size()) return {};
    auto const* text = reinterpret_cast<char const*>(table_.data()) + name;
    auto const* end = static_cast<char const*>(std::memchr(text, 0, table_.size() - name));
    if (end == nullptr) return {};
    return {{text, static_cast<std::size_t>(end - text)}, low - word(2 * first - 1)};
}

}  // namespace base
