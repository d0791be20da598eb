// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/run_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/scenario/tiny_image.hpp"

namespace sim::cli {
namespace {

std::string error_of(RunWords const& words) {
    try {
        check(words);
        return "";
    } catch (std::runtime_error const& error) {
        return error.what();
    }
}

RunWords words_for_this_program() {
    RunWords words;
    words.kernel = "/proc/self/exe";
    return words;
}

TEST(ParseMemory, takes_suffixes_and_counts_mebibytes_without) {
    EXPECT_EQ(parse_memory("64M"), 64u << 20);
    EXPECT_EQ(parse_memory("64"), 64u << 20);
    EXPECT_EQ(parse_memory("2G"), std::uint64_t{2} << 30);
    EXPECT_EQ(parse_memory("4096K"), 4u << 20);
    for (char const* wrong : {"", "M", "-1", "64X", "0", "1K", "65G", "99999999999999999999", "1.5G", "64 M"})
        EXPECT_THROW(parse_memory(wrong), std::runtime_error) << wrong;
}

TEST(ParseForward, wants_two_ports) {
    EXPECT_EQ(parse_forward("8080:80"), (links::Forward{8080, 80}));
    EXPECT_EQ(parse_forward("0:80"), (links::Forward{0, 80}));
    EXPECT_TRUE(parse_forward("5007:7/udp").udp);
    for (char const* wrong :
         {"", "8080", "8080:", ":80", "8080:0", "65536:80", "80:65536", "a:b", "1:2:3", "-1:80"})
        EXPECT_THROW(parse_forward(wrong), std::runtime_error) << wrong;
}

// viv run --kernel vmlinuz --initrd initrd.img is enough.
TEST(CheckRun, gives_a_linux_image_memory_and_a_console) {
    std::string const file = testing::TempDir() + "vmlinuz";
    std::ofstream(file, std::ios::binary) << scenario::linux_image(scenario::code::halt, 0);
    RunWords words;
    words.kernel = file;
    words.on = "sim";
    EXPECT_EQ(check(words).config.memory_bytes, 256u << 20);
    EXPECT_EQ(check(words).config.command_line, "console=ttyS0");
    words.memory = "64M";
    words.append = "quiet";
    EXPECT_EQ(check(words).config.memory_bytes, 64u << 20);
    EXPECT_EQ(check(words).config.command_line, "quiet");
    words.append = "";
    EXPECT_EQ(check(words).config.command_line, "") << "none was asked for";
    RunWords other = words_for_this_program();
    EXPECT_EQ(check(other).config.memory_bytes, 64u << 20);
    EXPECT_EQ(check(other).config.command_line, "");
}

TEST(CheckRun, reads_a_link) {
    RunWords words = words_for_this_program();
    words.forwards = {"0:80"};
    words.link = "loss=1%,delay=20ms";
    EXPECT_EQ(check(words).link->delay_ns, 20'000'000u);
    EXPECT_EQ(check(words).link->loss, 10'000u);
    std::string const file = testing::TempDir() + "link-words";
    std::ofstream(file) << "delay = 3ms\nloss=2%, jitter=1ms\n";
    words.link = file;
    EXPECT_EQ(check(words).link->delay_ns, 3'000'000u);
    EXPECT_EQ(check(words).link->jitter_ns, 1'000'000u);
    std::ofstream(file) << std::string(5000, 'x');
    EXPECT_THAT(error_of(words), testing::HasSubstr("a short file"));
    words.link.clear();
    EXPECT_FALSE(check(words).link);
}

TEST(CheckRun, builds_the_guests_command_line) {
    RunWords words = words_for_this_program();
    words.append = "loglevel=3";
    words.exit_after = 5;
    EXPECT_EQ(check(words).config.command_line, "loglevel=3 exit-after=5");
}

TEST(CheckRun, the_visitor_comes_by_tcp) {
    RunWords words = words_for_this_program();
    words.self_request = true;
    words.exit_after = 1;
    words.forwards = {"5007:7/udp"};
    auto const forwards = check(words).forwards;
    ASSERT_EQ(forwards.size(), 2u);
    EXPECT_EQ(forwards[0], (links::Forward{0, 80}));
    EXPECT_TRUE(forwards[1].udp);
}

TEST(CheckRun, a_machine_may_have_no_card) {
    RunWords words = words_for_this_program();
    EXPECT_TRUE(check(words).config.network);
    words.net = "none";
    EXPECT_FALSE(check(words).config.network);
}

TEST(CheckRun, refuses_what_does_not_go_together) {
    using testing::HasSubstr;
    auto expect = [](char const* part, auto change) {
        RunWords words = words_for_this_program();
        change(words);
        EXPECT_THAT(error_of(words), HasSubstr(part));
    };
    expect("--record", [](RunWords& w) { w.on = "qemu", w.record = "a.run"; });
    expect("--seed", [](RunWords& w) { w.on = "qemu", w.seed = 1; });
    expect("--trace", [](RunWords& w) { w.on = "qemu", w.trace = true; });
    expect("add --forward", [](RunWords& w) { w.link = "loss=1%"; });
    expect("--link loss=1", [](RunWords& w) { w.forwards = {"0:80"}, w.link = "loss=1"; });
    expect("--gdb", [](RunWords& w) { w.gdb = 0, w.faults = {"fail allocation 3"}; });
    expect("--stdin", [](RunWords& w) { w.gdb = 0, w.type_stdin = true; });
    expect("--gdb", [](RunWords& w) { w.gdb = 0, w.faults = {"stall 3ms at ready"}; });
    expect("--machine", [](RunWords& w) { w.machine = "pc"; });
    expect("--accel", [](RunWords& w) { w.accelerator = "kvm"; });
    expect("--kernel", [](RunWords& w) { w.on = "host"; });
    expect("--test-device", [](RunWords& w) {
        w.on = "host", w.kernel.clear(), w.application = "http", w.test_device = true;
    });
    expect("--cpus",
           [](RunWords& w) { w.on = "host", w.kernel.clear(), w.application = "http", w.cpus = 2; });
    expect("tap:NAME", [](RunWords& w) { w.net = "tap"; });
    expect("--on host", [](RunWords& w) { w.net = "tap:viv0"; });
    expect("forwarded", [](RunWords& w) { w.on = "host", w.net = "tap:viv0", w.forwards = {"0:80"}; });
    expect("--forward", [](RunWords& w) { w.net = "none", w.forwards = {"0:80"}; });
    expect("--pcap; leave one out", [](RunWords& w) { w.net = "none", w.pcap = "a.pcapng"; });
    expect("--link; leave one out", [](RunWords& w) { w.net = "none", w.link = "loss=1%"; });
    expect("--patience", [](RunWords& w) { w.patience = 9, w.gdb = 0; });
    expect("--patience", [](RunWords& w) { w.patience = 9, w.trace = true; });
    expect("no card", [](RunWords& w) { w.on = "host", w.net = "none"; });
    expect("unknown target", [](RunWords& w) { w.on = "moon"; });
    expect("unknown machine", [](RunWords& w) { w.on = "qemu", w.machine = "vax"; });
    expect("--exit-after", [](RunWords& w) { w.self_request = true; });
    expect("--record", [](RunWords& w) { w.embed = true; });
    expect("give one", [](RunWords& w) { w.application = "hello"; });
    expect("--kernel", [](RunWords& w) { w.kernel.clear(); });
    expect("missing.elf", [](RunWords& w) { w.kernel = "/tmp/missing.elf"; });
}

TEST(CheckRun, lists_the_applications_that_there_are) {
    RunWords words;
    words.application = "../../../etc/passwd";
    EXPECT_THAT(error_of(words), testing::AnyOf(testing::HasSubstr("unknown application"),
                                                testing::HasSubstr("no application is built")));
}

}  // namespace
}  // namespace sim::cli
