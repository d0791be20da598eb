// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/relay.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>

namespace sim::links {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_frame_bytes = 65536;
constexpr int socket_buffer_bytes = 1 << 20;

}  // namespace

Relay::Relay(std::vector<Forward> const& forwards, std::filesystem::path const& capture) : uplink_(forwards) {
    if (!capture.empty()) file_.emplace(capture);
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) != 0)
        throw std::runtime_error(fmt::format("cannot make a pair of sockets: {}", strerror(errno)));
    ours_ = ends[0];
    theirs_ = ends[1];
    for (int end : ends) {
        setsockopt(end, SOL_SOCKET, SO_SNDBUF, &socket_buffer_bytes, sizeof socket_buffer_bytes);
        setsockopt(end, SOL_SOCKET, SO_RCVBUF, &socket_buffer_bytes, sizeof socket_buffer_bytes);
    }
    uplink_.also_watch(ours_);
    thread_ = std::thread([this] { run(); });
}

Relay::~Relay() {
    stop_ = true;
    uplink_.wake();
    thread_.join();
    close(ours_);
    close_childs_end();
}

void Relay::close_childs_end() {
    if (theirs_ >= 0) close(theirs_);
    theirs_ = -1;
}

void Relay::run() {
    Frame frame;
    std::optional<Frame> pending;  // for the guest, while its socket is full
    while (!stop_) {
        uplink_.wait(pending ? 1ms : 100ms);
        for (;;) {
            frame.resize(max_frame_bytes);
            ssize_t const got = recv(ours_, frame.data(), frame.size(), MSG_DONTWAIT);
            if (got <= 0) break;
            frame.resize(static_cast<std::size_t>(got));
            uplink_.send(frame);
            capture(frame, Direction::from_guest);
        }
        while (pending || (pending = uplink_.receive())) {
            if (send(ours_, pending->data(), pending->size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
                (errno == EAGAIN || errno == ENOBUFS))
                break;
            capture(*pending, Direction::to_guest);
            pending.reset();
        }
    }
}

void Relay::capture(Frame const& frame, Direction direction) {
    if (!file_) return;
    auto const now = std::chrono::system_clock::now().time_since_epoch();
    try {
        file_->write(frame, static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count()), direction);
    } catch (std::runtime_error const& error) {
        fmt::print(stderr, "viv: {}; the capture ends here\n", error.what());
        file_.reset();
    }
}

}  // namespace sim::links
