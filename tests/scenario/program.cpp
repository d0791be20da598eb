// SPDX-License-Identifier: MIT
#include "tests/scenario/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace scenario {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

void take(int& fd, short events, std::string& into) {
    if (!(events & (POLLIN | POLLHUP))) return;
    char buffer[65536];
    ssize_t const got = read(fd, buffer, sizeof buffer);
    if (got > 0) {
        into.append(buffer, static_cast<std::size_t>(got));
    } else {
        close(fd);
        fd = -1;
    }
}

}  // namespace

Program::Program(std::vector<std::string> const& words, Stdin stdin_is) {
    // The user's cache is no business of a test.
    static Folder const cache;
    int out[2], err[2], in[2];
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0 || pipe2(in, O_CLOEXEC) != 0)
        throw std::runtime_error("no pipe");
    std::vector<char*> argv;
    for (auto const& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    id_ = fork();
    if (id_ == 0) {
        dup2(stdin_is == Stdin::typed ? in[0] : open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        dup2(err[1], STDERR_FILENO);
        setenv("XDG_CACHE_HOME", cache.path.c_str(), 1);
        execvp(argv[0], argv.data());
        _exit(127);
    }
    close(out[1]);
    close(err[1]);
    close(in[0]);
    in_ = in[1];
    out_ = out[0];
    err_ = err[0];
}

Program::~Program() {
    if (!waited_) {
        kill(id_, SIGKILL);
        waitpid(id_, nullptr, 0);
    }
    if (out_ >= 0) close(out_);
    if (err_ >= 0) close(err_);
    close(in_);
}

void Program::type(std::string const& text) {
    signal(SIGPIPE, SIG_IGN);  // it may have ended
    std::size_t at = 0;
    while (at < text.size()) {
        ssize_t const put = write(in_, text.data() + at, text.size() - at);
        if (put <= 0) return;
        at += static_cast<std::size_t>(put);
    }
}

bool Program::serve(int milliseconds) {
    if (out_ < 0 && err_ < 0) return false;
    pollfd wanted[2] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};
    if (poll(wanted, 2, milliseconds) > 0) {
        take(out_, wanted[0].revents, result_.out);
        take(err_, wanted[1].revents, result_.err);
    }
    return true;
}

bool Program::says(std::string const& text) { return holds(result_.err, text); }
bool Program::prints(std::string const& text) { return holds(result_.out, text); }

bool Program::holds(std::string const& stream, std::string const& text) {
    auto const end = Clock::now() + 60s;
    while (stream.find(text) == std::string::npos)
        if (Clock::now() > end || !serve(100)) return false;
    return true;
}

Result Program::finish() {
    auto const end = Clock::now() + 120s;
    while (serve(100))
        if (Clock::now() > end) kill(id_, SIGKILL);
    int status = 0;
    waitpid(id_, &status, 0);
    waited_ = true;
    result_.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return result_;
}

Result run(std::vector<std::string> const& words) { return Program(words).finish(); }

std::vector<std::string> viv(std::vector<std::string> words) {
    char const* build = std::getenv("VIV_BUILD");
    words.insert(words.begin(), std::string(build ? build : ".") + "/bin/viv-machine");
    return words;
}

std::string forwarded_port(std::string const& err) {
    std::string const mark = "127.0.0.1:";
    std::size_t const at = err.find(mark);
    if (at == std::string::npos) return "";
    std::size_t const end = err.find(' ', at);
    return err.substr(at + mark.size(), end - at - mark.size());
}

Folder::Folder() {
    std::string name = std::filesystem::temp_directory_path() / "viv-scenario-XXXXXX";
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    path = name;
}

Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
}

std::string read_file(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(std::string const& path, std::string const& content) {
    std::ofstream(path, std::ios::binary) << content;
}

}  // namespace scenario
