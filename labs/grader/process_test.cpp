// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/process.hpp"

#include <gtest/gtest.h>

#include <chrono>

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
    request.limits = {.processor_seconds = 1, .real_seconds = 20, .file_bytes = 1 << 20, .most_output = 1000};
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

}  // namespace
}  // namespace lab
