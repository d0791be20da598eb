// SPDX-License-Identifier: MIT
//
// Images in the simulator, as `viv run --on sim` and `viv replay` start them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/scenario/program.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace scenario {
namespace {

using testing::HasSubstr;

class TinyOnSim : public testing::Test {
protected:
    std::vector<std::string> words(std::string const& text, std::vector<std::string> const& more = {}) {
        write_file(folder / "tiny.elf", TinyImage{text}.elf());
        std::vector<std::string> all = {"run", "--kernel", folder / "tiny.elf", "--on", "sim"};
        all.insert(all.end(), more.begin(), more.end());
        return viv(all);
    }
    // Three times out of three.
    void expect_same_again(std::string const& file) {
        for (int i = 0; i < 3; ++i) {
            Result const result = run(viv({"replay", file, "--verify"}));
            EXPECT_EQ(result.status, 0) << result.err;
            EXPECT_THAT(result.out, HasSubstr("the same life"));
        }
    }
    Folder folder;
};

TEST_F(TinyOnSim, prints_and_passes_statuses_on) {
    Result const result = run(words(code::print("hi\n") + code::exit(7)));
    EXPECT_EQ(result.out, "hi\n");
    EXPECT_EQ(result.status, 7) << result.err;
    EXPECT_EQ(run(words(code::exit(0))).status, 0);
    EXPECT_EQ(run(words(code::exit(101))).status, 101);
}

TEST_F(TinyOnSim, a_triple_fault_has_a_status_of_its_own) {
    Result const result = run(words(code::triple_fault));
    EXPECT_EQ(result.status, 102);
    EXPECT_THAT(result.err, HasSubstr("triple fault"));
}

TEST_F(TinyOnSim, a_guest_that_nothing_can_wake_is_not_waited_for) {
    EXPECT_EQ(run(words(code::halt)).status, 124);
}

TEST_F(TinyOnSim, ctrl_c_leaves_a_whole_recording) {
    Program program(words(code::spin_open, {"--record", folder / "a.run", "--forward", "0:80"}));
    ASSERT_TRUE(program.says("leads to"));
    usleep(200'000);  // somewhere in the middle; anywhere will do
    program.send_signal(SIGINT);
    Result const result = program.finish();
    EXPECT_EQ(result.status, 130) << result.err;
    EXPECT_THAT(result.err, HasSubstr("recorded in"));
    expect_same_again(folder / "a.run");
}

TEST_F(TinyOnSim, a_killed_program_leaves_the_old_recording_and_a_part_that_opens) {
    ASSERT_EQ(run(words(code::exit(3), {"--record", folder / "a.run"})).status, 3);
    std::string const before = read_file(folder / "a.run");
    Program program(words(code::spin_open, {"--record", folder / "a.run", "--forward", "0:80"}));
    ASSERT_TRUE(program.says("leads to"));
    std::string const part = folder / ("a.run." + std::to_string(program.id()) + ".part");
    for (int i = 0; i < 5000 && read_file(part).size() < 600; ++i) usleep(2000);
    program.send_signal(SIGKILL);
    program.finish();
    EXPECT_EQ(read_file(folder / "a.run"), before);
    EXPECT_EQ(run(viv({"replay", part, "--verify"})).status, 2);
    Result const salvaged = run(viv({"replay", part, "--verify", "--salvage"}));
    EXPECT_EQ(salvaged.status, 0) << salvaged.err;
}

TEST_F(TinyOnSim, replay_passes_the_guests_life_on) {
    ASSERT_EQ(
        run(words(code::print("once\n") + code::exit(5), {"--record", folder / "a.run", "--embed"})).status,
        5);
    std::filesystem::remove(folder / "tiny.elf");
    Result const again = run(viv({"replay", folder / "a.run"}));
    EXPECT_EQ(again.status, 5) << again.err;
    EXPECT_EQ(again.out, "once\n");
}

TEST_F(TinyOnSim, outcome_as_json_is_the_last_line) {
    Result const result = run(words(code::print("x\n") + code::exit(4), {"--json"}));
    EXPECT_EQ(result.out.rfind("x\n{", 0), 0u) << result.out;
    EXPECT_THAT(result.out, HasSubstr("\"status\":4"));
}

TEST_F(TinyOnSim, a_verdict_can_be_had_as_json) {
    ASSERT_EQ(run(words(code::exit(5), {"--record", folder / "a.run"})).status, 5);
    Result const same = run(viv({"replay", folder / "a.run", "--verify", "--json"}));
    EXPECT_EQ(same.status, 0);
    EXPECT_THAT(same.out, HasSubstr("\"same\":true"));
}

TEST(Hello, prints_and_ends_with_its_status) {
    Result const first = run(viv({"run", "hello"}));
    EXPECT_EQ(first.status, 0) << first.err;
    EXPECT_THAT(first.out, HasSubstr("hello, world"));
    EXPECT_EQ(run(viv({"run", "hello", "--on", "sim"})).out, first.out);
}

TEST(Hello, is_the_same_life_three_times) {
    Folder folder;
    ASSERT_EQ(run(viv({"run", "hello", "--record", folder / "a.run"})).status, 0);
    for (int i = 0; i < 3; ++i) {
        Result const result = run(viv({"replay", folder / "a.run", "--verify"}));
        EXPECT_EQ(result.status, 0) << result.err;
    }
}

TEST(Hello, another_seed_is_another_life) {
    Folder folder;
    auto hash = [&](char const* seed) {
        Result const made = run(viv({"run", "hello", "--seed", seed, "--record", folder / "a.run"}));
        EXPECT_EQ(made.status, 0) << made.err;
        return read_file(folder / "a.run");
    };
    std::string const one = hash("1");
    EXPECT_EQ(one, hash("1"));
    EXPECT_NE(one, hash("2"));
}

TEST(Bench, its_work_has_one_result_here_and_in_qemu) {
    Result const ours = run(viv({"run", "bench", "--append", "rounds=2"}));
    EXPECT_EQ(ours.status, 0) << ours.err;
    std::size_t const at = ours.out.find("2 rounds, sum ");
    ASSERT_NE(at, std::string::npos) << ours.out;
    if (run({"qemu-system-x86_64", "--version"}).status != 0) GTEST_SKIP() << "QEMU is not installed";
    Result const theirs = run(viv({"run", "bench", "--append", "rounds=2", "--on", "qemu"}));
    EXPECT_THAT(theirs.out, HasSubstr(ours.out.substr(at, ours.out.find('\n', at) - at)));
}

TEST(Crash, a_panic_is_readable_and_has_its_own_status) {
    Result const result = run(viv({"run", "crash"}));
    EXPECT_EQ(result.status, 101) << result.err;
    EXPECT_THAT(result.out, HasSubstr("panic"));
}

}  // namespace
}  // namespace scenario
