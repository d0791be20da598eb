// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

namespace sim::bench {
namespace {

double seconds_of(timeval const& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

struct Ended {
    double seconds = 0;
    std::string said;
};

Ended run(std::vector<std::string> const& words, int expected_status, bool listens) {
    std::vector<char*> argv;
    for (auto const& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    int ends[2] = {-1, -1};
    if (listens && pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
    pid_t const child = fork();
    if (child < 0) throw std::runtime_error("cannot start " + words[0]);
    if (child == 0) {
        int const nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
        for (int stream : {0, 1, 2}) dup2(stream == 1 && listens ? ends[1] : nothing, stream);
        execvp(argv[0], argv.data());
        _exit(127);
    }
    Ended ended;
    if (listens) {
        close(ends[1]);
        char buffer[4096];
        for (ssize_t got; (got = read(ends[0], buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR);)
            if (got > 0) ended.said.append(buffer, static_cast<std::size_t>(got));
        close(ends[0]);
    }
    int status = 0;
    rusage used{};
    while (wait4(child, &status, 0, &used) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != expected_status)
        throw std::runtime_error(
            fmt::format("{}: ended with status {}, not {}; run it by hand to see why", fmt::join(words, " "),
                        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), expected_status));
    ended.seconds = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
    return ended;
}

}  // namespace

double run_program(std::vector<std::string> const& words, int expected_status) {
    return run(words, expected_status, false).seconds;
}

std::string read_program(std::vector<std::string> const& words, int expected_status) {
    return run(words, expected_status, true).said;
}

}  // namespace sim::bench
