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

}  // namespace

double run_program(std::vector<std::string> const& words, int expected_status) {
    std::vector<char*> argv;
    for (auto const& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    pid_t const child = fork();
    if (child < 0) throw std::runtime_error("cannot start " + words[0]);
    if (child == 0) {
        int const nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
        for (int stream : {0, 1, 2}) dup2(nothing, stream);
        execvp(argv[0], argv.data());
        _exit(127);
    }
    int status = 0;
    rusage used{};
    while (wait4(child, &status, 0, &used) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != expected_status)
        throw std::runtime_error(
            fmt::format("{}: ended with status {}, not {}; run it by hand to see why", fmt::join(words, " "),
                        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), expected_status));
    return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}

}  // namespace sim::bench
