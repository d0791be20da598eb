// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/process.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "labs/grader/process_tree.hpp"
#include "labs/grader/system_calls.hpp"
#include "labs/grader/walls.hpp"

namespace lab {
namespace {

[[noreturn]] void fail(char const* what) {
    throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

class Descriptor {
public:
    explicit Descriptor(int number = -1) : number_(number) {}
    ~Descriptor() { close(); }
    Descriptor(Descriptor const&) = delete;
    Descriptor& operator=(Descriptor const&) = delete;
    void reset(int number) {
        close();
        number_ = number;
    }
    void close() {
        if (number_ >= 0) ::close(number_);
        number_ = -1;
    }
    int get() const { return number_; }

private:
    int number_;
};

struct Pipe {
    Descriptor read, write;
    Pipe() {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
        read.reset(ends[0]);
        write.reset(ends[1]);
    }
};

// The whole input as a file without a name: nothing waits for it to be read.
int input_file(std::string const& input) {
    int const file = memfd_create("input", MFD_CLOEXEC);
    if (file < 0) fail("memfd_create");
    for (std::size_t done = 0; done < input.size();) {
        ssize_t const n = write(file, input.data() + done, input.size() - done);
        if (n <= 0) {
            close(file);
            fail("cannot keep the input");
        }
        done += static_cast<std::size_t>(n);
    }
    lseek(file, 0, SEEK_SET);
    return file;
}

void limit(int what, std::uint64_t most) {
    rlimit const value{most, most + 1};  // the soft one tells by a signal
    setrlimit(static_cast<__rlimit_resource_t>(what), &value);
}

// Puts the passed descriptors under their numbers; first all of them out of the way.
void place(std::vector<Passed> const& passed, int* spare) {
    for (std::size_t i = 0; i < passed.size(); ++i) spare[i] = fcntl(passed[i].ours, F_DUPFD_CLOEXEC, 100);
    for (std::size_t i = 0; i < passed.size(); ++i) dup2(spare[i], passed[i].number);
}

double seconds(timeval const& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// False: this pipe has ended.
bool take(int from, std::string& into, std::size_t most) {
    std::array<char, 65536> buffer;
    ssize_t const n = read(from, buffer.data(), buffer.size());
    if (n < 0) return errno == EINTR || errno == EAGAIN;
    std::size_t const room = most - std::min(most, into.size());
    into.append(buffer.data(), std::min(room, static_cast<std::size_t>(n)));
    return n > 0;
}

}  // namespace

ProcessResult run_process(ProcessRequest const& request) {
    if (request.runs != Runs::ours)
        if (Walls* walls = walls_of_now()) return walls->run(request);
    // All that the child needs is made before the fork: after it, no allocation.
    std::vector<char*> argv;
    for (auto const& argument : request.arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    std::vector<char*> environment;
    for (auto const& word : request.environment) environment.push_back(const_cast<char*>(word.c_str()));
    for (char** word = environ; *word != nullptr; ++word) environment.push_back(*word);
    environment.push_back(nullptr);
    std::string const where = request.folder.string();
    std::vector<int> spare(request.descriptors.size());
    sock_fprog const filter{static_cast<unsigned short>(request.filter.size()),
                            const_cast<sock_filter*>(request.filter.data())};
    bool const computes_only = request.runs == Runs::program;
    Pipe output, answers, trouble;  // trouble: closes at exec; what comes through is why there was none
    Descriptor const input(input_file(request.input));

    pid_t const child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
        setpgid(0, 0);  // so that all it starts can be ended with it
        dup2(input.get(), STDIN_FILENO);
        dup2(output.write.get(), STDOUT_FILENO);
        dup2(output.write.get(), STDERR_FILENO);
        if (request.answers) {
            int const end = answers.write.get();
            if (end == answers_descriptor)
                fcntl(end, F_SETFD, 0);  // it is there already, and stays open
            else
                dup2(end, answers_descriptor);
        }
        // Whatever else the grader has open closes at exec.
        close_range(request.answers ? answers_descriptor + 1 : answers_descriptor, ~0u, CLOSE_RANGE_CLOEXEC);
        place(request.descriptors, spare.data());
        prctl(PR_SET_PDEATHSIG, SIGKILL);  // nothing of a student's outlives the grader
        limit(RLIMIT_CPU, request.limits.processor_seconds);
        limit(RLIMIT_FSIZE, request.limits.file_bytes);
        rlimit const none{0, 0};
        setrlimit(RLIMIT_CORE, &none);
        bool const filtered = filter.len == 0 || (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                                                  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
        if (chdir(where.c_str()) == 0 && filtered && (!computes_only || allow_computing_only()))
            execvpe(argv[0], argv.data(), environment.data());
        int const error = errno;
        (void)!write(trouble.write.get(), &error, sizeof error);
        _exit(127);
    }
    setpgid(child, child);
    output.write.close();
    answers.write.close();
    trouble.write.close();

    ProcessResult result;
    using Clock = std::chrono::steady_clock;
    auto const end = Clock::now() + std::chrono::seconds(request.limits.real_seconds);
    bool reads_output = true, reads_answers = true, gone = false;
    int status = 0;
    rusage used{};
    auto const end_it = [&] {
        kill(-child, SIGKILL);
        kill(child, SIGKILL);  // if it is not yet in its own group
        while (wait4(child, &status, 0, &used) < 0 && errno == EINTR) {
        }
        gone = true;
    };
    bool const counts = request.limits.memory_bytes != 0 || request.limits.processes != 0;
    auto next_count = Clock::now();
    double seen_seconds = 0;  // of the whole tree; bubblewrap does not hand on what is used inside
    // Until the child itself has ended and what it wrote is read. What it left
    // running may keep the pipes open for ever: it does not count.
    auto const patience = end + std::chrono::seconds(2);
    while (!gone || ((reads_output || reads_answers) && Clock::now() < patience)) {
        std::array<pollfd, 2> ends = {pollfd{reads_output ? output.read.get() : -1, POLLIN, 0},
                                      pollfd{reads_answers ? answers.read.get() : -1, POLLIN, 0}};
        int const ready = poll(ends.data(), ends.size(), gone ? 0 : reads_output || reads_answers ? 20 : 1);
        if (ready > 0 && ends[0].revents != 0)
            reads_output = take(output.read.get(), result.output, request.limits.most_output);
        if (ready > 0 && ends[1].revents != 0)
            reads_answers = take(answers.read.get(), result.answers, request.limits.most_output);
        if (gone && ready <= 0) break;
        if (!gone && wait4(child, &status, WNOHANG, &used) == child) {
            gone = true;
            kill(-child, SIGKILL);
        }
        if (!gone && Clock::now() > end) {
            result.out_of_time = true;
            end_it();
        }
        if (!gone && counts && Clock::now() >= next_count) {
            auto const use = use_of_tree(child);
            result.memory_bytes = std::max(result.memory_bytes, use.bytes);
            seen_seconds = std::max(seen_seconds, use.processor_seconds);
            auto const& limits = request.limits;
            if (seen_seconds > static_cast<double>(limits.processor_seconds)) {
                result.out_of_time = true;
                end_it();
                continue;
            }
            if ((limits.memory_bytes != 0 && use.bytes > limits.memory_bytes) ||
                (limits.processes != 0 && use.processes > limits.processes)) {
                result.out_of_memory = true;
                end_it();
            }
            next_count = Clock::now() + std::chrono::milliseconds(10);
        }
    }
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (result.status == 128 + SIGXCPU) result.out_of_time = true;
    result.processor_seconds = std::max(seen_seconds, seconds(used.ru_utime) + seconds(used.ru_stime));
    // It may have caught SIGXCPU; then SIGKILL came.
    if (result.status > 128 &&
        result.processor_seconds >= static_cast<double>(request.limits.processor_seconds))
        result.out_of_time = true;
    result.memory_bytes = std::max(result.memory_bytes, static_cast<std::uint64_t>(used.ru_maxrss) * 1024);
    int error = 0;
    if (read(trouble.read.get(), &error, sizeof error) == sizeof error)
        throw std::runtime_error("cannot start " + request.arguments.front() + ": " + std::strerror(error));
    return result;
}

ProcessResult run_process(std::vector<std::string> const& arguments, std::filesystem::path const& folder) {
    return run_process(ProcessRequest{.arguments = arguments, .folder = folder});
}

}  // namespace lab
