// SPDX-License-Identifier: MIT
//
// Debian's kernel in the simulator. Skipped by name where its packages cannot
// be had.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/linux/page_server.hpp"
#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

bool contains(std::string const& text, std::string const& part) {
    return text.find(part) != std::string::npos;
}

// A boot prints some 20 KiB; what went wrong stands at its end.
std::string last_lines(std::string const& out) {
    return "\n...\n" + out.substr(out.size() > 3000 ? out.size() - 3000 : 0);
}

class Linux : public testing::Test {
protected:
    static std::string cache() {
        char const* const xdg = std::getenv("XDG_CACHE_HOME");
        char const* const home = std::getenv("HOME");
        return (xdg && *xdg ? std::string(xdg) : std::string(home ? home : ".") + "/.cache") +
               "/vivarium/linux";
    }
    void SetUp() override {
        Result const fetched = run({std::getenv("VIV_ROOT") + std::string("/tests/linux/fetch.sh"), cache()});
        if (fetched.status == 77) GTEST_SKIP() << fetched.err;
        ASSERT_EQ(fetched.status, 0) << fetched.err;
    }
    std::vector<std::string> boot(std::string const& more_words,
                                  std::vector<std::string> const& more_options = {}) const {
        std::vector<std::string> words = {"run",
                                          "--on",
                                          "sim",
                                          "--memory",
                                          "256M",
                                          "--kernel",
                                          cache() + "/vmlinuz",
                                          "--initrd",
                                          cache() + "/initrd.img",
                                          "--append",
                                          "console=ttyS0 panic=-1 earlyprintk=serial " + more_words};
        words.insert(words.end(), more_options.begin(), more_options.end());
        return viv(words);
    }
    // Those that need no device, these too, and no complaint of the kernel's.
    static void expect_tasks(Result const& result, std::vector<std::string> tasks) {
        EXPECT_EQ(result.status, 0) << result.err << last_lines(result.out);
        for (char const* always : {"pipes", "signals", "hashes", "numbers", "floating-point"})
            tasks.emplace_back(always);
        for (std::string const& task : tasks)
            EXPECT_TRUE(contains(result.out, "task " + task + ": ok")) << task << last_lines(result.out);
        for (char const* complaint :
             {"Kernel panic", "BUG:", "WARNING:", "Oops", "unchecked MSR", "rcu: INFO", "insmod"})
            EXPECT_FALSE(contains(result.out, complaint)) << complaint << last_lines(result.out);
    }
    void lives_the_same_life_twice(std::vector<std::string> options) const {
        options.insert(options.end(), {"--record", folder / "linux.run"});
        std::string said[2];
        for (std::string& one : said) {
            Result const result = run(boot("", options));
            ASSERT_EQ(result.status, 0) << result.err << last_lines(result.out);
            Result const again = run(viv({"replay", folder / "linux.run", "--verify", "--json"}));
            EXPECT_EQ(again.status, 0) << again.err;
            one = result.out;
        }
        EXPECT_EQ(said[0], said[1]);
    }
    Folder folder;
};

// The sample for CI: unpacked, its own page tables, its own time, ACPI read.
TEST_F(Linux, starts) {
    Program program(boot("nokaslr"));
    EXPECT_TRUE(program.prints("Linux version 6.")) << program.err();
    EXPECT_TRUE(program.prints("ACPI: RSDP"));
    EXPECT_TRUE(program.prints("Using ACPI (MADT) for SMP configuration information"));
}

// With nothing said of memory or a console: as much as it needs, and ttyS0.
TEST_F(Linux, starts_as_it_is) {
    Program program(
        viv({"run", "--on", "sim", "--kernel", cache() + "/vmlinuz", "--initrd", cache() + "/initrd.img"}));
    EXPECT_TRUE(program.prints("Linux version 6.")) << program.err();
    EXPECT_TRUE(program.prints("ACPI: RSDP"));
}

// A person at the prompt.
TEST_F(Linux, DISABLED_boots_to_a_prompt_that_takes_commands) {
    Program program(boot("viv=shell", {"--stdin"}), Program::Stdin::typed);
    ASSERT_TRUE(program.prints("# ")) << program.err();
    program.type("echo $((6 * 7)) is what it says\n");
    EXPECT_TRUE(program.prints("42 is what it says"));
    program.type("poweroff -f\n");
    Result const result = program.finish();
    EXPECT_EQ(result.status, 0) << result.err << last_lines(result.out);
}

TEST_F(Linux, DISABLED_boots_to_a_shell_mounts_a_disk_and_fetches_a_page) {
    write_file(folder / "disk.img", std::string(8 << 20, '\0'));
    PageServer server("a page from the host\n");
    Result const result = run(boot("page=" + std::to_string(server.port()),
                                   {"--forward", "0:80", "--disk", folder / "disk.img,write-back"}));
    expect_tasks(result, {"disk", "entropy", "page"});
    EXPECT_EQ(server.answered(), 1u);
    // What the guest wrote is on the disk.
    EXPECT_TRUE(contains(read_file(folder / "disk.img"), "written by the guest"));
}

// The kernel says which request failed, and whoever asked for it hears of it.
TEST_F(Linux, DISABLED_hears_of_disk_errors) {
    write_file(folder / "disk.img", std::string(8 << 20, '\0'));
    struct {
        char const *fault, *told;
    } const errors[] = {{"fail read 3", "I/O error, dev vda, sector 8 op 0x0:(READ)"},
                        {"fail write 2", "I/O error, dev vda, sector 2 op 0x1:(WRITE)"}};
    for (auto const& error : errors) {
        Result const result = run(
            boot("", {"--disk", folder / "disk.img", "--fault", error.fault, "--record", folder / "a.run"}));
        EXPECT_EQ(result.status, 0) << result.err << last_lines(result.out);
        EXPECT_TRUE(contains(result.out, error.told)) << last_lines(result.out);
        EXPECT_FALSE(contains(result.out, "task disk: ok"));
        EXPECT_FALSE(contains(result.out, "Kernel panic"));
        EXPECT_EQ(run(viv({"replay", folder / "a.run", "--verify"})).status, 0);
    }
}

// The devices where another driver of Linux finds them: by their old registers,
// by the ACPI tables.
struct Bus {
    char const *name, *option, *words, *where;
};
class LinuxOn : public Linux, public testing::WithParamInterface<Bus> {};

TEST_P(LinuxOn, DISABLED_uses_every_device) {
    write_file(folder / "disk.img", std::string(8 << 20, '\0'));
    PageServer server("a page from the host\n");
    Result const result = run(boot("page=" + std::to_string(server.port()) + " " + GetParam().words,
                                   {"--virtio", GetParam().option, "--console", "--forward", "0:80", "--disk",
                                    folder / "disk.img,write-back"}));
    expect_tasks(result, {"disk", "entropy", "hvc0", "page"});
    EXPECT_TRUE(contains(read_file(folder / "disk.img"), "written by the guest"));
    EXPECT_TRUE(contains(result.out, "a line by hvc0")) << last_lines(result.out);
    for (char const* id : {"0x0001", "0x0002", "0x0003", "0x0004"})
        EXPECT_TRUE(contains(result.out, "virtio " + std::string(id) + " on " + GetParam().where))
            << id << last_lines(result.out);
}

INSTANTIATE_TEST_SUITE_P(
    Bus, LinuxOn,
    testing::Values(Bus{"pci", "pci", "", "0000:00:"}, Bus{"transitional", "transitional", "", "0000:00:"},
                    Bus{"legacy", "transitional", "virtio_pci.force_legacy=1", "0000:00:"},
                    Bus{"mmio", "mmio", "", "LNRO0005:"}, Bus{"mmio_legacy", "mmio-legacy", "", "LNRO0005:"}),
    [](auto const& bus) { return std::string(bus.param.name); });

// All that the kernel says from its first driver on, and the shell's output.
TEST_F(Linux, DISABLED_has_its_console_on_virtio) {
    Result const result = run(boot("console=hvc0", {"--console"}));
    expect_tasks(result, {"entropy", "hvc0"});
    EXPECT_TRUE(contains(result.out, "[hvc0] enabled")) << last_lines(result.out);
}

TEST_F(Linux, DISABLED_runs_on_two_processors) {
    Result const result = run(boot("", {"--cpus", "2"}));
    expect_tasks(result, {"entropy", "on 2 processors"});
    EXPECT_TRUE(contains(result.out, "Total of 2 processors activated")) << last_lines(result.out);
}

// A life with user programs, page faults and timers is the same every time.
TEST_F(Linux, DISABLED_lives_the_same_life_twice) { lives_the_same_life_twice({}); }

TEST_F(Linux, DISABLED_on_two_processors_lives_the_same_life_twice) {
    lives_the_same_life_twice({"--cpus", "2"});
}

}  // namespace
}  // namespace scenario
