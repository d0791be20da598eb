// SPDX-License-Identifier: GPL-2.0-or-later
//
// Runs a program to its end with no shell between, so that no path of a student
// is ever read as a command; within limits, so that no program of a student
// keeps the grader waiting or fills its memory.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lab {

struct ProcessLimits {
    std::uint64_t processor_seconds = 60;   // the same verdict on a slow host and a busy one
    std::uint64_t real_seconds = 300;       // for one that only sleeps: then SIGKILL
    std::uint64_t file_bytes = 1ull << 30;  // the largest file it may write
    std::uint64_t memory_bytes = 0;         // of it and all that it started; 0: no limit
    unsigned processes = 0;                 // likewise
    std::size_t most_output =
        1 << 20;  // bytes kept of its output, and of its answers; more is read and dropped
};

// Whose code runs. What is not ours goes behind walls, where there are some (walls.hpp).
enum class Runs { ours, compiler, program, emulator, judge };

// A descriptor that the program has under this number, for as long as it runs.
struct Passed {
    int number, ours;
};

struct ProcessRequest {
    std::vector<std::string> arguments{};    // arguments[0] is looked for along PATH
    std::filesystem::path folder{};          // where it runs
    std::string input{};                     // its standard input
    bool answers = false;                    // it has a pipe as file descriptor 3
    std::vector<std::string> environment{};  // "NAME=value", beside ours
    ProcessLimits limits{};
    Runs runs = Runs::ours;
    std::vector<Passed> descriptors{};
    std::vector<sock_filter> filter{};  // of system calls, from its first instruction on; empty: all
};

struct ProcessResult {
    int status = 0;       // exit status; 128 + signal for one that was killed
    std::string output;   // standard output and error together
    std::string answers;  // what it wrote to descriptor 3
    bool out_of_time = false;
    bool out_of_memory = false;  // or of processes
    double processor_seconds = 0;
    std::uint64_t memory_bytes = 0;  // the most that was seen
};

// Descriptor 3 of a program that is asked for answers.
constexpr int answers_descriptor = 3;

// Throws std::runtime_error when the program cannot be started; any exit status is
// the program's own. When this returns, the program is gone, and with it all that it
// started and that did not leave its process group; behind walls that too. Without
// walls a student's program (Runs::program) may compute and nothing else
// (system_calls.hpp), so it starts nothing.
ProcessResult run_process(ProcessRequest const&);
ProcessResult run_process(std::vector<std::string> const& arguments, std::filesystem::path const& folder);

}  // namespace lab
