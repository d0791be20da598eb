// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/page_walk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "simulator/debug/snapshot.hpp"
#include "simulator/debug/text.hpp"

namespace sim::debug {
namespace {

using engine::Access;

// Physical memory made of the words that a test writes; a table exists as 4 KiB
// of zeros once one of its words has been written.
struct Tables {
    std::map<std::uint64_t, std::uint64_t> words;
    std::map<std::uint64_t, bool> frames;

    void put(std::uint64_t table, unsigned index, std::uint64_t entry) {
        words[table + 8 * index] = entry;
        frames[table] = true;
    }
    PhysicalReader reader() const {
        return [this](std::uint64_t address) -> std::optional<std::uint64_t> {
            if (!frames.contains(address & ~0xfffULL)) return std::nullopt;
            auto found = words.find(address);
            return found == words.end() ? 0 : found->second;
        };
    }
};

constexpr Paging long_mode{
    .enabled = true, .long_mode = true, .write_protect = true, .no_execute = true, .root = 0x1000};
constexpr std::uint64_t nx = 1ULL << 63;

// 0xffffffff80003abc: indices 511, 510, 0, 3.
constexpr std::uint64_t kernel_address = 0xffff'ffff'8000'3abc;

Tables kernel_page(std::uint64_t pte, std::uint64_t upper = 3) {
    Tables t;
    t.put(0x1000, 511, 0x2000 | upper);
    t.put(0x2000, 510, 0x3000 | upper);
    t.put(0x3000, 0, 0x4000 | upper);
    t.put(0x4000, 3, pte);
    return t;
}

TEST(PageWalk, follows_four_levels_to_a_page) {
    Tables t = kernel_page(0x123000 | 0x63 | nx);
    WalkExplanation w = explain_walk(long_mode, kernel_address, Access::read, false, t.reader());
    ASSERT_EQ(w.entries.size(), 4u);
    EXPECT_TRUE(w.present);
    EXPECT_FALSE(w.faults);
    EXPECT_EQ(w.physical, 0x123abcu);
    EXPECT_EQ(w.page_size, 4096u);
    EXPECT_TRUE(w.writable);
    EXPECT_FALSE(w.executable);
    EXPECT_FALSE(w.user_accessible);
    unsigned const indices[] = {511, 510, 0, 3};
    for (unsigned i = 0; i < 4; ++i) {
        EXPECT_EQ(w.entries[i].index, indices[i]);
        EXPECT_EQ(w.entries[i].level, 4 - i);
    }
    EXPECT_STREQ(w.entries[0].name, "PML4E");
    EXPECT_STREQ(w.entries[3].name, "PTE");
    EXPECT_EQ(w.entries[3].address, 0x4018u);
}

// The classic bug: the tables changed, and nobody said INVLPG.
TEST(PageWalk, tells_a_stale_translation_from_a_good_one) {
    using ::testing::HasSubstr;
    Snapshot s;
    engine::TlbEntry const held{
        .page = kernel_address & ~0xfffULL, .frame = 0x123000, .size = 4096, .writable = true};
    auto const walked = [&](std::uint64_t pte, Paging const& paging = long_mode) {
        s.walk = explain_walk(paging, kernel_address, Access::read, false, kernel_page(pte).reader());
        std::string const text = *print_view(s, "walk");
        EXPECT_EQ(text.find("translation is stale") != std::string::npos, s.walk_is_stale()) << text;
        EXPECT_THAT(*print_view_json(s, "walk"),
                    HasSubstr(s.walk_is_stale() ? "\"stale\": true" : "\"stale\": false"));
        return s.walk_is_stale();
    };
    EXPECT_FALSE(walked(0x123000 | 0x63 | nx)) << "nothing is held";
    s.tlb = {held};
    EXPECT_FALSE(walked(0x123000 | 0x63 | nx));
    EXPECT_THAT(*print_view(s, "walk"), HasSubstr("is 0x123000, writable\n"));
    EXPECT_FALSE(walked(0x123000 | 0x63)) << "rights that were added are found by the next walk";
    EXPECT_TRUE(walked(0)) << "unmapped";
    EXPECT_TRUE(walked(0x124000 | 0x63 | nx)) << "another page";
    EXPECT_TRUE(walked(0x123000 | 0x61 | nx)) << "read-only by now";
    Paging other = long_mode;
    other.enabled = false;
    EXPECT_FALSE(walked(0, other)) << "paging is off";
    other.enabled = true, other.long_mode = false;
    EXPECT_FALSE(walked(0, other)) << "a walk that is not explained says nothing";
}

TEST(PageWalk, joins_permissions_of_all_levels) {
    Tables t = kernel_page(0x123000 | 7);
    t.words[0x3000] = 0x4000 | 5;  // read-only one level up
    WalkExplanation w = explain_walk(long_mode, kernel_address, Access::write, false, t.reader());
    EXPECT_TRUE(w.present);
    EXPECT_FALSE(w.writable);
    EXPECT_FALSE(w.user_accessible);  // the two upper ones are the kernel's
    EXPECT_TRUE(w.executable);
    EXPECT_TRUE(w.faults);
    EXPECT_EQ(w.error_code, 3u);  // present, write

    Paging no_wp = long_mode;
    no_wp.write_protect = false;
    EXPECT_FALSE(explain_walk(no_wp, kernel_address, Access::write, false, t.reader()).faults);
    EXPECT_TRUE(explain_walk(no_wp, kernel_address, Access::write, true, t.reader()).faults);
}

TEST(PageWalk, says_at_which_level_a_page_is_missing) {
    Tables t = kernel_page(0x123000 | 3);
    t.words[0x2000 + 8 * 510] = 0;
    WalkExplanation w = explain_walk(long_mode, kernel_address, Access::write, true, t.reader());
    ASSERT_EQ(w.entries.size(), 2u);
    EXPECT_FALSE(w.present);
    EXPECT_TRUE(w.faults);
    EXPECT_EQ(w.error_code, 6u);  // write, user
    EXPECT_NE(w.verdict.find("PDPTE"), std::string::npos);
}

TEST(PageWalk, maps_large_pages_and_checks_their_reserved_bits) {
    Tables t;
    t.put(0x1000, 0, 0x2003);
    t.put(0x2000, 1, 0x4000'0000 | 0x83);  // 1 GiB at 1 GiB
    WalkExplanation w = explain_walk(long_mode, 0x4123'4567, Access::read, false, t.reader());
    EXPECT_EQ(w.page_size, 1u << 30);
    EXPECT_EQ(w.physical, 0x4123'4567u);
    EXPECT_EQ(w.entries.size(), 2u);
    EXPECT_TRUE(w.entries[1].large);

    t.words[0x2008] |= 1 << 20;
    w = explain_walk(long_mode, 0x4123'4567, Access::read, false, t.reader());
    EXPECT_TRUE(w.faults);
    EXPECT_EQ(w.error_code & 8, 8u);

    t.words[0x2008] = 0x3003;
    t.put(0x3000, 9, 0x60'0000 | 0x1000 | 0x83);  // 2 MiB, PAT bit set
    w = explain_walk(long_mode, 0x4123'4567, Access::read, false, t.reader());
    EXPECT_EQ(w.page_size, 1u << 21);
    EXPECT_EQ(w.physical, 0x60'0000u + 0x3'4567u);
}

TEST(PageWalk, refuses_addresses_that_are_not_canonical) {
    Tables t = kernel_page(3);
    WalkExplanation w = explain_walk(long_mode, 0x0000'8000'0000'0000, Access::read, false, t.reader());
    EXPECT_FALSE(w.canonical);
    EXPECT_TRUE(w.faults);
    EXPECT_TRUE(w.entries.empty());
}

TEST(PageWalk, a_table_outside_memory_is_reported) {
    Tables t = kernel_page(3);
    t.words[0x3000] = 0x7'0000'0003;
    WalkExplanation w = explain_walk(long_mode, kernel_address, Access::read, false, t.reader());
    EXPECT_TRUE(w.faults);
    ASSERT_EQ(w.entries.size(), 4u);
    EXPECT_FALSE(w.entries[3].readable);
}

TEST(PageWalk, without_nxe_bit_63_is_reserved) {
    Tables t = kernel_page(0x123003 | nx);
    Paging p = long_mode;
    p.no_execute = false;
    WalkExplanation w = explain_walk(p, kernel_address, Access::read, false, t.reader());
    EXPECT_TRUE(w.faults);
    EXPECT_EQ(w.error_code & 8, 8u);
}

TEST(PageWalk, a_fetch_from_a_no_execute_page_faults_with_the_instruction_bit) {
    Tables t = kernel_page(0x123003 | nx);
    WalkExplanation w = explain_walk(long_mode, kernel_address, Access::fetch, false, t.reader());
    EXPECT_TRUE(w.faults);
    EXPECT_EQ(w.error_code, 0x11u);
}

TEST(PageWalk, translates_like_it_explains) {
    Tables t = kernel_page(0x123000 | 3);
    t.put(0x1000, 0, 0x5003);
    t.put(0x5000, 1, 0x4000'0083);
    for (std::uint64_t address :
         {kernel_address, std::uint64_t{0x4123'4567}, std::uint64_t{0x1000}, ~std::uint64_t{0}}) {
        WalkExplanation const w = explain_walk(long_mode, address, Access::read, false, t.reader());
        auto const physical = translate_only(long_mode, address, t.reader());
        EXPECT_EQ(physical.has_value(), w.present);
        if (physical) {
            EXPECT_EQ(*physical, w.physical);
        }
    }
}

TEST(PageTree, joins_neighbours_and_counts) {
    Tables t = kernel_page(0x123003);
    t.put(0x4000, 4, 0x124003);
    t.put(0x4000, 5, 0x125001);  // read-only: another range
    t.put(0x4000, 7, 0x200003 | nx);
    PageTree tree = page_tree(long_mode, t.reader());
    ASSERT_EQ(tree.ranges.size(), 3u);
    EXPECT_EQ(tree.ranges[0].virtual_start, 0xffff'ffff'8000'3000u);
    EXPECT_EQ(tree.ranges[0].length, 0x2000u);
    EXPECT_TRUE(tree.ranges[0].write_and_execute());
    EXPECT_FALSE(tree.ranges[1].writable);
    EXPECT_FALSE(tree.ranges[2].executable);
    EXPECT_EQ(tree.pages_4k, 4u);
    EXPECT_EQ(tree.write_and_execute_pages, 2u);
    EXPECT_EQ(tree.tables[4] + tree.tables[3] + tree.tables[2] + tree.tables[1], 4u);
    EXPECT_EQ(tree.table_frames.size(), 4u);
    EXPECT_EQ(tree.problem, "");
}

TEST(PageTree, survives_tables_that_point_to_themselves) {
    Tables t;
    for (unsigned i = 0; i < 512; ++i) t.put(0x1000, i, 0x1003);
    PageTree tree = page_tree(long_mode, t.reader());
    EXPECT_TRUE(tree.ranges.empty());
    EXPECT_NE(tree.problem, "");
}

TEST(PageTree, is_bounded_when_tables_are_shared_many_times) {
    Tables t;  // 512 * 512 * 512 ways to one table
    for (unsigned i = 0; i < 512; ++i) {
        t.put(0x1000, i, 0x2003);
        t.put(0x2000, i, 0x3003);
        t.put(0x3000, i, 0x4003);
        t.put(0x4000, i, 0x5003 + (i % 2) * 0x1000);
    }
    PageTree tree = page_tree(long_mode, t.reader(), 100, 1000);
    EXPECT_EQ(tree.ranges.size(), 100u);
    EXPECT_NE(tree.problem, "");
}

TEST(Registers, fields_do_not_overlap_and_lie_in_their_register) {
    std::vector<std::span<FieldInfo const>> all{fields_of_cr0(),  fields_of_cr3(),    fields_of_cr4(),
                                                fields_of_efer(), fields_of_rflags(), fields_of_segment()};
    for (unsigned level = 1; level <= 4; ++level) {
        all.push_back(fields_of_table_entry(level, false));
        all.push_back(fields_of_table_entry(level, true));
    }
    for (auto fields : all) {
        unsigned above = 64;
        for (FieldInfo const& f : fields) {
            EXPECT_LT(f.high, above) << f.name;
            EXPECT_LE(f.low, f.high) << f.name;
            EXPECT_STRNE(f.meaning, "");
            EXPECT_EQ(std::string_view(f.manual).front(), '[');
            above = f.low;
        }
    }
}

TEST(Registers, decode_takes_the_bits) {
    auto fields = decode(fields_of_cr0(), 0x8001'0011);
    std::string set;
    for (DecodedField const& f : fields)
        if (f.value) set += std::string(f.info->name) + " ";
    EXPECT_EQ(set, "PG WP ET PE ");
    auto flags = decode(fields_of_rflags(), 0x3202);
    for (DecodedField const& f : flags)
        if (std::string_view(f.info->name) == "IOPL") {
            EXPECT_EQ(f.text, "ring 3");
        }
}

TEST(Registers, show_every_bank) {
    engine::CpuState cpu;
    cpu.gpr[4] = 0x1234;
    auto banks = decode_registers(cpu);
    ASSERT_EQ(banks.size(), 7u);
    EXPECT_EQ(banks[0].registers[0].name, "RIP");
    bool found = false;
    for (auto const& r : banks[0].registers)
        if (r.name == "RSP") found = r.value == 0x1234;
    EXPECT_TRUE(found);
}

TEST(Registers, page_fault_error_codes_read_as_sentences) {
    EXPECT_EQ(explain_page_fault(0), "read of an unmapped page by the kernel");
    EXPECT_EQ(explain_page_fault(6), "write of an unmapped page by ring 3");
    EXPECT_EQ(explain_page_fault(0x11),
              "fetch of an instruction from a page that must not be executed, by the kernel");
    EXPECT_EQ(exception_name(14), "#PF page fault");
    EXPECT_EQ(exception_name(32), "");
    EXPECT_EQ(short_flags(0x8000'0000'0000'0163), "P RW S NX G A D");
}

}  // namespace
}  // namespace sim::debug
