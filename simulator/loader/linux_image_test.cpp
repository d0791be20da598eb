// SPDX-License-Identifier: GPL-2.0-or-later
//
// A bzImage made byte by byte, good and bad.
#include "simulator/loader/linux_image.hpp"

#include <gmock/gmock.h>

#include "simulator/loader/loader_test.hpp"

namespace sim::loader {
namespace {

using machine::PhysicalMemory;
using testing::HasSubstr;

// Two setup sectors and 3,000 bytes of kernel that wants 16 KiB at 2 MiB.
std::vector<std::uint8_t> bzimage() {
    std::vector<std::uint8_t> file(3 * 512 + 3000, 0x90);
    std::fill_n(file.begin(), 3 * 512, 0);
    file[0x1F1] = 2;
    put<std::uint16_t>(file, 0x1FE, 0xAA55);
    file[0x200] = 0xEB;
    file[0x201] = 0x66;
    put<std::uint32_t>(file, 0x202, 0x53726448);
    put<std::uint16_t>(file, 0x206, 0x20F);
    file[0x211] = 1;
    put<std::uint32_t>(file, 0x214, 0x100000);
    put<std::uint32_t>(file, 0x22C, 0x7FFFFFFF);
    put<std::uint32_t>(file, 0x238, 100);
    put<std::uint64_t>(file, 0x258, 0x200000);
    put<std::uint32_t>(file, 0x260, 0x4000);
    return file;
}

TEST(LinuxImage, gets_its_zero_page_and_starts_by_the_32_bit_protocol) {
    PhysicalMemory memory(4 << 20, 1);
    auto config = config_of(bzimage(), "console=ttyS0");
    config.initrd = {"initrd", "", std::make_shared<std::vector<std::uint8_t> const>(5000, 0xAB)};
    Entry const entry = load(config, memory, 0xF1230);
    EXPECT_EQ(entry.eip, 0x100000u);
    EXPECT_EQ(entry.code_selector, 0x10);
    EXPECT_EQ(entry.data_selector, 0x18);
    EXPECT_EQ(at<std::uint64_t>(memory, entry.gdtr.base + 0x10), 0x00CF'9B00'0000'FFFFu);
    EXPECT_EQ(at<std::uint64_t>(memory, entry.gdtr.base + 0x18), 0x00CF'9300'0000'FFFFu);
    EXPECT_EQ(at<std::uint8_t>(memory, 0x100000), 0x90);
    EXPECT_EQ(at<std::uint8_t>(memory, 0x100000 + 2999), 0x90);

    std::uint64_t const page = entry.esi;
    EXPECT_EQ(at<std::uint32_t>(memory, page + 0x202), 0x53726448u);
    EXPECT_EQ(at<std::uint8_t>(memory, page + 0x210), 0xFF);
    EXPECT_EQ(at<std::uint8_t>(memory, page + 0x211), 0x81);
    EXPECT_EQ(at<std::uint64_t>(memory, page + 0x70), 0xF1230u);
    EXPECT_EQ(text_at(memory, at<std::uint32_t>(memory, page + 0x228)), "console=ttyS0");
    EXPECT_EQ(at<std::uint32_t>(memory, page + 0x21C), 5000u);
    auto const initrd = at<std::uint32_t>(memory, page + 0x218);
    EXPECT_EQ(initrd % 4096, 0u);
    EXPECT_EQ(at<std::uint8_t>(memory, initrd + 4999), 0xAB);

    // RAM, the firmware's part, RAM, PCI's window.
    ASSERT_EQ(at<std::uint8_t>(memory, page + 0x1E8), 4);
    EXPECT_EQ(at<std::uint64_t>(memory, page + 0x2D0 + 8), 0x9F000u);
    EXPECT_EQ(at<std::uint32_t>(memory, page + 0x2D0 + 20 + 16), 2u);
    EXPECT_EQ(at<std::uint64_t>(memory, page + 0x2D0 + 40), 0x100000u);
    EXPECT_EQ(at<std::uint64_t>(memory, page + 0x2D0 + 48), 0x300000u);
    EXPECT_EQ(at<std::uint64_t>(memory, page + 0x2D0 + 60), 0xE0000000u);
    // Conventional memory ends at 636 KiB.
    EXPECT_EQ(at<std::uint16_t>(memory, 0x413), 636);
}

TEST(LinuxImage, keeps_the_ram_disk_below_the_kernels_limit) {
    PhysicalMemory memory(16 << 20, 1);
    auto file = bzimage();
    put<std::uint32_t>(file, 0x22C, 0x7FFFFF);
    auto config = config_of(file);
    config.initrd = {"initrd", "", std::make_shared<std::vector<std::uint8_t> const>(4096, 0xAB)};
    Entry const entry = load(config, memory, 0);
    EXPECT_EQ(at<std::uint32_t>(memory, entry.esi + 0x218), 0x7FF000u);
}

TEST(LinuxImage, names_the_cause_of_every_refusal) {
    EXPECT_EQ(refusal_of(config_of(bzimage())), "accepted");
    auto old = bzimage();
    put<std::uint16_t>(old, 0x206, 0x201);
    EXPECT_THAT(refusal_of(config_of(old)), HasSubstr("too old (boot protocol 2.01)"));
    auto low = bzimage();
    low[0x211] = 0;
    EXPECT_THAT(refusal_of(config_of(low)), HasSubstr("too old"));
    auto cut = bzimage();
    cut.resize(3 * 512);
    EXPECT_THAT(refusal_of(config_of(cut)), HasSubstr("truncated"));
    auto large = bzimage();
    put<std::uint32_t>(large, 0x260, 0x7FFF'FFFF);
    EXPECT_THAT(refusal_of(config_of(large)), HasSubstr("too large for memory"));
    auto wrapping = bzimage();
    put<std::uint64_t>(wrapping, 0x258, ~std::uint64_t{0});
    EXPECT_THAT(refusal_of(config_of(wrapping)), HasSubstr("too large for memory"));
    auto astray = bzimage();
    put<std::uint32_t>(astray, 0x214, 0xFFFF'FFF0);
    put<std::uint16_t>(astray, 0x206, 0x202);
    EXPECT_THAT(refusal_of(config_of(astray)), HasSubstr("too large for memory"));
    EXPECT_THAT(refusal_of(config_of(bzimage(), std::string(101, 'x'))), HasSubstr("takes 100"));
    auto config = config_of(bzimage());
    config.initrd = {"initrd", "", std::make_shared<std::vector<std::uint8_t> const>(3 << 20)};
    EXPECT_THAT(refusal_of(config, 4 << 20), HasSubstr("initrd: too large"));
}

TEST(LinuxImage, survives_damaged_files) { survives_damage(bzimage(), 0x270); }

TEST(Load, an_unknown_file_gets_the_list_of_formats) {
    std::string const why = refusal_of(config_of({'#', '!', '/', 'b', 'i', 'n'}));
    EXPECT_THAT(why, AllOf(HasSubstr("PVH"), HasSubstr("bzImage"), HasSubstr("multiboot 1")));
    EXPECT_THAT(refusal_of(config_of({})), HasSubstr("no kernel image"));
}

}  // namespace
}  // namespace sim::loader
