// SPDX-License-Identifier: MIT
//
// Kernels that know nothing of Vivarium. Skipped by name where their packages
// cannot be had.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using testing::HasSubstr;
using testing::Not;

class Others : public testing::Test {
protected:
    static std::string cache() {
        char const* const xdg = std::getenv("XDG_CACHE_HOME");
        char const* const home = std::getenv("HOME");
        return (xdg && *xdg ? std::string(xdg) : std::string(home ? home : ".") + "/.cache") +
               "/vivarium/others";
    }
    void SetUp() override {
        Result const fetched =
            run({std::getenv("VIV_ROOT") + std::string("/tests/others/fetch.sh"), cache()});
        if (fetched.status == 77) GTEST_SKIP() << fetched.err;
        ASSERT_EQ(fetched.status, 0) << fetched.err;
    }
    static Result boot(std::string const& kernel, std::string const& memory, std::string const& words,
                       std::string const& limit) {
        return run(viv({"run", "--kernel", cache() + "/" + kernel, "--memory", memory, "--append", words,
                        "--limit", limit}));
    }
};

// By multiboot 1, without the BIOS that its 16-bit part would call.
TEST_F(Others, xen_comes_up_to_its_first_guest) {
    Result const result =
        boot("xen.elf", "128M", "no-real-mode edd=off console=com1 com1=115200,8n1 noreboot", "60s");
    EXPECT_THAT(result.out, HasSubstr("(XEN) Xen version 4."));
    EXPECT_THAT(result.out, HasSubstr("dom0 kernel not specified"));
    EXPECT_THAT(result.err, HasSubstr("the guest halted"));
}

TEST_F(Others, the_general_linux_kernel_finds_the_keyboard_and_resets) {
    Result const result = boot("vmlinuz", "256M", "console=ttyS0 panic=-1", "60s");
    EXPECT_EQ(result.status, 103) << result.err;  // no root file system: it panics and reboots
    EXPECT_THAT(result.out, HasSubstr("serio: i8042 KBD port at 0x60,0x64 irq 1"));
    EXPECT_THAT(result.out, HasSubstr("AT Translated Set 2 keyboard"));
    EXPECT_THAT(result.out, HasSubstr("rtc_cmos 00:"));
    EXPECT_THAT(result.out, Not(HasSubstr("WARNING:")));
    EXPECT_THAT(result.out, HasSubstr("VFS: Unable to mount root fs"));
}

}  // namespace
}  // namespace scenario
