// SPDX-License-Identifier: GPL-2.0-or-later
//
// Images made byte by byte, good and bad.
#include "simulator/loader/pvh.hpp"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "simulator/loader/elf_image.hpp"

namespace sim::loader {
namespace {

using machine::PhysicalMemory;
using testing::HasSubstr;

constexpr std::uint64_t load_address = 0x20'0000;
constexpr std::uint32_t entry = 0x20'0010;

// One segment of 32 bytes at 2 MiB with 64 in memory, and a PVH note.
struct Image {
    Elf64_Ehdr header{};
    Elf64_Phdr load{}, note{};
    std::uint32_t note_words[5] = {4, 4, 18, 0x006E6558 /* "Xen" */, entry};
    std::uint8_t text[32];

    Image() {
        std::memcpy(header.e_ident, ELFMAG, SELFMAG);
        header.e_ident[EI_CLASS] = ELFCLASS64;
        header.e_ident[EI_DATA] = ELFDATA2LSB;
        header.e_machine = EM_X86_64;
        header.e_phoff = offsetof(Image, load);
        header.e_phentsize = sizeof(Elf64_Phdr);
        header.e_phnum = 2;
        load.p_type = PT_LOAD;
        load.p_offset = offsetof(Image, text);
        load.p_paddr = load_address;
        load.p_filesz = sizeof text;
        load.p_memsz = 64;
        note.p_type = PT_NOTE;
        note.p_offset = offsetof(Image, note_words);
        note.p_filesz = sizeof note_words;
        std::memset(text, 0x90, sizeof text);
    }
    std::vector<std::uint8_t> bytes() const {
        auto const* start = reinterpret_cast<std::uint8_t const*>(this);
        return {start, start + sizeof *this};
    }
};

machine::MachineConfig config(std::vector<std::uint8_t> image) {
    machine::MachineConfig result;
    result.image = {"test.elf", "", std::make_shared<std::vector<std::uint8_t> const>(std::move(image))};
    result.command_line = "loglevel=3";
    result.memory_bytes = 4 << 20;
    return result;
}

std::string refusal(std::vector<std::uint8_t> image, std::uint64_t memory_bytes = 4 << 20) {
    PhysicalMemory memory(memory_bytes, 1);
    try {
        load_pvh(config(std::move(image)), memory, 0xF0000);
    } catch (LoadError const& error) {
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
        return error.what();
    }
    return "accepted";
}

template <class T>
T at(PhysicalMemory const& memory, std::uint64_t address) {
    T value{};
    EXPECT_TRUE(memory.read(address, {reinterpret_cast<std::uint8_t*>(&value), sizeof value}));
    return value;
}

TEST(Pvh, puts_segments_and_start_info_where_the_guest_looks) {
    PhysicalMemory memory(4 << 20, 1);
    auto cfg = config(Image().bytes());
    cfg.initrd = {"module", "", std::make_shared<std::vector<std::uint8_t> const>(5000, 0xAB)};
    Entry const where = load_pvh(cfg, memory, 0xF0000);
    EXPECT_EQ(where.eip, entry);
    EXPECT_EQ(at<std::uint8_t>(memory, load_address + 31), 0x90);
    EXPECT_EQ(at<std::uint64_t>(memory, load_address + 32), 0u);  // .bss
    EXPECT_EQ(at<std::uint64_t>(memory, load_address + 56), 0u);

    EXPECT_EQ(at<std::uint32_t>(memory, where.ebx), 0x336EC578u);
    EXPECT_EQ(at<std::uint32_t>(memory, where.ebx + 4), 1u);
    ASSERT_EQ(at<std::uint32_t>(memory, where.ebx + 12), 1u);
    auto const modules = at<std::uint64_t>(memory, where.ebx + 16);
    auto const module = at<std::uint64_t>(memory, modules);
    EXPECT_EQ(module % 4096, 0u);
    EXPECT_EQ(at<std::uint64_t>(memory, modules + 8), 5000u);
    EXPECT_EQ(at<std::uint8_t>(memory, module + 4999), 0xAB);
    auto const line = at<std::uint64_t>(memory, where.ebx + 24);
    EXPECT_STREQ(reinterpret_cast<char const*>(memory.at(line, 11).data()), "loglevel=3");
    EXPECT_EQ(at<std::uint64_t>(memory, where.ebx + 32), 0xF0000u);

    auto const map = at<std::uint64_t>(memory, where.ebx + 40);
    ASSERT_EQ(at<std::uint32_t>(memory, where.ebx + 48), 3u);
    EXPECT_EQ(at<std::uint64_t>(memory, map + 2 * 24), 0x10'0000u);
    EXPECT_EQ(at<std::uint64_t>(memory, map + 2 * 24 + 8), 0x30'0000u);
    EXPECT_EQ(at<std::uint32_t>(memory, map + 2 * 24 + 16), 1u);
}

TEST(Pvh, names_the_cause_of_every_refusal) {
    EXPECT_THAT(refusal({'h', 'e', 'l', 'l', 'o'}), HasSubstr("no ELF file"));
    EXPECT_THAT(refusal({}), HasSubstr("no ELF file"));
    Image no_note;
    no_note.header.e_phnum = 1;
    EXPECT_THAT(refusal(no_note.bytes()), HasSubstr("no PVH entry"));
    Image other_note;
    other_note.note_words[2] = 17;
    EXPECT_THAT(refusal(other_note.bytes()), HasSubstr("no PVH entry"));
    Image arm;
    arm.header.e_machine = EM_AARCH64;
    EXPECT_THAT(refusal(arm.bytes()), HasSubstr("not for x86-64"));
    Image large;
    large.load.p_memsz = 8 << 20;
    EXPECT_THAT(refusal(large.bytes()), AllOf(HasSubstr("too large for memory"), HasSubstr("4 MiB")));
    Image wrapping;
    wrapping.load.p_memsz = UINT64_MAX - 16;
    EXPECT_THAT(refusal(wrapping.bytes()), HasSubstr("too large for memory"));
    Image low;
    low.load.p_paddr = 0xF0000;
    low.note_words[4] = 0xF0000;
    EXPECT_THAT(refusal(low.bytes()), HasSubstr("firmware"));
    Image astray;
    astray.note_words[4] = 0x100;
    EXPECT_THAT(refusal(astray.bytes()), HasSubstr("no loaded segment"));
    EXPECT_THAT(refusal(Image().bytes(), 1 << 20), HasSubstr("too large for memory"));
}

TEST(Pvh, refuses_every_truncation) {
    auto const whole = Image().bytes();
    for (std::size_t n = 4; n < offsetof(Image, text) + sizeof Image::text; ++n)
        EXPECT_THAT(refusal({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)}),
                    HasSubstr("truncated"))
            << n;
}

TEST(Pvh, a_module_must_fit_beside_the_image) {
    PhysicalMemory memory(4 << 20, 1);
    auto cfg = config(Image().bytes());
    cfg.initrd = {"module", "", std::make_shared<std::vector<std::uint8_t> const>(3 << 20)};
    EXPECT_THROW(load_pvh(cfg, memory, 0), LoadError);
    cfg.initrd.bytes = std::make_shared<std::vector<std::uint8_t> const>(64 << 20);
    EXPECT_THROW(load_pvh(cfg, memory, 0), LoadError);
}

TEST(Pvh, a_command_line_that_does_not_fit_is_refused) {
    PhysicalMemory memory(4 << 20, 1);
    auto cfg = config(Image().bytes());
    cfg.command_line.assign(1 << 20, 'x');
    EXPECT_THROW(load_pvh(cfg, memory, 0), LoadError);
}

// Any damage is either harmless or refused: never a crash.
TEST(Pvh, survives_damaged_files) {
    std::mt19937 random(1);
    auto const whole = Image().bytes();
    int refused = 0;
    for (int i = 0; i < 20'000; ++i) {
        auto damaged = whole;
        for (unsigned n = 1 + random() % 4; n > 0; --n)
            damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
        try {
            for (Segment const& segment : read_elf("damaged", damaged).segments)
                ASSERT_LE(segment.bytes.size(), segment.memory_size);
        } catch (LoadError const&) {
            ++refused;
        }
    }
    EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace sim::loader
