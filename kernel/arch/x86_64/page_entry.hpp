// SPDX-License-Identifier: MIT
//
// One entry of a page table, the same at all four levels but for PS.
// [sdm-3a §4.5 4-Level Paging, tables 4-15 to 4-20]
#pragma once

#include <cstdint>

#include "kernel/base/address.hpp"
#include "kernel/base/bits.hpp"

namespace arch {

// [sdm-3a tables 4-15 to 4-20]
// [doc:entry]
struct PageEntry : base::Register<PageEntry> {
    using NoExecute = base::Bit<63>;    // XD
    using Frame = base::Field<51, 12>;  // the next table or the page: address / 4096
    using Global = base::Bit<8>;        // G
    using Large = base::Bit<7>;         // PS: a 2 MiB page (level 2) or 1 GiB page (level 3)
    using Dirty = base::Bit<6>;         // D
    using Accessed = base::Bit<5>;      // A
    using CacheDisable = base::Bit<4>;  // PCD
    using WriteThrough = base::Bit<3>;  // PWT
    using User = base::Bit<2>;          // U/S
    using Writable = base::Bit<1>;      // R/W
    using Present = base::Bit<0>;       // P

    constexpr base::PhysAddr target() const { return base::PhysAddr(get<Frame>() << base::page_shift); }
};
// [/doc:entry]
static_assert(sizeof(PageEntry) == 8);
static_assert(PageEntry{{0x8000'0000'1234'5083}}.target() == base::PhysAddr(0x1234'5000));

// [sdm-3a §4.5]
constexpr unsigned entries_per_table = 512;
constexpr unsigned top_level = 4;  // PML4; 3 PDPT, 2 page directory, 1 page table
constexpr std::uint64_t large_page_size = 2 << 20;

// [doc:levels]
// Bits of the address that choose the entry at a level: nine each.
constexpr unsigned table_index(base::VirtAddr address, unsigned level) {
    return static_cast<unsigned>(address.raw() >> (base::page_shift + 9 * (level - 1))) & 511;
}
// How much memory one entry at a level covers: 4 KiB, 2 MiB, 1 GiB, 512 GiB.
constexpr std::uint64_t level_size(unsigned level) {
    return std::uint64_t{1} << (base::page_shift + 9 * (level - 1));
}
// [/doc:levels]
static_assert(table_index(base::VirtAddr(0xffff'ffff'8000'0000), 4) == 511);
static_assert(table_index(base::VirtAddr(0xffff'ffff'8000'0000), 3) == 510);

// [doc:canonical]
// Bits 63 to 47 are all alike, or the address is no address. [sdm-1 §3.3.7.1]
constexpr bool is_canonical(base::VirtAddr address) {
    std::uint64_t const top = address.raw() >> 47;
    return top == 0 || top == 0x1'ffff;
}
// [/doc:canonical]

}  // namespace arch
