// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/process.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace lab {
namespace {

ProcessRequest shell(std::string const& script) { return {.arguments = {"sh", "-c", script}, .folder = "/"}; }

TEST(Process, gives_its_status_and_output) {
    auto result = run_process({"sh", "-c", "echo out; echo err >&2; exit 7"}, "/");
    EXPECT_EQ(result.status, 7);
    EXPECT_EQ(result.output, "out\nerr\n");
}

TEST(Process, that_does_not_exist_is_an_error) {
    EXPECT_THROW(run_process({"/no/such/program"}, "/"), std::runtime_error);
}

TEST(Process, reads_its_input_and_answers_beside_its_output) {
    auto request = shell("read a; echo \"said $a\" >&3; echo noise");
    request.input = "hello\n";
    request.answers = true;
    auto const result = run_process(request);
    EXPECT_EQ(result.answers, "said hello\n");
    EXPECT_EQ(result.output, "noise\n");
}

TEST(Process, that_never_ends_uses_up_its_processor_time) {
    auto request = shell("while :; do :; done");
    request.limits.processor_seconds = 1;
    auto const result = run_process(request);
    EXPECT_TRUE(result.out_of_time);
    EXPECT_GT(result.status, 128);
}

TEST(Process, that_sleeps_is_ended) {
    auto request = shell("sleep 100");
    request.limits.real_seconds = 1;
    EXPECT_TRUE(run_process(request).out_of_time);
}

TEST(Process, that_leaves_others_behind_does_not_keep_anybody_waiting) {
    auto const begin = std::chrono::steady_clock::now();
    auto const result = run_process(shell("sleep 100 & echo done"));
    EXPECT_EQ(result.output, "done\n");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(50));
}

TEST(Process, that_prints_without_end_fills_no_memory) {
    auto request = shell("yes");
    request.limits = {.processor_seconds = 1, .real_seconds = 20, .file_bytes = 1 << 20};
    request.limits.most_output = 1000;
    auto const result = run_process(request);
    EXPECT_EQ(result.output.size(), 1000u);
    EXPECT_TRUE(result.out_of_time);
}

TEST(Process, cannot_fill_the_disk) {
    auto request = shell("dd if=/dev/zero of=$0 bs=65536 count=100 2>/dev/null");
    std::string const file = "/tmp/viv-process-test-" + std::to_string(getpid());
    request.arguments.push_back(file);
    request.limits.file_bytes = 100'000;
    run_process(request);
    EXPECT_LE(std::filesystem::file_size(file), 100'000u);
    std::filesystem::remove(file);
}

TEST(Process, may_end_with_127_and_say_nothing) { EXPECT_EQ(run_process(shell("exit 127")).status, 127); }

TEST(Process, that_ignores_the_signal_is_out_of_time_all_the_same) {
    auto request = shell("trap '' XCPU; while :; do :; done");
    request.limits.processor_seconds = 1;
    auto const result = run_process(request);
    EXPECT_TRUE(result.out_of_time);
    EXPECT_EQ(result.status, 128 + 9);
}

TEST(Process, that_fills_memory_is_ended) {
    auto request = ProcessRequest{.arguments = {"perl", "-e", "my $x = 'a' x (300 << 20); sleep 5"}};
    request.folder = "/";
    request.limits.memory_bytes = 64 << 20;
    EXPECT_TRUE(run_process(request).out_of_memory);
}

TEST(Process, that_writes_behind_our_back_does_not_keep_anybody_waiting) {
    auto const begin = std::chrono::steady_clock::now();
    auto request = shell("setsid sh -c 'for i in 1 2 3 4 5 6 7 8; do echo x; sleep 1; done' & sleep 0.2");
    request.limits.real_seconds = 1;
    run_process(request);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

// What a program of a student's tries, and what the host says.
class Computes : public testing::Test {
protected:
    void SetUp() override {
        folder_ = "/tmp/viv-computes-" + std::to_string(getpid());
        std::filesystem::create_directories(folder_);
        std::ofstream(folder_ / "there") << "old";
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    ProcessResult run(std::vector<std::string> words) const {
        ProcessRequest request{.arguments = std::move(words), .folder = folder_};
        request.runs = Runs::program;
        request.limits.real_seconds = 5;
        return run_process(request);
    }
    ProcessResult shell(std::string const& script) const { return run({"sh", "-c", script}); }

    std::filesystem::path folder_;
};

TEST_F(Computes, and_nothing_else) {
    EXPECT_EQ(shell("read a < there; echo $a; exit 3").output, "old\n");
    EXPECT_EQ(shell("exit 3").status, 3);
}

TEST_F(Computes, it_starts_no_process) {
    auto const result = shell("sleep 100 & echo started");
    EXPECT_NE(result.status, 0);
    EXPECT_EQ(result.output.find("started"), std::string::npos) << result.output;
}

TEST_F(Computes, it_writes_no_file) {
    EXPECT_NE(shell("echo new > there").status, 0);
    EXPECT_NE(shell("echo new >> there").status, 0);
    EXPECT_NE(shell("echo new > fresh").status, 0);
    EXPECT_NE(run({"rm", "there"}).status, 0);
    EXPECT_NE(run({"mv", "there", "here"}).status, 0);
    EXPECT_NE(run({"ln", "-s", "/etc", "etc"}).status, 0);
    EXPECT_NE(run({"chmod", "777", "there"}).status, 0);
    EXPECT_NE(run({"truncate", "-s", "0", "there"}).status, 0);
    EXPECT_EQ(shell("read a < there; echo $a").output, "old\n");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(Computes, it_signals_nobody_but_itself) {
    EXPECT_NE(shell("kill -TERM $PPID; exit $?").status, 0);  // else this test would end here
    EXPECT_EQ(shell("kill -ABRT $$").status, 128 + 6);
}

TEST_F(Computes, it_reaches_no_network) {
    EXPECT_NE(
        run({"perl", "-MSocket", "-e", "socket(my $s, PF_INET, SOCK_STREAM, 0) or exit 7; print 'reached'"})
            .output,
        "reached");
    EXPECT_EQ(run({"perl", "-MSocket", "-e", "socket(my $s, PF_INET, SOCK_STREAM, 0) or exit 7"}).status, 7);
}

}  // namespace
}  // namespace lab
