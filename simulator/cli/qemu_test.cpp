// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/qemu.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulator/cli/status.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace sim::cli {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr int exited(int code) { return code << 8; }  // as waitpid() has it

TEST(DecodeQemuEnd, passes_on_what_the_guest_wrote) {
    EXPECT_EQ(decode_qemu_end(exited(1), "").status, 0);
    EXPECT_EQ(decode_qemu_end(exited(2 * 7 + 1), "").status, 7);
    EXPECT_EQ(decode_qemu_end(exited(2 * 99 + 1), "").status, 99);
    EXPECT_EQ(decode_qemu_end(exited(2 * 101 + 1), "").status, status_panic);
    EXPECT_EQ(decode_qemu_end(exited(2 * 120 + 1), "").status, status_tool_failed);
}

TEST(DecodeQemuEnd, tells_a_guest_of_0_from_a_qemu_that_failed) {
    QemuEnd const end = decode_qemu_end(exited(1), "qemu-system-x86_64: could not load kernel");
    EXPECT_TRUE(end.never_started);
    EXPECT_EQ(end.status, status_wrong_use);
    EXPECT_THAT(end.ending, HasSubstr("could not load kernel"));
    EXPECT_FALSE(decode_qemu_end(exited(1), "").never_started);
}

TEST(DecodeQemuEnd, a_reset_is_a_triple_fault) {
    EXPECT_EQ(decode_qemu_end(exited(0), "").status, status_triple_fault);
}

TEST(DecodeQemuEnd, a_signal_is_no_status_of_the_guest) {
    EXPECT_EQ(decode_qemu_end(9, "").status, status_tool_failed);
}

TEST(DecodeQemuEnd, a_foreign_kernel_that_powers_off_is_in_order) {
    EXPECT_EQ(decode_qemu_end(exited(0), "", true).status, 0);
    EXPECT_EQ(decode_qemu_end(exited(2 * 7 + 1), "", true).status, 7);
    EXPECT_TRUE(decode_qemu_end(exited(1), "could not load kernel", true).never_started);
}

machine::Blob blob(std::string const& bytes) {
    return {"image", "", std::make_shared<std::vector<std::uint8_t> const>(bytes.begin(), bytes.end())};
}

TEST(Foreign, are_linux_and_multiboot_images_but_none_with_a_pvh_note) {
    EXPECT_TRUE(is_foreign(blob(scenario::linux_image("x", 0))));
    EXPECT_TRUE(is_foreign(blob(scenario::multiboot_image("x"))));
    EXPECT_FALSE(is_foreign(blob(scenario::TinyImage{"x"}.elf())));
    EXPECT_FALSE(is_foreign(blob("this is a text")));
    EXPECT_FALSE(is_foreign(blob("")));
}

TEST(QemuArguments, say_what_was_asked_for) {
    RunOptions options;
    options.machine = "pc";
    options.accelerator = "tcg";
    options.kernel = "images/http.elf";
    options.config.memory_bytes = 32 << 20;
    options.config.processors = 3;
    options.config.command_line = "exit-after=5";
    auto const words = qemu_arguments(options, 5);
    EXPECT_THAT(words, Contains(HasSubstr("pc,accel=tcg")));
    EXPECT_THAT(words, Contains("32768K"));
    EXPECT_THAT(words, testing::IsSupersetOf({std::string("-smp"), std::string("3")}));
    EXPECT_THAT(words, Contains("images/http.elf"));
    EXPECT_THAT(words, Contains("exit-after=5"));
    EXPECT_THAT(words, Contains("dgram,id=net0,local.type=fd,local.str=5"));
}

TEST(QemuArguments, leave_the_card_out_and_put_the_test_device_in) {
    RunOptions options;
    options.config.network = false;
    options.config.test_device = true;
    auto const words = qemu_arguments(options, 5);
    EXPECT_THAT(words, testing::Not(Contains("-netdev")));
    EXPECT_THAT(words, testing::Not(Contains(HasSubstr("virtio-net"))));
    EXPECT_THAT(words, Contains("pc-testdev"));
}

}  // namespace
}  // namespace sim::cli
