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
    return count <= (table_.size() - 4) / 4 ? count : 0;
}

SymbolTable::Symbol SymbolTable::find(VirtAddr address) const {
    auto const low = static_cast<std::uint32_t>(address.raw());
    std::size_t const count = size();
    std::size_t number = 0;  // of the last one that starts at or before the address, from 1
    while (number < count && word(number + 1) <= low) ++number;
    Symbol symbol;
    if (number == 0) return symbol;
    symbol.offset = low - word(number);
    std::size_t length = 0;
    std::size_t at = 4 * (count + 1);
    for (; number > 0; --number) {
        if (at >= table_.size() || static_cast<std::size_t>(table_[at]) > length) return symbol;
        length = static_cast<std::size_t>(table_[at++]);
        for (;; ++at) {
            if (at >= table_.size()) return symbol;
            if (table_[at] == std::byte{0}) break;
            if (length == longest_name) return symbol;
            symbol.text[length++] = static_cast<char>(table_[at]);
        }
        ++at;
    }
    symbol.length = length;
    return symbol;
}

}  // namespace base
