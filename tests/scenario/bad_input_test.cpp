// SPDX-License-Identifier: MIT
//
// Whatever is wrong before the guest runs: one clear line that names the thing,
// exit status 2, and nothing lost. In the simulator and on QEMU alike.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "tests/scenario/program.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace scenario {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using Words = std::vector<std::string>;

// One line that says what, if need be one with the cause and one with the next step, each
// of them with its heading; these parts in it, and status 2.
void expect_refused(Words const& words, Words const& parts) {
    Result const result = run(viv(words));
    EXPECT_EQ(result.status, 2) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, testing::MatchesRegex("viv: error: [^\n]+\n"
                                                  "(     Cause  [^\n]+\n(            [^\n]+\n)*)?"
                                                  "(     Next   [^\n]+\n)?"));
    for (auto const& part : parts) EXPECT_THAT(result.err, HasSubstr(part));
}

std::string hello_image() { return std::string(std::getenv("VIV_BUILD")) + "/images/hello.elf"; }

class BadImage : public testing::TestWithParam<std::string> {
protected:
    void expect_refused(std::string const& image, Words const& parts, Words const& more = {}) {
        Words words = {"run", "--kernel", image, "--on", GetParam()};
        words.insert(words.end(), more.begin(), more.end());
        scenario::expect_refused(words, parts);
    }
    Folder folder;
};

TEST_P(BadImage, that_is_not_there) { expect_refused("/nowhere/x.elf", {"/nowhere/x.elf", "No such file"}); }

TEST_P(BadImage, that_is_a_folder) { expect_refused("/tmp", {"/tmp", "folder"}); }

TEST_P(BadImage, that_is_empty) {
    write_file(folder / "empty", "");
    expect_refused(folder / "empty", {"empty", "ELF"});
}

TEST_P(BadImage, that_is_no_elf_file) {
    write_file(folder / "text", "this is a text\nof two lines\n");
    expect_refused(folder / "text", {"text", "ELF"});
}

TEST_P(BadImage, that_has_no_pvh_note) {
    expect_refused("/bin/true", {"/bin/true", "PVH"});
    write_file(folder / "noteless.elf", TinyImage{code::exit(0), 0, false}.elf());
    expect_refused(folder / "noteless.elf", {"noteless.elf", "PVH"});
}

TEST_P(BadImage, that_is_cut_in_the_middle) {
    std::string const whole = read_file(hello_image());
    ASSERT_GT(whole.size(), 1000u);
    write_file(folder / "cut.elf", whole.substr(0, 200));
    expect_refused(folder / "cut.elf", {"cut.elf"});
}

TEST_P(BadImage, that_does_not_fit_into_memory) {
    write_file(folder / "huge.elf", TinyImage{code::exit(0), 100 << 20}.elf());
    expect_refused(folder / "huge.elf", {"huge.elf", "memory"}, {"--memory", "64M"});
}

TEST_P(BadImage, initrd_that_is_not_there) {
    expect_refused(hello_image(), {"/nowhere/initrd"}, {"--initrd", "/nowhere/initrd"});
}

TEST_P(BadImage, busy_port) {
    int const fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
    ASSERT_EQ(listen(fd, 1), 0);
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
    std::string const port = std::to_string(ntohs(address.sin_port));
    expect_refused(hello_image(), {"127.0.0.1:" + port, "in use", "--forward"}, {"--forward", port + ":80"});
    close(fd);
}

TEST_P(BadImage, output_that_is_somebody_elses_file) {
    write_file(folder / "thesis.tex", "years of work");
    Words const more = {"--forward", "0:80", "--pcap", folder / "thesis.tex"};
    expect_refused(hello_image(), {"thesis.tex", "left alone"}, more);
    EXPECT_EQ(read_file(folder / "thesis.tex"), "years of work");
}

INSTANTIATE_TEST_SUITE_P(On, BadImage, testing::Values("sim", "qemu"),
                         [](auto const& each) { return each.param; });

TEST(BadUse, unknown_application_lists_the_known_ones) { expect_refused({"run", "helo"}, {"helo", "hello"}); }
TEST(BadUse, unknown_option) { expect_refused({"run", "hello", "--fast"}, {"--fast", "--help"}); }
TEST(BadUse, a_quick_bench_checks_nothing) {
    expect_refused({"bench", "sim", "--quick", "--check"}, {"--quick", "--check"});
}
TEST(BadUse, unknown_command) { expect_refused({"fly"}, {"--help"}); }
TEST(BadUse, no_command) { expect_refused({}, {"--help"}); }
TEST(BadUse, no_application) { expect_refused({"run"}, {"hello", "--kernel"}); }
TEST(BadUse, an_application_that_is_no_process_lists_those_that_are) {
    expect_refused({"run", "hello", "--on", "host"}, {"hello", "http"});
    expect_refused({"run", "http", "--on", "host", "--net", "tap"}, {"--net", "tap:NAME"});
}
TEST(BadUse, memory_and_ports) {
    expect_refused({"run", "hello", "--memory", "lots"}, {"--memory lots"});
    expect_refused({"run", "hello", "--forward", "80"}, {"--forward 80"});
}

TEST(BadUse, more_memory_than_the_host_has) {
    if (sysconf(_SC_PHYS_PAGES) > (64L << 30) / sysconf(_SC_PAGESIZE))
        GTEST_SKIP() << "a host of more than 64 GiB";
    expect_refused({"run", "hello", "--memory", "64G"}, {"65536 MiB", "--memory"});
}

TEST(BadRecording, that_is_none) { expect_refused({"replay", hello_image()}, {"hello.elf", "no recording"}); }
TEST(BadRecording, that_is_not_there) { expect_refused({"replay", "/nowhere/a.run"}, {"/nowhere/a.run"}); }

TEST(BadRecording, target_that_is_somebody_elses_file) {
    Folder folder;
    write_file(folder / "thesis.tex", "years of work");
    expect_refused({"run", "hello", "--record", folder / "thesis.tex"}, {"thesis.tex", "left alone"});
    EXPECT_EQ(read_file(folder / "thesis.tex"), "years of work");
}

TEST(BadRecording, cut_or_damaged_or_of_another_image) {
    Folder folder;
    std::string const file = folder / "a.run";
    Result const made = run(viv({"run", "hello", "--record", file}));
    ASSERT_EQ(made.status, 0) << made.err;
    std::string const whole = read_file(file);
    ASSERT_GT(whole.size(), 100u);

    write_file(folder / "cut.run", whole.substr(0, whole.size() / 2));
    expect_refused({"replay", folder / "cut.run"}, {"cut.run", "truncated"});
    std::string damaged = whole;
    damaged[whole.size() / 2] ^= 0x10;
    write_file(folder / "damaged.run", damaged);
    expect_refused({"replay", folder / "damaged.run", "--verify"}, {"damaged.run", "corrupt"});
    expect_refused({"replay", file, "--kernel", "/bin/true"}, {"another image", "SHA-256"});
}

}  // namespace
}  // namespace scenario
