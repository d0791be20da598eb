// SPDX-License-Identifier: GPL-2.0-or-later
//
// Multiboot images made byte by byte, good and bad.
#include "simulator/loader/multiboot.hpp"

#include <elf.h>
#include <gmock/gmock.h>

#include <cstring>

#include "simulator/loader/loader_test.hpp"

namespace sim::loader {
namespace {

using machine::PhysicalMemory;
using testing::HasSubstr;

constexpr std::uint32_t demands = 3, kludge = 1 << 16;

void put_header(std::vector<std::uint8_t>& file, std::size_t at, std::uint32_t flags) {
    put<std::uint32_t>(file, at, 0x1BADB002);
    put<std::uint32_t>(file, at + 4, flags);
    put<std::uint32_t>(file, at + 8, -(0x1BADB002 + flags));
}

// A flat file for 2 MiB, its header at byte 64; 4 KiB of .bss behind it.
std::vector<std::uint8_t> flat_image(std::uint32_t flags = demands | kludge) {
    std::vector<std::uint8_t> file(1000, 0x90);
    put_header(file, 64, flags);
    put<std::uint32_t>(file, 76, 0x200040);
    put<std::uint32_t>(file, 80, 0x200000);
    put<std::uint32_t>(file, 84, 0x2003E8);
    put<std::uint32_t>(file, 88, 0x2013E8);
    put<std::uint32_t>(file, 92, 0x200100);
    return file;
}

// A 32-bit ELF file, linked at 3 GiB and loaded at 2 MiB.
std::vector<std::uint8_t> elf_image() {
    Elf32_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS32;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_machine = EM_386;
    header.e_entry = 0xC020'0010;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf32_Phdr);
    header.e_phnum = 1;
    Elf32_Phdr load{};
    load.p_type = PT_LOAD;
    load.p_offset = 256;
    load.p_vaddr = 0xC020'0000;
    load.p_paddr = 0x20'0000;
    load.p_filesz = 300;
    load.p_memsz = 8192;
    std::vector<std::uint8_t> file(256 + 300, 0x90);
    std::memcpy(file.data(), &header, sizeof header);
    std::memcpy(file.data() + sizeof header, &load, sizeof load);
    put_header(file, 256, demands);
    return file;
}

TEST(Multiboot, a_flat_image_gets_all_that_the_header_asks_for) {
    PhysicalMemory memory(4 << 20, 1);
    auto config = config_of(flat_image(), "verbose");
    config.initrd = {"/home/me/module", "", std::make_shared<std::vector<std::uint8_t> const>(5000, 0xAB)};
    Entry const entry = load(config, memory, 0);
    EXPECT_EQ(entry.eip, 0x200100u);
    EXPECT_EQ(entry.eax, 0x2BADB002u);
    EXPECT_EQ(at<std::uint8_t>(memory, 0x2003E7), 0x90);
    EXPECT_EQ(at<std::uint8_t>(memory, 0x2003E8), 0);
    EXPECT_EQ(at<std::uint8_t>(memory, 0x2013E7), 0);

    std::uint64_t const info = entry.ebx;
    EXPECT_EQ(at<std::uint32_t>(memory, info), 1u | 4 | 8 | 64 | 512);
    EXPECT_EQ(at<std::uint32_t>(memory, info + 4), 636u);
    EXPECT_EQ(at<std::uint32_t>(memory, info + 8), 3072u);
    EXPECT_EQ(text_at(memory, at<std::uint32_t>(memory, info + 16)), "kernel verbose");
    ASSERT_EQ(at<std::uint32_t>(memory, info + 20), 1u);
    auto const modules = at<std::uint32_t>(memory, info + 24);
    auto const module = at<std::uint32_t>(memory, modules);
    EXPECT_EQ(module % 4096, 0u);
    EXPECT_EQ(at<std::uint32_t>(memory, modules + 4), module + 5000);
    EXPECT_EQ(text_at(memory, at<std::uint32_t>(memory, modules + 8)), "module");
    EXPECT_EQ(at<std::uint8_t>(memory, module + 4999), 0xAB);
    ASSERT_EQ(at<std::uint32_t>(memory, info + 44), 4 * 24u);
    auto const map = at<std::uint32_t>(memory, info + 48);
    EXPECT_EQ(at<std::uint32_t>(memory, map), 20u);
    EXPECT_EQ(at<std::uint64_t>(memory, map + 2 * 24 + 4), 0x100000u);
    EXPECT_EQ(at<std::uint64_t>(memory, map + 2 * 24 + 12), 0x300000u);
    EXPECT_EQ(at<std::uint32_t>(memory, map + 2 * 24 + 20), 1u);
}

TEST(Multiboot, an_elf_entry_moves_with_its_segment) {
    PhysicalMemory memory(4 << 20, 1);
    Entry const entry = load(config_of(elf_image()), memory, 0);
    EXPECT_EQ(entry.eip, 0x200010u);
    EXPECT_EQ(at<std::uint32_t>(memory, 0x200000), 0x1BADB002u);
    EXPECT_EQ(at<std::uint8_t>(memory, 0x200000 + 300), 0);
}

TEST(Multiboot, names_the_cause_of_every_refusal) {
    EXPECT_EQ(refusal_of(config_of(flat_image())), "accepted");
    EXPECT_THAT(refusal_of(config_of(flat_image(demands | kludge | 8))),
                HasSubstr("demands something unknown"));
    EXPECT_THAT(refusal_of(config_of(flat_image(demands))), HasSubstr("no ELF file"));
    auto sum = flat_image();
    sum[72] ^= 1;
    EXPECT_THAT(refusal_of(config_of(sum)), HasSubstr("no kernel image"));
    auto before = flat_image();
    put<std::uint32_t>(before, 80, 0x200080);
    EXPECT_THAT(refusal_of(config_of(before)), HasSubstr("load address"));
    auto far = flat_image();
    put<std::uint32_t>(far, 76, 0x200800);
    EXPECT_THAT(refusal_of(config_of(far)), HasSubstr("load address"));
    auto cut = flat_image();
    cut.resize(500);
    EXPECT_THAT(refusal_of(config_of(cut)), HasSubstr("truncated"));
    cut.resize(80);
    EXPECT_THAT(refusal_of(config_of(cut)), HasSubstr("truncated"));
    auto order = flat_image();
    put<std::uint32_t>(order, 88, 0x200010);
    EXPECT_THAT(refusal_of(config_of(order)), HasSubstr("out of order"));
    auto astray = flat_image();
    put<std::uint32_t>(astray, 92, 0x300000);
    EXPECT_THAT(refusal_of(config_of(astray)), HasSubstr("no loaded segment"));
    auto large = flat_image();
    put<std::uint32_t>(large, 88, 0xFFFF'FFF0);
    EXPECT_THAT(refusal_of(config_of(large)), HasSubstr("too large for memory"));
}

TEST(Multiboot, the_header_lies_in_the_first_8_kib) {
    std::vector<std::uint8_t> file(9000, 0x90);
    EXPECT_FALSE(is_multiboot_image(file));
    put_header(file, 8180, demands | kludge);
    EXPECT_TRUE(is_multiboot_image(file));
    put_header(file, 8180, 0);
    std::fill_n(file.begin() + 8180, 12, 0);
    put_header(file, 8184, demands | kludge);
    EXPECT_FALSE(is_multiboot_image(file));
}

TEST(Multiboot, survives_damaged_files) {
    survives_damage(flat_image(), 100);
    survives_damage(elf_image(), 280);
}

}  // namespace
}  // namespace sim::loader
