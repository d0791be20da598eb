// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/tap_guest.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "simulator/bench/program.hpp"

namespace sim::bench {
namespace {

constexpr char const* mac = "52:54:00:12:34:56";

void ip(std::vector<std::string> words) {
    words.insert(words.begin(), "ip");
    run_program(words, 0);
}

}  // namespace

void enter_network() {
    if (access("/dev/net/tun", R_OK | W_OK) != 0)
        throw std::runtime_error(
            "viv bench net makes a TAP device, and /dev/net/tun cannot be opened; run it as root");
    if (unshare(CLONE_NEWNET) != 0)
        throw std::runtime_error(
            fmt::format("viv bench net makes a network namespace: {}; run it as root", strerror(errno)));
    ip({"link", "set", "lo", "up"});
    ip({"tuntap", "add", "tap0", "mode", "tap", "vnet_hdr"});
    ip({"address", "add", "10.0.2.2/24", "dev", "tap0"});
    ip({"link", "set", "tap0", "up"});
    // Nobody has to ask for it, so the first answer does not wait for ARP.
    ip({"neighbour", "replace", guest_address, "lladdr", mac, "dev", "tap0", "nud", "permanent"});
}

std::vector<std::string> guest_command(GuestImage const& image) {
    std::vector<std::string> words = {
        "qemu-system-x86_64",
        "-nodefaults",
        "-no-user-config",
        "-no-reboot",
        "-display",
        "none",
        "-machine",
        "q35,accel=tcg,hpet=off,smm=off,sata=off,smbus=off,usb=off,vmport=off",
        "-m",
        "256M",
        "-serial",
        "stdio",
        "-netdev",
        "tap,id=net0,ifname=tap0,script=no,downscript=no,vhost=off",
        "-device",
        fmt::format("virtio-net-pci,netdev=net0,mac={},romfile=,disable-legacy=on", mac),
        "-device",
        "virtio-rng-pci,disable-legacy=on",
        "-device",
        "isa-debug-exit,iobase=0xf4,iosize=4",
        "-kernel",
        image.kernel.string()};
    if (!image.initrd.empty()) words.insert(words.end(), {"-initrd", image.initrd.string()});
    if (!image.words.empty()) words.insert(words.end(), {"-append", image.words});
    return words;
}

TapGuest::TapGuest(GuestImage const& image) {
    std::vector<std::string> const words = guest_command(image);
    std::vector<char*> argv;
    for (auto const& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
    started_ = first_said_ = Clock::now();
    id_ = fork();
    if (id_ == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        execvp(argv[0], argv.data());
        _exit(127);
    }
    close(ends[1]);
    output_ = ends[0];
    std::string said;
    auto const deadline = started_ + std::chrono::minutes(1);
    char buffer[4096];
    while (said.find(image.ready) == std::string::npos) {
        auto const left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        pollfd wanted{output_, POLLIN, 0};
        if (left > 0 && poll(&wanted, 1, static_cast<int>(left)) < 0 && errno == EINTR) continue;
        ssize_t const got = left > 0 && wanted.revents != 0 ? read(output_, buffer, sizeof buffer) : 0;
        if (got <= 0) {
            end();
            throw std::runtime_error(fmt::format("{} was never ready; it said: {}",
                                                 image.kernel.filename().string(),
                                                 said.empty() ? "nothing" : said.substr(0, 500)));
        }
        if (said.empty()) first_said_ = Clock::now();
        said.append(buffer, static_cast<std::size_t>(got));
    }
    // What it says from now on is far less than a pipe takes.
}

std::string TapGuest::condition() const {
    siginfo_t end{};  // it stays to be waited for
    bool const ended =
        waitid(P_PID, static_cast<id_t>(id_), &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid != 0;
    std::string said;
    char buffer[4096];
    for (pollfd wanted{output_, POLLIN, 0}; poll(&wanted, 1, 0) > 0;) {
        ssize_t const got = read(output_, buffer, sizeof buffer);
        if (got <= 0) break;
        said.append(buffer, static_cast<std::size_t>(got));
    }
    constexpr std::size_t enough = 500;
    if (said.size() > enough) said.erase(0, said.size() - enough);
    return fmt::format("{}; it said: {}",
                       ended ? fmt::format("QEMU has ended ({})", end.si_status) : "QEMU runs",
                       said.empty() ? "nothing more" : said);
}

// The fourteenth and fifteenth word of its line; the second stands in parentheses. [proc(5)]
double TapGuest::processor_seconds() const {
    std::ifstream file(fmt::format("/proc/{}/stat", id_));
    std::string line;
    std::getline(file, line);
    std::istringstream words(line.substr(std::min(line.size(), line.rfind(')') + 1)));
    std::string skipped;
    for (int i = 3; i < 14; ++i) words >> skipped;
    double user = 0, system = 0;
    words >> user >> system;
    return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

void TapGuest::end() {
    if (id_ > 0) {
        kill(id_, SIGKILL);
        waitpid(id_, nullptr, 0);
    }
    if (output_ >= 0) close(output_);
    id_ = output_ = -1;
}

}  // namespace sim::bench
