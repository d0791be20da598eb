// SPDX-License-Identifier: MIT
//
// From an address in the kernel's text to the name of its function. The table
// is made by cmake/symbols.sh from the first link of the image:
//
//     u32 count
//     u32 address[count]   sorted; only the low 32 bits (the kernel lives in the
//                          top 2 GiB)
//     the names in the same order: each a byte that says how many characters it
//                          shares with the beginning of the one before, and the
//                          rest of it, ended by a zero byte
//
// A look-up walks it from the start: it is small, and only a report needs it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernel/base/address.hpp"

namespace base {

class SymbolTable {
public:
    static constexpr std::size_t longest_name = 100;  // symbols.sh cuts there
    struct Symbol {
        std::array<char, longest_name> text;
        std::size_t length = 0;    // 0: unknown
        std::uint64_t offset = 0;  // of the address, from the function's start
        std::string_view name() const { return {text.data(), length}; }
    };

    explicit SymbolTable(std::span<std::byte const> table) : table_(table) {}
    std::size_t size() const;
    // The last symbol at or before the address. A damaged table gives no name.
    Symbol find(VirtAddr address) const;

private:
    std::uint32_t word(std::size_t index) const;
    std::span<std::byte const> table_;
};

}  // namespace base
