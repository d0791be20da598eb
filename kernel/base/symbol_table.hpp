// SPDX-License-Identifier: MIT
//
// From an address in the kernel's text to the name of its function. The table
// is made by cmake/symbols.sh from the first link of the image:
//
//     u32 count
//     { u32 address, u32 name }[count]   sorted by address; only the low 32
//                                        bits (the kernel lives in the top 2 GiB);
//                                        the name's offset from the table's start
//     the names, each ended by a zero byte
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernel/base/address.hpp"

namespace base {

class SymbolTable {
public:
    struct Symbol {
        std::string_view name;     // empty: unknown
        std::uint64_t offset = 0;  // of the address, from the function's start
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
