// SPDX-License-Identifier: MIT
//
// The words of the guest's command line: `help` lists every one that the sources
// ask for, the README explains the kernel's, an unknown one is a warning, and a
// bad value an error that names the choices.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Asked {
    std::set<std::string> words, numbers, flags;
};

fs::path root() { return std::getenv("VIV_ROOT"); }

void read_asked(fs::path const& file, Asked& into) {
    static std::regex const pattern("words\\.(has|value|values|number)\\(\"([^\"]+)\"");
    std::string const text = read_file(file);
    for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) {
        into.words.insert((*at)[2]);
        if ((*at)[1] == "number") into.numbers.insert((*at)[2]);
        if ((*at)[1] == "has") into.flags.insert((*at)[2]);
    }
}

// What the sources of each application ask for.
std::map<std::string, Asked> applications() {
    std::map<std::string, Asked> found;
    for (auto const& folder : fs::directory_iterator(root() / "kernel/apps")) {
        std::string const app = folder.path().filename();
        if (!folder.is_directory() || !fs::exists(folder.path() / "CMakeLists.txt")) continue;
        Asked& asked = found[app];
        for (auto const& file : fs::directory_iterator(folder))
            if (file.path().extension() == ".cpp") read_asked(file.path(), asked);
    }
    return found;
}

// The words that a list of help begins its lines with: "  exit-after=N  ...".
std::set<std::string> listed(std::string const& help) {
    static std::regex const pattern("\n  ([a-z_.-]+)(=| )");
    std::set<std::string> words;
    for (std::sregex_iterator at(help.begin(), help.end(), pattern), end; at != end; ++at)
        words.insert((*at)[1]);
    return words;
}

Result start(std::string const& app, std::string const& append) {
    return run(viv({"run", app, "--append", append}));
}

TEST(Words, help_lists_every_word_that_the_kernel_and_the_application_ask_for) {
    Asked kernel;
    read_asked(root() / "kernel/options.cpp", kernel);
    ASSERT_GE(kernel.words.size(), 4u);
    auto const all = applications();
    ASSERT_GE(all.size(), 12u);
    for (auto const& [app, asked] : all) {
        Result const help = run(viv({"run", app, "--append", "help"}));
        EXPECT_EQ(help.status, 0) << app << help.out << help.err;
        std::set<std::string> expected = kernel.words;
        expected.insert(asked.words.begin(), asked.words.end());
        EXPECT_EQ(listed(help.out), expected) << app;
    }
}

TEST(Words, the_readme_explains_those_of_the_kernel) {
    Asked kernel;
    read_asked(root() / "kernel/options.cpp", kernel);
    std::string const readme = read_file(root() / "kernel/README.md");
    for (std::string const& word : kernel.words) EXPECT_THAT(readme, HasSubstr("| `" + word)) << word;
}

TEST(Words, a_number_that_is_none_is_an_error_in_every_application) {
    unsigned tried = 0;
    for (auto const& [app, asked] : applications())
        for (std::string const& word : asked.numbers) {
            Result const result = run(viv({"run", app, "--append", word + "=many"}));
            EXPECT_EQ(result.status, 2) << app << " " << word << result.out;
            EXPECT_THAT(result.out, HasSubstr("error: command line: " + word + "=many: choose a number"));
            ++tried;
        }
    EXPECT_GE(tried, 8u);
}

// No number makes an application panic: what it cannot do it refuses.
TEST(Words, the_least_and_the_greatest_number_are_obeyed_or_refused) {
    for (auto const& [app, asked] : applications())
        for (std::string const& word : asked.numbers)
            for (char const* number : {"=0", "=18446744073709551615"}) {
                Result const result = run(viv({"run", app, "--limit", "6000000", "--append", word + number}));
                EXPECT_NE(result.status, 101) << app << " " << word << number << result.out;
                EXPECT_THAT(result.out, Not(HasSubstr("panic"))) << app << " " << word << number;
            }
}

TEST(Words, a_word_that_takes_no_value_is_refused_with_one) {
    unsigned tried = 0;
    for (auto const& [app, asked] : applications())
        for (std::string const& word : asked.flags) {
            Result const result = run(viv({"run", app, "--append", word + "=no"}));
            EXPECT_EQ(result.status, 2) << app << " " << word << result.out;
            EXPECT_THAT(result.out, HasSubstr("error: command line: " + word + "=no: choose the word alone"));
            ++tried;
        }
    EXPECT_GE(tried, 4u);
}

TEST(Words, the_log_shows_as_much_as_was_asked_for) {
    EXPECT_THAT(start("hello", "loglevel=error").out, Not(HasSubstr("hello, world")));
}

TEST(Words, a_bad_value_is_an_error_that_names_the_choices) {
    Result const level = start("hello", "loglevel=loud");
    EXPECT_EQ(level.status, 2);
    EXPECT_THAT(level.out, HasSubstr("error: command line: loglevel=loud: choose error|warning|info|debug"));
    Result const policy = start("dining", "scheduler=fair");
    EXPECT_EQ(policy.status, 2);
    for (char const* choice : {"rr", "priority", "mlfq", "eevdf"}) EXPECT_THAT(policy.out, HasSubstr(choice));
    for (char const* bad : {"fail-allocation=soon", "fail-allocation=0", "fail-allocation="}) {
        Result const number = start("hello", bad);
        EXPECT_EQ(number.status, 2) << bad;
        EXPECT_THAT(number.out, HasSubstr(std::string(bad) + ": choose a number, 1 or more"));
    }
    for (char const* app : {"hello", "virtio"})
        for (char const* bad :
             {"virtio_mmio.device=rubbish", "virtio_mmio.device=512@0x1000:5 virtio_mmio.device=",
              "virtio_mmio.device=rubbish virtio_mmio.device=512@0x1000:5", "virtio_mmio.device=x@y:z",
              "virtio_mmio.device=512@y:5",
              "virtio_mmio.device=512@0x1000:", "virtio_mmio.device=@0x1000:5"}) {
            Result const device = start(app, bad);
            EXPECT_EQ(device.status, 2) << app << bad;
            EXPECT_THAT(device.out, HasSubstr(": choose SIZE@ADDRESS:LINE")) << app << bad;
        }
}

TEST(Words, a_word_without_the_value_that_it_needs_is_refused) {
    for (char const* bare : {"scheduler", "loglevel", "fail-allocation", "virtio_mmio.device"}) {
        Result const result = start("hello", bare);
        EXPECT_EQ(result.status, 2) << bare << result.out;
        EXPECT_THAT(result.out, HasSubstr("error: command line: " + std::string(bare) + "=: choose "))
            << bare;
    }
    EXPECT_EQ(start("crash", "crash").status, 2);
    EXPECT_EQ(start("practice", "practice").status, 2);
    EXPECT_EQ(start("http", "ip").status, 2);
}

TEST(Words, help_shows_the_choices) {
    Result const result = start("dining", "help");
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, AllOf(HasSubstr("scheduler=rr|"), HasSubstr("loglevel="), HasSubstr("meals=N")));
}

TEST(Words, other_bad_values_are_errors_that_name_the_choices) {
    EXPECT_THAT(run(viv({"run", "http", "--append", "ip=somewhere"})).out,
                HasSubstr("ip=somewhere: choose an address such as 10.0.0.1/24"));
    Result const crash = run(viv({"run", "crash", "--append", "crash=gently"}));
    EXPECT_EQ(crash.status, 2);
    EXPECT_THAT(crash.out, AllOf(HasSubstr("crash=gently: choose null|read-null|"),
                                 HasSubstr("|semaphore|end-holding\r\n")));
    Result const fetch = start("fetch", "peer=10.0.2.2 ip=somewhere");
    EXPECT_EQ(fetch.status, 2) << fetch.out;
    EXPECT_THAT(fetch.out, HasSubstr("ip=somewhere: choose an address such as 10.0.0.2/24"));
    Result const peer = start("fetch", "peer=nobody");
    EXPECT_EQ(peer.status, 2) << peer.out;
    EXPECT_THAT(peer.out, HasSubstr("peer=nobody: choose an address such as 10.0.0.1"));
    EXPECT_THAT(start("fetch", "peer=10.0.2.2 patience=86400001").out,
                HasSubstr("patience=86400001: choose a number from 0 to 86400000"));
    EXPECT_THAT(start("practice", "practice=violin").out,
                HasSubstr("practice=violin: choose frames|double-free|"));
}

TEST(Words, an_unknown_one_is_a_warning_in_every_application) {
    for (auto const& [app, asked] : applications()) {
        Result const result = run(viv({"run", app, "--limit", "6000000", "--append", "strange=1 odd"}));
        EXPECT_THAT(result.out, AllOf(HasSubstr("warning: command line: 'strange=1' means nothing here"),
                                      HasSubstr("warning: command line: 'odd' means nothing here")))
            << app << result.err;
    }
}

TEST(Words, what_has_no_room_is_a_warning) {
    std::string many;
    for (int i = 0; i < 33; ++i) many += "loglevel=info ";
    Result const result = start("hello", many);
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.out, HasSubstr("command line: too long: what follows 'loglevel=info' is left out"));
    // Half a word is none: the last that is whole is told.
    Result const cut = start("hello", "loglevel=info loglevel=" + std::string(600, 'x'));
    EXPECT_EQ(cut.status, 0) << cut.out;
    EXPECT_THAT(cut.out, HasSubstr("command line: too long: what follows 'loglevel=info' is left out"));
}

}  // namespace
}  // namespace scenario
