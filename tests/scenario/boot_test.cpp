// SPDX-License-Identifier: MIT
//
// One image, every way to start it: by the loader in QEMU and by GRUB, on BIOS
// and UEFI, with and without PCI and ACPI, with much memory and little, on old
// and new processors, of which it uses one.
#include "tests/scenario/boot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

namespace scenario {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Boot, a_disc_boots_by_bios_with_its_words) {
    Folder folder;
    ASSERT_EQ(make_image({"hello", "--iso", "--append", "loglevel=debug", "-o", folder / "h.iso"}).status, 0);
    Result const result = qemu({"-machine", "q35", "-m", "64M", "-cdrom", folder / "h.iso"});
    EXPECT_EQ(result.status, guest_said_0) << result.err;
    EXPECT_THAT(result.out, AllOf(HasSubstr("hello, world"), HasSubstr("pci: 00:00.0")));
}

TEST(Boot, an_image_is_the_stripped_one_and_wrong_words_are_explained) {
    Folder folder;
    ASSERT_EQ(make_image({"hello", "-o", folder / "hello"}).status, 0);
    EXPECT_LE(read_file(folder / "hello").size(), 65'536u);
    EXPECT_EQ(qemu({"-machine", "q35", "-m", "16M", "-kernel", folder / "hello"}).status, guest_said_0);
    EXPECT_EQ(make_image({}).status, 2);
    EXPECT_EQ(make_image({"hello"}).status, 2);
    Result const unknown = make_image({"nothing", "-o", folder / "x"});
    EXPECT_EQ(unknown.status, 2);
    EXPECT_THAT(unknown.err, AllOf(HasSubstr("no application nothing"), HasSubstr("hello")));
    EXPECT_EQ(make_image({"hello", "--append", "x", "-o", folder / "x"}).status, 2);
    EXPECT_EQ(make_image({"hello", "--iso", "--append", "x; reboot", "-o", folder / "x"}).status, 2);
}

TEST(Boot, microvm_has_neither_pci_nor_tables) {
    Result const result = run(
        viv({"run", "http", "--on", "qemu", "--machine", "microvm", "--self-request", "--exit-after", "2"}));
    EXPECT_EQ(result.status, 0) << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr("warning: acpi: no tables; taking the defaults of a PC"));
    EXPECT_THAT(result.err, HasSubstr("2 of 2 requests answered, and right"));
    // Its processor has no generator of its own; the host has.
    EXPECT_THAT(result.out, testing::Not(HasSubstr("no source of randomness")));
}

TEST(Boot, with_several_processors_it_uses_one_and_says_so) {
    for (char const* target : {"sim", "qemu"})
        for (char const* count : {"2", "4"}) {
            Result const result = run(viv({"run", "hello", "--on", target, "--cpus", count}));
            EXPECT_EQ(result.status, 0) << result.err;
            EXPECT_THAT(result.out,
                        HasSubstr(std::string(count) + " processors, of which this kernel uses one"))
                << target;
        }
}

// The oldest and the newest; boot_all_test.cpp tries those between.
TEST(Boot, the_oldest_and_the_newest_processor_say_hello) {
    for (char const* model : {"qemu64", "max"}) {
        Result const result = qemu({"-cpu", model, "-m", "16M", "-kernel", image("hello")});
        EXPECT_EQ(result.status, guest_said_0) << model << result.out << result.err;
        EXPECT_THAT(result.out, HasSubstr("hello, world")) << model;
    }
}

// The image with a few instructions before its entry, as a loader's last ones: tables of
// five levels are chosen, and SSE instructions shall fault. They lie in place of the text
// for a processor without long mode, which the first page of memory shows, too.
std::string after_a_careless_loader(std::string elf) {
    std::size_t const place = elf.find("vivarium: this processor has no 64-bit mode");
    std::size_t const note = elf.find(std::string("Xen\0", 4));
    std::uint32_t entry = 0;
    std::memcpy(&entry, elf.data() + note + 4, sizeof entry);
    std::uint32_t const start = 0x10'0000 + static_cast<std::uint32_t>(place);
    std::string code = {
        "\x0f\x20\xe2"              // mov %cr4, %edx
        "\x81\xca\x00\x10\x00\x00"  // or $LA57, %edx
        "\x0f\x22\xe2"              // mov %edx, %cr4
        "\x0f\x20\xc2"              // mov %cr0, %edx
        "\x83\xca\x08"              // or $TS, %edx
        "\x0f\x22\xc2"              // mov %edx, %cr0
        "\xe9",                     // jmp
        22};
    std::uint32_t const way = entry - (start + static_cast<std::uint32_t>(code.size()) + 4);
    code.append(reinterpret_cast<char const*>(&way), sizeof way);
    elf.replace(place, code.size(), code);
    elf.replace(note + 4, sizeof start, reinterpret_cast<char const*>(&start), sizeof start);
    return elf;
}

// No protocol says what CR4 and CR0.TS are. [pvh], [multiboot2 §3.3]
TEST(Boot, tables_of_five_levels_and_ts_that_a_loader_left_on_do_no_harm) {
    Folder folder;
    write_file(folder / "matrix.elf", after_a_careless_loader(read_file(image("matrix"))));
    Result const result = qemu({"-cpu", "max", "-m", "64M", "-kernel", folder / "matrix.elf"});
    EXPECT_EQ(result.status, guest_said_0) << result.out << result.err;
}

// A fixed sample of boot_all_test.cpp.
TEST(Boot, a_sample_of_uefi_of_memory_above_the_devices_and_of_old_processors) {
    Folder folder;
    ASSERT_EQ(make_image({"hello", "--iso", "-o", folder / "hello.iso"}).status, 0);
    Result const uefi = qemu({"-machine", "q35", "-m", "128M", "-bios", "/usr/share/ovmf/OVMF.fd", "-cdrom",
                              folder / "hello.iso"});
    EXPECT_EQ(uefi.status, guest_said_0) << uefi.err;
    EXPECT_THAT(uefi.out, HasSubstr("hello, world"));
    Result const high = qemu({"-machine", "q35", "-cpu", "Conroe", "-m", "5G", "-kernel", image("hello")});
    EXPECT_EQ(high.status, guest_said_0) << high.out << high.err;
    EXPECT_THAT(high.out, HasSubstr("memory: 523"));
}

TEST(Boot, four_mebibytes_serve_http_and_two_gibibytes_are_all_there) {
    EXPECT_EQ(run(viv({"run", "http", "--memory", "4M", "--self-request", "--exit-after", "2"})).status, 0);
    Result const little = qemu({"-machine", "q35", "-m", "4M", "-kernel", image("hello")});
    EXPECT_EQ(little.status, guest_said_0) << little.out << little.err;
    Result const much = qemu({"-machine", "q35", "-m", "2G", "-kernel", image("hello")});
    EXPECT_THAT(much.out, HasSubstr("memory: 209")) << "of 2,097,152 KiB";
}

}  // namespace
}  // namespace scenario
