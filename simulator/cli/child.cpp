// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "simulator/cli/message.hpp"

namespace sim::cli {

Child::Child(std::vector<std::string> const& arguments, int inherited, bool typed) {
    int ends[2], keys[2];
    if (pipe2(ends, O_CLOEXEC) != 0 || pipe2(keys, O_CLOEXEC) != 0)
        throw std::runtime_error(fmt::format("cannot make a pipe: {}", strerror(errno)));
    errors_ = ends[0];
    keys_ = keys[1];
    fcntl(keys_, F_SETFL, O_NONBLOCK);  // a guest that takes no key must not hold us
    typed_.emplace(typed ? STDIN_FILENO : -1, keys_);
    std::vector<char*> argv;
    for (auto const& word : arguments) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    pid_t const parent = getpid();
    id_ = fork();
    if (id_ == 0) {
        // Its own group: Ctrl-C comes to us, and we end it. If we are killed, so is it.
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(127);
        signal(SIGPIPE, SIG_DFL);
        dup2(typed ? keys[0] : open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
        dup2(ends[1], STDERR_FILENO);
        fcntl(inherited, F_SETFD, 0);
        execvp(argv[0], argv.data());
        fmt::print(stderr, "{}: {}\n", argv[0], strerror(errno));
        _exit(127);
    }
    close(ends[1]);
    close(keys[0]);
    if (id_ < 0) {
        close(errors_);
        close(keys_);
        throw std::runtime_error(fmt::format("cannot start {}: {}", arguments[0], strerror(errno)));
    }
}

Child::~Child() {
    if (!ended_) {
        ask_to_end();
        for (int i = 0; i < 100 && !look(); ++i) usleep(20'000);
        if (!ended_) {
            kill(id_, SIGKILL);
            waitpid(id_, &wait_status_, 0);
        }
    }
    close(errors_);
    if (keys_ >= 0) close(keys_);
}

void Child::ask_to_end() { kill(id_, SIGTERM); }

bool Child::serve() {
    typed_->pass();
    pollfd wanted[] = {{errors_, POLLIN, 0}, {typed_->descriptor(), POLLIN, 0}};
    if (poll(wanted, 2, 50) > 0) {
        if (wanted[0].revents) read_errors();
        if (wanted[1].revents) typed_->read();
    }
    if (!look()) return false;
    read_errors();
    return true;
}

bool Child::look() {
    if (!ended_ && waitpid(id_, &wait_status_, WNOHANG) == id_) ended_ = true;
    return ended_;
}

void Child::read_errors() {
    char buffer[4096];
    pollfd wanted{errors_, POLLIN, 0};
    while (poll(&wanted, 1, 0) > 0) {
        ssize_t const got = read(errors_, buffer, sizeof buffer);
        if (got <= 0) {
            if (!look()) usleep(10'000);  // it closed stderr first
            return;
        }
        for (char c : std::string_view(buffer, static_cast<std::size_t>(got))) {
            if (c != '\n') {
                if (line_.size() < 1000) line_ += c;
                continue;
            }
            // The first complaint may become the error message: it is said at the end.
            if (line_.find("warning:") == std::string::npos && complaint_.empty())
                complaint_ = line_;
            else
                say("{}", line_);
            line_.clear();
        }
    }
}

}  // namespace sim::cli
