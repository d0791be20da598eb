// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/engine/mmu.hpp"

#include <gtest/gtest.h>

#include <random>

namespace sim::engine {
namespace {

constexpr std::uint64_t present = 1, writable = 2, user = 4, accessed = 0x20, dirty = 0x40, large = 0x80,
                        no_execute = std::uint64_t{1} << 63;

class MmuTest : public testing::Test {
protected:
    MmuTest() : storage(64 * page_size + page_size) {
        auto const aligned = (reinterpret_cast<std::uintptr_t>(storage.data()) + page_size - 1) & page_mask;
        ram = reinterpret_cast<std::uint8_t*>(aligned);
        memory.emplace(std::vector<RamRegion>{{0, {ram, 64 * page_size}}});
        mmu.emplace(*memory, [this](PhysAddr address) { written.push_back(address); });
    }
    void put(PhysAddr at, std::uint64_t entry, unsigned bytes = 8) { std::memcpy(ram + at, &entry, bytes); }
    std::uint64_t get(PhysAddr at) const { return memory->read<std::uint64_t>(at); }
    void long_mode() { mmu->mode = {0x8001'0011, 0x1000, 0x20, 0xD01}; }

    std::vector<std::uint8_t> storage;
    std::uint8_t* ram;
    std::optional<PhysicalMemory> memory;
    std::optional<Mmu> mmu;
    std::vector<PhysAddr> written;
};

TEST_F(MmuTest, long_mode_walks_four_levels_and_sets_accessed_and_dirty) {
    long_mode();
    VirtAddr const address = 0xFFFF'8040'4060'3456;  // indices 256, 257, 3, 3
    put(0x1000 + 8 * 256, 0x2000 | present | writable | user);
    put(0x2000 + 8 * 257, 0x3000 | present | writable | user);
    put(0x3000 + 8 * 3, 0x4000 | present | writable | user);
    put(0x4000 + 8 * 3, 0x9000 | present | writable);
    Translation const read = mmu->translate(address, Access::read, false);
    ASSERT_TRUE(read);
    EXPECT_EQ(read.frame, 0x9000u);
    EXPECT_TRUE(read.writable);
    EXPECT_FALSE(read.dirty);
    for (PhysAddr at : {0x1000 + 8 * 256, 0x2000 + 8 * 257, 0x3000 + 8 * 3, 0x4000 + 8 * 3})
        EXPECT_EQ(get(static_cast<PhysAddr>(at)) & (accessed | dirty), accessed);
    EXPECT_EQ(written.size(), 4u);
    ASSERT_TRUE(mmu->translate(address, Access::write, false));
    EXPECT_EQ(get(0x4000 + 8 * 3) & dirty, dirty);
    EXPECT_EQ(get(0x3000 + 8 * 3) & dirty, 0u);
    Translation const by_user = mmu->translate(address, Access::read, true);
    EXPECT_EQ(by_user.outcome, Translation::Outcome::page_fault);
    EXPECT_EQ(by_user.error_code, page_fault::present | page_fault::user);
}

TEST_F(MmuTest, large_pages_have_their_own_reserved_bits) {
    long_mode();
    put(0x1000, 0x2000 | present | writable);
    put(0x2000, 0x4000'0000 | present | large);  // 1 GiB
    put(0x2008, 0x3000 | present | writable);
    put(0x3000, 0x20'0000 | present | writable | large | 0x1000);  // 2 MiB; bit 12 is PAT
    Translation const giant = mmu->translate(0x1234'5678, Access::read, false);
    ASSERT_TRUE(giant);
    EXPECT_EQ(giant.frame, 0x5234'5000u);
    Translation const big = mmu->translate(0x4001'2345, Access::write, false);
    ASSERT_TRUE(big);
    EXPECT_EQ(big.frame, 0x21'2000u);
    put(0x3000, 0x20'2000 | present | writable | large);  // bit 13
    put(0x2000, 0x4000'2000 | present | large);
    mmu->tlb.flush(true);
    std::uint32_t const code = page_fault::present | page_fault::reserved;
    EXPECT_EQ(mmu->translate(0x4001'2345, Access::read, false).error_code, code);
    EXPECT_EQ(mmu->translate(0x1234'5678, Access::read, false).error_code, code);
}

TEST_F(MmuTest, no_execute_is_reserved_until_efer_allows_it) {
    long_mode();
    put(0x1000, 0x2000 | present | writable);
    put(0x2000, 0x4000'0000 | present | large | no_execute);
    EXPECT_EQ(mmu->translate(0, Access::fetch, false).error_code, page_fault::present | page_fault::fetch);
    EXPECT_TRUE(mmu->translate(0, Access::read, false));
    mmu->tlb.flush(true);
    mmu->mode.efer &= ~std::uint64_t{0x800};
    EXPECT_EQ(mmu->translate(0, Access::read, false).error_code, page_fault::present | page_fault::reserved);
}

TEST_F(MmuTest, write_protection_and_smep_bind_the_supervisor) {
    long_mode();
    put(0x1000, 0x2000 | present | writable | user);
    put(0x2000, 0x3000 | present | writable | user);
    put(0x3000, 0x20'0000 | present | user | large);
    EXPECT_EQ(mmu->translate(0, Access::write, false).error_code, page_fault::present | page_fault::write);
    mmu->mode.cr0 &= ~std::uint64_t{0x1'0000};
    EXPECT_TRUE(mmu->translate(0, Access::write, false));
    EXPECT_FALSE(mmu->translate(0, Access::write, true));
    EXPECT_TRUE(mmu->translate(0, Access::fetch, false));
    mmu->mode.cr4 |= 1 << 20;
    EXPECT_FALSE(mmu->translate(0, Access::fetch, false));
    EXPECT_TRUE(mmu->translate(0, Access::fetch, true));
}

TEST_F(MmuTest, addresses_that_are_not_canonical_are_no_page_faults) {
    long_mode();
    EXPECT_EQ(mmu->translate(0x0000'8000'0000'0000, Access::read, false).outcome,
              Translation::Outcome::not_canonical);
    EXPECT_EQ(mmu->translate(0xFFFF'7FFF'FFFF'F000, Access::read, false).outcome,
              Translation::Outcome::not_canonical);
    EXPECT_EQ(mmu->translate(0xFFFF'8000'0000'0000, Access::read, false).outcome,
              Translation::Outcome::page_fault);
}

TEST_F(MmuTest, legacy_paging_has_two_levels_of_32_bits) {
    mmu->mode = {0x8001'0011, 0x1000, 0x10, 0};  // PSE
    put(0x1000 + 4 * 1, 0x2000 | present | writable, 4);
    put(0x2000 + 4 * 5, 0x7000 | present, 4);
    put(0x1000 + 4 * 2, 0x0080'0000 | present | writable | large, 4);
    Translation const small = mmu->translate(0x0040'5123, Access::read, false);
    ASSERT_TRUE(small);
    EXPECT_EQ(small.frame, 0x7000u);
    Translation const big = mmu->translate(0x0081'2345, Access::write, false);
    ASSERT_TRUE(big);
    EXPECT_EQ(big.frame, 0x81'2000u);
    EXPECT_FALSE(mmu->translate(0x0040'5123, Access::write, false));
}

TEST_F(MmuTest, pae_paging_has_a_top_level_of_four_without_rights) {
    mmu->mode = {0x8001'0011, 0x1020, 0x20, 0x800};
    put(0x1020 + 8 * 3, 0x2000 | present);
    put(0x2000 + 8 * 511, 0x3000 | present | writable | user);
    put(0x3000 + 8 * 511, 0x8000 | present | writable | user);
    Translation const top = mmu->translate(0xFFFF'F000, Access::write, true);
    ASSERT_TRUE(top);
    EXPECT_EQ(top.frame, 0x8000u);
    EXPECT_EQ(get(0x1020 + 8 * 3), 0x2000 | present) << "no accessed bit there";
}

TEST_F(MmuTest, walking_and_peeking_leave_no_trace) {
    long_mode();
    put(0x1000, 0x2000 | present | writable);
    put(0x2000, 0x4000'0000 | present | writable | large);
    Walk const walk = mmu->walk(0x1000, Access::write, false);
    EXPECT_TRUE(walk.present);
    EXPECT_EQ(walk.steps.size(), 2u);
    EXPECT_EQ(walk.physical, 0x4000'1000u);
    EXPECT_TRUE(mmu->peek(0x1000, Access::write, false));
    EXPECT_EQ(get(0x1000), 0x2000 | present | writable);
    EXPECT_TRUE(mmu->tlb.entries().empty());
    EXPECT_TRUE(mmu->walk(0x80'0000'0000, Access::read, true).faults);
}

// --- the TLB alone ---

TlbEntry page_at(VirtAddr page, std::uint64_t size = 4096, bool global = false) {
    TlbEntry entry;
    entry.page = page;
    entry.frame = page + 0x1000;
    entry.size = size;
    entry.global = global;
    return entry;
}

TEST(TlbTest, finds_pages_of_every_size) {
    Tlb tlb;
    tlb.insert(page_at(0x1000));
    tlb.insert(page_at(0x20'0000, 1 << 21));
    tlb.insert(page_at(0x4000'0000, 1 << 30));
    EXPECT_EQ(tlb.find(0x1FFF)->page, 0x1000u);
    EXPECT_EQ(tlb.find(0x3F'FFFF)->page, 0x20'0000u);
    EXPECT_EQ(tlb.find(0x7FFF'FFFF)->page, 0x4000'0000u);
    EXPECT_EQ(tlb.find(0x2000), nullptr);
    tlb.remove(0x2A'BCDE);
    EXPECT_EQ(tlb.find(0x3F'FFFF), nullptr);
    EXPECT_EQ(tlb.entries().size(), 2u);
}

TEST(TlbTest, keeps_global_pages_unless_told) {
    Tlb tlb;
    tlb.insert(page_at(0x1000));
    tlb.insert(page_at(0x2000, 4096, true));
    tlb.flush(false);
    EXPECT_EQ(tlb.find(0x1000), nullptr);
    EXPECT_NE(tlb.find(0x2000), nullptr);
    tlb.flush(true);
    EXPECT_EQ(tlb.find(0x2000), nullptr);
}

TEST(TlbTest, empties_itself_when_it_is_full_and_says_so) {
    Tlb tlb;
    for (std::size_t i = 0; i < Tlb::capacity; ++i) ASSERT_FALSE(tlb.insert(page_at(i * 4096)));
    EXPECT_TRUE(tlb.insert(page_at(Tlb::capacity * 4096)));
    EXPECT_EQ(tlb.entries().size(), 1u);
}

TEST(TlbTest, agrees_with_a_list_through_a_random_life) {
    Tlb tlb;
    std::vector<TlbEntry> list;
    std::mt19937_64 random(4);
    auto in_list = [&](VirtAddr page) {
        return std::find_if(list.begin(), list.end(), [&](TlbEntry const& e) { return e.page == page; });
    };
    for (int step = 0; step < 400'000; ++step) {
        VirtAddr const page = random() % 97 * 4096;
        switch (random() % 4) {
            case 0:
                if (in_list(page) == list.end()) {
                    tlb.insert(page_at(page));
                    list.push_back(page_at(page));
                }
                break;
            case 1:
                tlb.remove(page + 5);
                if (auto found = in_list(page); found != list.end()) list.erase(found);
                break;
            default:
                ASSERT_EQ(tlb.find(page + 17) != nullptr, in_list(page) != list.end()) << "step " << step;
        }
        if (random() % 20'000 == 0) {
            tlb.flush(true);
            list.clear();
        }
    }
}

}  // namespace
}  // namespace sim::engine
