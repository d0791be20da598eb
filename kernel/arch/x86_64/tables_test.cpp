// SPDX-License-Identifier: MIT
//
// What the processor reads: descriptors, gates, page-table entries.
#include <gtest/gtest.h>

#include "kernel/arch/x86_64/gate.hpp"
#include "kernel/arch/x86_64/page_entry.hpp"
#include "kernel/arch/x86_64/segments.hpp"

namespace arch {
namespace {

// Takes a gate apart as the processor does. [sdm-3a figure 6-8]
TEST(Gate, says_where_which_segment_which_stack_and_that_interrupts_go_off) {
    std::uint64_t const handler = 0xffff'ffff'8012'3450;
    Gate const gate = make_gate(handler, InterruptStack::double_fault);
    std::uint64_t const offset =
        (gate.low & 0xffff) | (gate.low >> 48 & 0xffff) << 16 | (gate.high & 0xffff'ffff) << 32;
    EXPECT_EQ(offset, handler);
    EXPECT_EQ(gate.low >> 16 & 0xffff, code_selector);
    EXPECT_EQ(gate.low >> 32 & 7, 1u) << "IST";
    EXPECT_EQ(gate.low >> 40 & 0xf, 14u) << "type: interrupt gate";
    EXPECT_EQ(gate.low >> 45 & 3, 0u) << "DPL";
    EXPECT_EQ(gate.low >> 47 & 1, 1u) << "present";
    EXPECT_EQ(gate.high >> 32, 0u) << "reserved";
    EXPECT_EQ(make_gate(handler, InterruptStack::none).low >> 32 & 7, 0u);
}

TEST(Segments, the_task_descriptor_holds_base_limit_and_type) {
    SystemDescriptor const d = task_descriptor(0xffff'ffff'8023'4568);
    std::uint64_t const base = (d.low >> 16 & 0xff'ffff) | (d.low >> 56) << 24 | d.high << 32;
    EXPECT_EQ(base, 0xffff'ffff'8023'4568u);
    EXPECT_EQ((d.low & 0xffff) | (d.low >> 32 & 0xf'0000), sizeof(TaskState) - 1);
    EXPECT_EQ(d.low >> 40 & 0xff, 0x89u) << "present, ring 0, available 64-bit TSS";
}

TEST(Segments, the_stacks_of_exceptions_are_all_different) {
    EXPECT_NE(InterruptStack::double_fault, InterruptStack::nmi);
    EXPECT_NE(InterruptStack::nmi, InterruptStack::machine_check);
    EXPECT_NE(InterruptStack::double_fault, InterruptStack::machine_check);
}

TEST(PageEntry, no_two_flags_share_a_bit) {
    std::uint64_t seen = 0;
    for (std::uint64_t const flag :
         {PageEntry{}.with<PageEntry::NoExecute>(1).raw, PageEntry{}.with<PageEntry::Global>(1).raw,
          PageEntry{}.with<PageEntry::Large>(1).raw, PageEntry{}.with<PageEntry::Dirty>(1).raw,
          PageEntry{}.with<PageEntry::Accessed>(1).raw, PageEntry{}.with<PageEntry::CacheDisable>(1).raw,
          PageEntry{}.with<PageEntry::WriteThrough>(1).raw, PageEntry{}.with<PageEntry::User>(1).raw,
          PageEntry{}.with<PageEntry::Writable>(1).raw, PageEntry{}.with<PageEntry::Present>(1).raw,
          PageEntry{}.with<PageEntry::Frame>(~0ULL).raw}) {
        EXPECT_EQ(seen & flag, 0u);
        seen |= flag;
    }
}

TEST(PageEntry, an_address_splits_into_four_indexes_and_an_offset) {
    base::VirtAddr const address(0xffff'8012'3456'7abc);
    std::uint64_t joined = address.page_offset();
    for (unsigned level = 1; level <= 4; ++level)
        joined |= std::uint64_t{table_index(address, level)} << (12 + 9 * (level - 1));
    EXPECT_EQ(joined, address.raw() & 0xffff'ffff'ffff);
    EXPECT_EQ(level_size(1), 4096u);
    EXPECT_EQ(level_size(2), 2u << 20);
    EXPECT_EQ(level_size(3), 1u << 30);
}

TEST(PageEntry, canonical_addresses_repeat_bit_47) {
    for (std::uint64_t const good : {0ULL, 0x7fff'ffff'ffffULL, 0xffff'8000'0000'0000ULL, ~0ULL})
        EXPECT_TRUE(is_canonical(base::VirtAddr(good))) << std::hex << good;
    for (std::uint64_t const bad : {0x8000'0000'0000ULL, 0xffff'7fff'ffff'ffffULL, 0x1'0000'0000'0000ULL})
        EXPECT_FALSE(is_canonical(base::VirtAddr(bad))) << std::hex << bad;
}

}  // namespace
}  // namespace arch
