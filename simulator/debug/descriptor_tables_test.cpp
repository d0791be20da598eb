// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/descriptor_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "simulator/debug/snapshot.hpp"
#include "simulator/debug/text.hpp"
#include "simulator/debug/translations.hpp"
#include "simulator/debug/vectors.hpp"

namespace sim::debug {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A table at 0x1000 and another at 0x2000, a task state at 0x3000; nothing else is mapped.
struct Memory {
    std::map<std::uint64_t, std::vector<std::uint8_t>> pieces;

    void put(std::uint64_t address, std::vector<std::uint64_t> const& words) {
        auto& bytes = pieces[address];
        for (auto word : words)
            for (unsigned i = 0; i < 8; ++i) bytes.push_back(static_cast<std::uint8_t>(word >> 8 * i));
    }
    MappedReader reader() const {
        return [this](std::uint64_t address, std::span<std::uint8_t> into) -> std::size_t {
            auto const found = pieces.find(address);
            if (found == pieces.end()) return 0;
            std::size_t const n = std::min(into.size(), found->second.size());
            std::copy_n(found->second.begin(), n, into.begin());
            return n;
        };
    }
};

// As a 64-bit kernel has them.
struct Kernel {
    Kernel() {
        memory.put(0x1000, {0, 0x00af'9b00'0000'ffff, 0x00cf'9300'0000'ffff, 0x8000'8b10'3000'0067, 0xffff'ffff});
        // 0: an interrupt gate to 0xffffffff80103a11 by 0x08; 1: absent; 2: on IST 3, a trap gate for ring 3.
        memory.put(0x2000, {0x8010'8e00'0008'3a11, 0xffff'ffff, 0, 0, 0x0000'ef03'0008'1234, 0});
        std::vector<std::uint64_t> task(13);
        task[0] = 0xdddd'dddd'0000'0000, task[1] = 0x1111'1111;  // RSP0: 0x11111111dddddddd
        task[4] = 0xaaaa'aaaa'0000'0000, task[5] = 0xffff'd000;  // IST1
        task[12] = 0x0068'0000'0000'0000;
        memory.put(0xffff'ffff'8010'3000, task);
        cpu.cr0 = 0x8000'0001, cpu.efer = 0x500;
        cpu.gdtr = {0x1000, 39}, cpu.idtr = {0x2000, 47};
        cpu.cs.selector = 0x08, cpu.ss.selector = cpu.ds.selector = 0x10;
        cpu.tr = {0x18, 0xffff'ffff'8010'3000, 0x67, 0x8b};
    }
    DescriptorTables read() const { return descriptor_tables(cpu, memory.reader()); }
    Memory memory;
    engine::CpuState cpu;
};

TEST(DescriptorTables, of_a_64_bit_kernel_are_read_as_the_manual_says) {
    DescriptorTables const t = Kernel{}.read();
    ASSERT_EQ(t.segments.size(), 3u) << "the first is never used";
    EXPECT_EQ(t.segments[0].selector(), 0x08);
    EXPECT_EQ(t.segments[0].type, "code, readable, accessed");
    EXPECT_EQ(t.segments[0].used_by, "CS");
    EXPECT_EQ(t.segments[1].used_by, "SS DS");
    EXPECT_EQ(t.segments[1].limit, 0xffff'ffffu) << "counted in pages";
    EXPECT_TRUE(t.segments[2].wide);
    EXPECT_EQ(t.segments[2].type, "TSS, busy");
    EXPECT_EQ(t.segments[2].base, 0xffff'ffff'8010'3000u);
    EXPECT_EQ(t.segments[2].limit, 0x67u);
    EXPECT_EQ(t.segments[2].used_by, "TR");

    ASSERT_TRUE(t.task);
    EXPECT_EQ(t.task->rsp[0], 0x1111'1111'dddd'ddddu);
    EXPECT_EQ(t.task->ist[0], 0xffff'd000'aaaa'aaaau);
    EXPECT_EQ(t.task->ist[1], 0u);
    EXPECT_EQ(t.task->io_map, 0x68);

    ASSERT_EQ(t.gates.size(), 3u);
    EXPECT_EQ(t.gates[0], (Gate{.vector = 0, .present = true, .selector = 8, .handler = 0xffff'ffff'8010'3a11, .type = 14}));
    EXPECT_TRUE(t.gates[0].is_interrupt_gate());
    EXPECT_FALSE(t.gates[1].present);
    EXPECT_EQ(t.gates[2],
              (Gate{.vector = 2, .present = true, .selector = 8, .handler = 0x1234, .stack = 3, .privilege = 3, .type = 15}));
    EXPECT_EQ(t.gates[2].type_name(), "trap gate");
    EXPECT_EQ(t.present_gates(), 2u);
    EXPECT_EQ(t.problem, "");
}

TEST(DescriptorTables, of_32_bit_code_have_gates_of_eight_bytes_and_no_task_state) {
    Kernel kernel;
    kernel.cpu.efer = 0;
    kernel.memory.pieces.erase(0x2000);
    kernel.memory.put(0x2000, {0x0010'8e00'0008'3a11, 0x0020'8f00'0008'0004});
    kernel.cpu.idtr.limit = 15;
    DescriptorTables const t = kernel.read();
    ASSERT_EQ(t.gates.size(), 2u);
    EXPECT_EQ(t.gates[0].handler, 0x103a11u);
    EXPECT_EQ(t.gates[1].handler, 0x200004u);
    EXPECT_FALSE(t.task);
    EXPECT_FALSE(t.segments[2].wide);
    EXPECT_EQ(t.segments[2].base, 0x80103000u);
}

TEST(DescriptorTables, say_what_is_not_mapped_and_take_any_bytes) {
    Kernel kernel;
    kernel.cpu.gdtr.limit = 0xffff;
    kernel.cpu.idtr = {0x9000, 0xffff};
    kernel.cpu.tr.base = 0x7000;
    DescriptorTables const t = kernel.read();
    EXPECT_EQ(t.segments.size(), 3u);
    EXPECT_TRUE(t.gates.empty());
    EXPECT_FALSE(t.task);
    EXPECT_EQ(t.problem, "the GDT is not mapped to its end; the IDT is not mapped to its end");

    kernel.cpu.cr0 = 0;
    EXPECT_TRUE(kernel.read().segments.empty());
    EXPECT_THAT(kernel.read().problem, HasSubstr("real mode"));

    // A GDT that ends in the middle of a wide descriptor, and one full of ones.
    kernel = {};
    kernel.cpu.gdtr.limit = 31;
    EXPECT_FALSE(kernel.read().segments.back().wide);
    kernel.memory.pieces[0x1000].assign(65536, 0xff);
    kernel.cpu.gdtr.limit = 0xffff;
    EXPECT_EQ(kernel.read().segments.size(), 8191u);
    kernel.memory.pieces[0x2000].assign(4096, 0xff);
    kernel.cpu.idtr.limit = 0xffff;
    EXPECT_EQ(kernel.read().gates.size(), 256u);
}

TEST(DescriptorTables, are_told_with_names_and_counts) {
    Kernel const kernel;
    Snapshot s;
    s.machine = std::make_shared<MachineInfo>();
    s.cpu = kernel.cpu;
    EXPECT_EQ(print_view(s, "descriptors", {}), "(not asked for)\n");
    s.descriptors = std::make_shared<DescriptorTables>(kernel.read());
    s.kernel.interrupts = {{0, "", 7, 0, {}}, {48, "the timer", 3, 0, {}}};
    std::string const told = *print_view(s, "descriptors", {});
    EXPECT_THAT(told, HasSubstr("0x0008  code, readable, accessed"));
    EXPECT_THAT(told, HasSubstr("<- SS DS"));
    EXPECT_THAT(told, HasSubstr("IST1  0xffffd000aaaaaaaa"));
    EXPECT_THAT(told, HasSubstr("#DE divide error, 7 times"));
    EXPECT_THAT(told, HasSubstr("trap gate       0x0008:0x1234  ring 3, IST3  NMI"));
    EXPECT_THAT(*print_view_json(s, "descriptors", {}), HasSubstr(R"("selector")"));
    EXPECT_EQ(name_of_vector(s, 48), "the timer");
    EXPECT_EQ(name_of_vector(s, 49), "");
}

TEST(Translations, are_held_against_the_tables) {
    PageTree tree;
    tree.ranges = {{.virtual_start = 0x1000, .length = 0x3000, .physical_start = 0x8000, .page_size = 4096, .writable = true},
                   {.virtual_start = 0x200000, .length = 0x1000, .physical_start = 0x400000, .page_size = 4096}};
    auto const held = [](std::uint64_t page, std::uint64_t frame, bool writable = false, std::uint64_t size = 4096) {
        return engine::TlbEntry{.page = page, .frame = frame, .size = size, .writable = writable};
    };
    EXPECT_EQ(agreement_of(held(0x2000, 0x9000, true), tree), Agreement::same);
    EXPECT_EQ(agreement_of(held(0x2000, 0xa000), tree), Agreement::elsewhere);
    EXPECT_EQ(agreement_of(held(0x4000, 0xb000), tree), Agreement::unmapped) << "behind the range's last page";
    EXPECT_EQ(agreement_of(held(0x0, 0x7000), tree), Agreement::unmapped);
    EXPECT_EQ(agreement_of(held(0x200000, 0x400000, true), tree), Agreement::rights);
    EXPECT_EQ(agreement_of(held(0x200000, 0x400000, false, 0x200000), tree), Agreement::elsewhere) << "it was cut up";
    tree.problem = "cut at 2 ranges";
    EXPECT_EQ(agreement_of(held(0x4000, 0xb000), tree), Agreement::unknown);

    Snapshot s;
    auto info = std::make_shared<MachineInfo>();
    s.machine = info;
    s.tlb = {held(0x200000, 0x400000, true), held(0x2000, 0x9000)};
    s.page_tree = std::make_shared<PageTree>(tree);
    std::string const told = *print_view(s, "tlb", {});
    EXPECT_THAT(told, HasSubstr("2 translations remembered, 1 stale"));
    EXPECT_LT(told.find("0000000000002000"), told.find("0000000000200000")) << "by address";
    EXPECT_THAT(told, HasSubstr("stale: the tables allow less"));
    EXPECT_THAT(*print_view_json(s, "tlb", {}), HasSubstr(R"("stale": true)"));
    info->lacks.set(Ability::tlb, "nobody tells");
    EXPECT_EQ(*print_view(s, "tlb", {}), "(nobody tells)\n");
}

}  // namespace
}  // namespace sim::debug
