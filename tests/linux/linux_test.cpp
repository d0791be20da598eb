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
    Folder folder;
};

// The sample for CI: unpacked, its own page tables, its own time, ACPI read.
TEST_F(Linux, starts) {
    Program program(boot("nokaslr"));
    EXPECT_TRUE(program.prints("Linux version 6.")) << program.err();
    EXPECT_TRUE(program.prints("ACPI: RSDP"));
    EXPECT_TRUE(program.prints("Using ACPI (MADT) for SMP configuration information"));
}

TEST_F(Linux, DISABLED_boots_to_a_shell_mounts_a_disk_and_fetches_a_page) {
    write_file(folder / "disk.img", std::string(8 << 20, '\0'));
    PageServer server("a page from the host\n");
    Result const result = run(boot("page=" + std::to_string(server.port()),
                                   {"--forward", "0:80", "--disk", folder / "disk.img,write-back"}));
    EXPECT_EQ(result.status, 0) << result.err << last_lines(result.out);
    for (char const* task : {"pipes", "signals", "hashes", "numbers", "floating-point", "disk", "page"})
        EXPECT_TRUE(contains(result.out, "task " + std::string(task) + ": ok"))
            << task << last_lines(result.out);
    for (char const* complaint : {"Kernel panic", "BUG:", "WARNING:", "Oops", "unchecked MSR", "insmod"})
        EXPECT_FALSE(contains(result.out, complaint)) << complaint << last_lines(result.out);
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

// The same drivers by the other ways to the devices.
TEST_F(Linux, DISABLED_mounts_a_disk_on_every_bus) {
    for (std::string const bus : {"transitional", "mmio", "mmio-legacy"}) {
        write_file(folder / "disk.img", std::string(8 << 20, '\0'));
        Result const result = run(boot("", {"--disk", folder / "disk.img,write-back", "--virtio", bus}));
        EXPECT_EQ(result.status, 0) << bus << result.err << last_lines(result.out);
        EXPECT_TRUE(contains(result.out, "task disk: ok")) << bus << last_lines(result.out);
        EXPECT_TRUE(contains(read_file(folder / "disk.img"), "written by the guest")) << bus;
    }
}

// A life with user programs, page faults and timers is the same every time.
TEST_F(Linux, DISABLED_lives_the_same_life_twice) {
    std::string hash[2];
    for (std::string& one : hash) {
        Result const result = run(boot("", {"--record", folder / "linux.run"}));
        ASSERT_EQ(result.status, 0) << result.err << last_lines(result.out);
        Result const again = run(viv({"replay", folder / "linux.run", "--verify", "--json"}));
        EXPECT_EQ(again.status, 0) << again.err;
        one = result.out;
    }
    EXPECT_EQ(hash[0], hash[1]);
}

}  // namespace
}  // namespace scenario
