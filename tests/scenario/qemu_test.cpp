// SPDX-License-Identifier: MIT
//
// The images in QEMU, as `viv run --on qemu` starts it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "tests/scenario/program.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace scenario {
namespace {

using testing::HasSubstr;

class OnQemu : public testing::TestWithParam<std::string> {};

TEST_P(OnQemu, hello_prints_and_ends_with_its_status) {
    Result const result = run(viv({"run", "hello", "--on", "qemu", "--machine", GetParam()}));
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("hello, world"));
}

TEST_P(OnQemu, a_panic_is_readable_and_has_its_own_status) {
    Result const result = run(viv({"run", "crash", "--on", "qemu", "--machine", GetParam()}));
    EXPECT_EQ(result.status, 101) << result.err;
    EXPECT_THAT(result.out, HasSubstr("panic"));
}

INSTANTIATE_TEST_SUITE_P(Machine, OnQemu, testing::Values("q35", "pc"),
                         [](auto const& each) { return each.param; });

TEST(Qemu, outcome_as_json_is_the_last_line) {
    Result const result = run(viv({"run", "hello", "--on", "qemu", "--json"}));
    EXPECT_EQ(result.status, 0);
    std::size_t const start = result.out.rfind('\n', result.out.size() - 2) + 1;
    EXPECT_EQ(result.out[start], '{') << result.out;
    EXPECT_THAT(result.out.substr(start), HasSubstr("\"status\":0"));
}

class TinyOnQemu : public testing::Test {
protected:
    std::vector<std::string> words(std::string const& text) {
        write_file(folder / "tiny.elf", TinyImage{text}.elf());
        return viv({"run", "--kernel", folder / "tiny.elf", "--on", "qemu", "--forward", "0:80"});
    }
    Folder folder;
};

TEST_F(TinyOnQemu, statuses_are_passed_on) {
    EXPECT_EQ(run(words(code::exit(0))).status, 0);
    EXPECT_EQ(run(words(code::exit(99))).status, 99);
    EXPECT_EQ(run(words(code::exit(101))).status, 101);
}

TEST_F(TinyOnQemu, a_triple_fault_has_a_status_of_its_own) {
    Result const result = run(words(code::triple_fault));
    EXPECT_EQ(result.status, 102);
    EXPECT_THAT(result.err, HasSubstr("triple fault"));
}

// The process of this name whose parent is that one; 0: there is none.
pid_t child_of(pid_t parent, std::string const& name) {
    for (auto const& entry : std::filesystem::directory_iterator("/proc")) {
        if (!std::isdigit(entry.path().filename().string()[0])) continue;
        std::string const stat = read_file(entry.path() / "stat");  // "12 (name) S 1 ..."
        std::size_t const after = stat.rfind(") ");
        if (after == std::string::npos || stat.find("(" + name) == std::string::npos) continue;
        if (std::stoi(stat.substr(after + 4)) == parent) return std::stoi(stat);
    }
    return 0;
}

pid_t await_qemu(Program& program) {
    pid_t child = 0;
    if (program.says("leads to"))
        for (int i = 0; i < 5000 && child == 0; ++i, usleep(2000))
            child = child_of(program.id(), "qemu-system");
    return child;
}

// True once the process is gone; false after ten seconds.
bool goes_away(pid_t process) {
    for (int i = 0; i < 5000; ++i, usleep(2000))
        if (kill(process, 0) != 0) return true;
    return false;
}

TEST_F(TinyOnQemu, ctrl_c_ends_qemu_too) {
    Program program(words(code::halt));
    pid_t const qemu = await_qemu(program);
    ASSERT_NE(qemu, 0);
    program.send_signal(SIGINT);
    EXPECT_EQ(program.finish().status, 130);
    EXPECT_NE(kill(qemu, 0), 0) << "QEMU outlived its parent";
}

TEST_F(TinyOnQemu, qemu_dies_with_a_killed_parent) {
    Program program(words(code::halt));
    pid_t const qemu = await_qemu(program);
    ASSERT_NE(qemu, 0);
    program.send_signal(SIGKILL);
    program.finish();
    EXPECT_TRUE(goes_away(qemu));
}

// Other people's formats, on both targets.
TEST(Foreign, multiboot_and_linux_images_boot_in_the_simulator_and_in_qemu) {
    Folder folder;
    write_file(folder / "multiboot", multiboot_image(code::print("mb") + code::exit(9)));
    write_file(folder / "bzImage", linux_image(code::exit(7), 7));
    for (std::string const on : {"sim", "qemu"}) {
        Result const multiboot = run(viv({"run", "--kernel", folder / "multiboot", "--on", on}));
        EXPECT_EQ(multiboot.status, 9) << on << multiboot.err;
        EXPECT_THAT(multiboot.out, HasSubstr("mb")) << on;
        Result const linux = run(viv({"run", "--kernel", folder / "bzImage", "--on", on}));
        EXPECT_EQ(linux.status, 7) << on << linux.err;
    }
}

}  // namespace
}  // namespace scenario
