// SPDX-License-Identifier: MIT
//
// One image, every way to start it: by the loader in QEMU and by GRUB, on BIOS
// and UEFI, with and without PCI and ACPI, with much memory and little, on old
// and new processors, of which it uses one.
#include "tests/scenario/boot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
