// SPDX-License-Identifier: MIT
//
// usage: relay SEED LINK END END
//
// A bad link in real time: what comes in at one end goes out at the other, late,
// twice, in another order or not at all, as a link of the simulator has it
// (docs/reference/topology.md). The fate of each frame follows from the seed and its
// number; when it comes, from the host's clock.
//
//     END    tap:NAME       a TAP device of this network namespace, made here
//            tap:NAME@PID   of the namespace in which that process lives
//            fd:N           a descriptor that carries a frame a call, inherited
//
// On SIGTERM or SIGINT it ends and says what it did.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>

#include "simulator/links/lane.hpp"

namespace {

using sim::links::Frame;
using sim::links::Lane;

volatile sig_atomic_t ends = 0;

[[noreturn]] void fail(std::string const& what) {
    throw std::runtime_error(fmt::format("{}: {}", what, strerror(errno)));
}

std::uint64_t now_ns() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

int open_tap(std::string const& name) {
    int const descriptor = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (descriptor < 0) fail("/dev/net/tun");
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (ioctl(descriptor, TUNSETIFF, &request) != 0) fail(name);
    return descriptor;
}

int open_tap_of(std::string const& name, std::string const& process) {
    int const ours = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int const theirs = open(("/proc/" + process + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC);
    if (ours < 0 || theirs < 0 || setns(theirs, CLONE_NEWNET) != 0) fail("the namespace of " + process);
    int const descriptor = open_tap(name);
    if (setns(ours, CLONE_NEWNET) != 0) fail("our own namespace");
    close(ours);
    close(theirs);
    return descriptor;
}

int open_end(std::string const& text) {
    if (text.starts_with("fd:")) return std::atoi(text.c_str() + 3);
    if (!text.starts_with("tap:")) throw std::runtime_error(text + ": want tap:NAME, tap:NAME@PID or fd:N");
    std::size_t const at = text.find('@');
    if (at == std::string::npos) return open_tap(text.substr(4));
    return open_tap_of(text.substr(4, at - 4), text.substr(at + 1));
}

// One direction: from one end to the other.
class Way {
public:
    Way(sim::links::LinkProperties const& properties, std::uint64_t seed, char const* name, int from, int to)
        : lane_(properties, seed, name), from_(from), to_(to) {}

    // All that waits at its beginning.
    void take() {
        std::array<std::uint8_t, 65536> buffer;
        for (int i = 0; i < 64; ++i) {
            ssize_t const got = read(from_, buffer.data(), buffer.size());
            if (got <= 0) return;
            arrivals_.clear();
            lane_.send(now_ns(), {buffer.data(), static_cast<std::size_t>(got)}, {}, arrivals_);
            for (auto& arrival : arrivals_) under_way_.emplace(arrival.at_ns, std::move(arrival.frame));
        }
    }
    // What has arrived by now. An end that takes nothing now loses it, as a card does.
    void give() {
        std::uint64_t const now = now_ns();
        while (!under_way_.empty() && under_way_.begin()->first <= now) {
            Frame const& frame = under_way_.begin()->second;
            if (write(to_, frame.data(), frame.size()) < 0) ++refused_;
            under_way_.erase(under_way_.begin());
        }
    }
    std::uint64_t next_ns() const { return under_way_.empty() ? UINT64_MAX : under_way_.begin()->first; }
    std::string story() const {
        return fmt::format("{} frames, {} lost, {} refused", lane_.sent(), lane_.lost(), refused_);
    }

private:
    Lane lane_;
    int from_, to_;
    std::multimap<std::uint64_t, Frame> under_way_;  // by time of arrival; in order when that is the same
    std::vector<Lane::Arrival> arrivals_;
    std::uint64_t refused_ = 0;
};

int run(char** words) {
    std::uint64_t const seed = std::strtoull(words[1], nullptr, 10);
    auto const properties = sim::links::parse_properties(words[2]);
    int const left = open_end(words[3]), right = open_end(words[4]);
    for (int const end : {left, right})
        if (fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK) != 0) fail("an end");
    Way there(properties, seed, "right", left, right), back(properties, seed, "left", right, left);
    fmt::print("relay: seed {}, {}\n", seed, words[2]);
    std::fflush(stdout);
    while (!ends) {
        std::uint64_t const next = std::min(there.next_ns(), back.next_ns()), now = now_ns();
        std::uint64_t const wait = next <= now ? 0 : std::min<std::uint64_t>(next - now, 100'000'000);
        timespec const at_most{0, static_cast<long>(wait)};
        pollfd wanted[] = {{left, POLLIN, 0}, {right, POLLIN, 0}};
        if (ppoll(wanted, 2, &at_most, nullptr) > 0) {
            if (wanted[0].revents & POLLIN) there.take();
            if (wanted[1].revents & POLLIN) back.take();
            for (auto const& one : wanted)
                if (one.revents & (POLLHUP | POLLERR)) ends = 1;
        }
        there.give();
        back.give();
    }
    fmt::print("relay: to the right {}; to the left {}\n", there.story(), back.story());
    return 0;
}

}  // namespace

int main(int count, char** words) {
    if (count != 5) {
        fmt::print(stderr, "usage: relay SEED LINK END END\n");
        return 2;
    }
    for (int const signal_number : {SIGTERM, SIGINT}) signal(signal_number, [](int) { ends = 1; });
    signal(SIGPIPE, SIG_IGN);
    try {
        return run(words);
    } catch (std::exception const& error) {
        fmt::print(stderr, "relay: {}\n", error.what());
        return 2;
    }
}
