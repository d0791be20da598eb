// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/uplink.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <slirp/libslirp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace sim::links {
namespace {

// Nobody fetches more in one go than a card has buffers. What is beyond is
// dropped, and TCP sends it again.
constexpr std::size_t max_queued_frames = 4096;

in_addr address(char const* text) {
    in_addr result{};
    inet_pton(AF_INET, text, &result);
    return result;
}

// Time enough for a guest that never asks for an address and never speaks first.
constexpr auto patience_with_silence = std::chrono::seconds(3);

bool is_listening(int fd) {
    int listening = 0;
    socklen_t length = sizeof listening;
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0 && listening;
}

bool is_datagram(int fd) {
    int type = 0;
    socklen_t length = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_DGRAM;
}

std::uint32_t be32(std::span<std::uint8_t const> bytes, std::size_t at) {
    return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 |
           std::uint32_t{bytes[at + 2]} << 8 | bytes[at + 3];
}

// Whose address does the frame show to be in use? From a guest: its own as
// sender of ARP or IPv4. 0: nobody's.
std::uint32_t sender_of(std::span<std::uint8_t const> frame) {
    if (frame.size() < 34 || frame[12] != 0x08) return 0;
    return frame[13] == 0x06 ? be32(frame, 28) : frame[13] == 0x00 ? be32(frame, 26) : 0;
}

// To a guest: DHCP's last word, and the address in it.
std::uint32_t given_by_dhcp(std::span<std::uint8_t const> frame) {
    constexpr std::size_t message = 14 + 20 + 8, your_address = message + 16;
    constexpr std::size_t first_option = message + 240;  // libslirp's first: the message type
    bool const acknowledgement = frame.size() >= first_option + 3 && frame[23] == 17 && frame[35] == 67 &&
                                 frame[first_option] == 53 && frame[first_option + 2] == 5;
    return acknowledgement ? be32(frame, your_address) : 0;
}

}  // namespace

// The descriptors that libslirp wants watched, and ours at the front.
struct Uplink::Poll {
    std::vector<pollfd> descriptors;
    bool accept = true;  // else whoever connects waits in the backlog

    static int add(int fd, int events, void* opaque) {
        auto& self = *static_cast<Poll*>(opaque);
        short wanted = 0;
        if (events & SLIRP_POLL_IN) wanted |= POLLIN;
        if (events & SLIRP_POLL_OUT) wanted |= POLLOUT;
        if (events & SLIRP_POLL_PRI) wanted |= POLLPRI;
        if (!self.accept && is_listening(fd)) wanted = 0;
        self.descriptors.push_back({fd, wanted, 0});
        return static_cast<int>(self.descriptors.size() - 1);
    }

    static int result(int index, void* opaque) {
        short const got = static_cast<Poll*>(opaque)->descriptors.at(static_cast<std::size_t>(index)).revents;
        int events = 0;
        if (got & POLLIN) events |= SLIRP_POLL_IN;
        if (got & POLLOUT) events |= SLIRP_POLL_OUT;
        if (got & POLLPRI) events |= SLIRP_POLL_PRI;
        if (got & POLLERR) events |= SLIRP_POLL_ERR;
        if (got & POLLHUP) events |= SLIRP_POLL_HUP;
        return events;
    }
};

struct Uplink::Callbacks {
    static ssize_t send_packet(void const* bytes, std::size_t length, void* opaque) {
        auto& self = *static_cast<Uplink*>(opaque);
        auto const* begin = static_cast<std::uint8_t const*>(bytes);
        self.heard_of(given_by_dhcp({begin, length}));
        if (self.to_card_.size() >= max_queued_frames)
            ++self.dropped_;
        else
            self.to_card_.emplace_back(begin, begin + length);
        return static_cast<ssize_t>(length);
    }
    static void guest_error(char const*, void*) {}  // a malformed frame is the guest's business
    // libslirp's own retransmissions run on the host's clock: it lies outside
    // the machine, and so does its time.
    static std::int64_t clock_get_ns(void*) {
        timespec now{};
        clock_gettime(CLOCK_MONOTONIC, &now);
        return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
    }
    // Timers serve IPv6 router advertisements only, which are off.
    static void* timer_new(SlirpTimerCb, void*, void*) { return nullptr; }
    static void timer_free(void*, void*) {}
    static void timer_mod(void*, std::int64_t, void*) {}
    // wait() asks for all descriptors each time: nothing to remember.
    static void register_poll_fd(int, void*) {}
    static void unregister_poll_fd(int, void*) {}
    static void notify(void*) {}

    static constexpr SlirpCb table() {
        SlirpCb callbacks{};
        callbacks.send_packet = send_packet;
        callbacks.guest_error = guest_error;
        callbacks.clock_get_ns = clock_get_ns;
        callbacks.timer_new = timer_new;
        callbacks.timer_free = timer_free;
        callbacks.timer_mod = timer_mod;
        callbacks.register_poll_fd = register_poll_fd;
        callbacks.unregister_poll_fd = unregister_poll_fd;
        callbacks.notify = notify;
        return callbacks;
    }
};

Uplink::Uplink(std::vector<Forward> const& forwards) {
    signal(SIGPIPE, SIG_IGN);
    wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_ < 0)
        throw std::runtime_error(fmt::format("cannot create an event descriptor: {}", strerror(errno)));

    SlirpConfig config{};
    config.version = 1;
    config.in_enabled = true;
    config.vnetwork = address("10.0.2.0");
    config.vnetmask = address("255.255.255.0");
    config.vhost = address("10.0.2.2");
    config.vnameserver = address("10.0.2.3");
    config.vdhcp_start = address("10.0.2.15");
    config.vhostname = "vivarium";
    static constexpr SlirpCb callbacks = Callbacks::table();
    slirp_ = slirp_new(&config, &callbacks, this);
    if (!slirp_) {
        close(wake_);
        throw std::runtime_error("libslirp did not start; is its version 4.7 or newer?");
    }
    try {
        for (Forward forward : forwards) add_forward(forward);
    } catch (...) {
        slirp_cleanup(slirp_);
        close(wake_);
        throw;
    }
}

void Uplink::heard_of(std::uint32_t guest) {
    if (guest != 0 && awaited_.erase(guest) != 0) guest_is_up_ = awaited_.empty();
}

Uplink::~Uplink() {
    slirp_cleanup(slirp_);
    close(wake_);
}

void Uplink::add_forward(Forward forward) {
    if (slirp_add_hostfwd(slirp_, forward.udp, address("127.0.0.1"), forward.host_port,
                          in_addr{htonl(forward.guest)}, forward.guest_port) < 0) {
        int const cause = errno;
        throw std::runtime_error(
            fmt::format("cannot listen on 127.0.0.1:{}: {}\n     Next   Choose another port, for example "
                        "--forward {}:{}{}",
                        forward.host_port,
                        cause == EADDRINUSE ? "the port is in use by another program" : strerror(cause),
                        forward.host_port < 65000 ? forward.host_port + 1 : 8080, forward.guest_port,
                        forward.udp ? "/udp" : ""));
    }
    // libslirp neither tells the port that the system chose nor takes a backlog
    // (it uses 1, which makes the third of several simultaneous clients wait a
    // second). Our socket is the newest of those it wants watched.
    std::uint32_t timeout = 0;
    Poll poll;
    slirp_pollfds_fill(slirp_, &timeout, Poll::add, &poll);
    for (pollfd const& entry : poll.descriptors) {
        if (forward.udp ? !is_datagram(entry.fd) : !is_listening(entry.fd)) continue;
        sockaddr_in bound{};
        socklen_t length = sizeof bound;
        if (getsockname(entry.fd, reinterpret_cast<sockaddr*>(&bound), &length) < 0) continue;
        std::uint16_t const port = ntohs(bound.sin_port);
        bool const known = std::any_of(forwards_.begin(), forwards_.end(), [&](Forward const& other) {
            return other.host_port == port && other.udp == forward.udp;
        });
        if (known || (forward.host_port != 0 && forward.host_port != port)) continue;
        if (!forward.udp) listen(entry.fd, SOMAXCONN);
        forward.host_port = port;
    }
    forwards_.push_back(forward);
    awaited_.insert(forward.guest);
}

void Uplink::send(std::span<std::uint8_t const> frame) {
    heard_of(sender_of(frame));
    slirp_input(slirp_, frame.data(), static_cast<int>(frame.size()));
}

std::optional<Frame> Uplink::receive() {
    if (to_card_.empty()) return std::nullopt;
    Frame frame = std::move(to_card_.front());
    to_card_.pop_front();
    return frame;
}

bool Uplink::wait(std::chrono::nanoseconds at_most) {
    if (!to_card_.empty()) at_most = std::chrono::nanoseconds{0};
    // A connection made before the guest has its address would lose its first
    // segment, and libslirp sends it again only after six seconds.
    if (std::chrono::steady_clock::now() - born_ > patience_with_silence) guest_is_up_ = true;
    Poll poll;
    poll.accept = guest_is_up_;
    poll.descriptors.push_back({wake_, POLLIN, 0});
    if (watched_ >= 0) poll.descriptors.push_back({watched_, POLLIN, 0});
    std::uint32_t slirp_ms = UINT32_MAX;
    slirp_pollfds_fill(slirp_, &slirp_ms, Poll::add, &poll);
    auto const sleep = std::clamp(at_most, std::chrono::nanoseconds{0},
                                  std::chrono::nanoseconds{std::chrono::milliseconds{slirp_ms}});
    timespec timeout{static_cast<time_t>(sleep.count() / 1'000'000'000),
                     static_cast<long>(sleep.count() % 1'000'000'000)};
    int const ready = ppoll(poll.descriptors.data(), poll.descriptors.size(), &timeout, nullptr);
    if (ready < 0)  // a signal: results are undefined
        for (pollfd& entry : poll.descriptors) entry.revents = 0;
    if (poll.descriptors[0].revents & POLLIN) {
        std::uint64_t count;
        [[maybe_unused]] ssize_t const got = read(wake_, &count, sizeof count);
    }
    slirp_pollfds_poll(slirp_, ready < 0, Poll::result, &poll);
    return !to_card_.empty();
}

void Uplink::wake() {
    std::uint64_t const one = 1;
    [[maybe_unused]] ssize_t const put = write(wake_, &one, sizeof one);
}

}  // namespace sim::links
