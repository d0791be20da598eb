// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/self_request.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <stdexcept>

namespace sim::links {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t max_answer = 16 << 20;
constexpr auto answer_patience = 10s;  // for one answer; libslirp itself tries again within it

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

struct Socket {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ~Socket() {
        if (fd >= 0) close(fd);
    }
};

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

std::string check_answer(std::string const& received, bool closed) {
    std::size_t const head_end = received.find("\r\n\r\n");
    if (head_end == std::string::npos)
        return closed
                   ? fmt::format("the connection was closed after {} bytes, within the head", received.size())
                   : "more";
    std::string_view const head = std::string_view(received).substr(0, head_end + 2);
    std::size_t const line_end = head.find("\r\n");
    if (head.substr(0, 9) != "HTTP/1.1 " || head.substr(9, 3) != "200")
        return fmt::format("the answer begins \"{}\" instead of \"HTTP/1.1 200\"",
                           head.substr(0, std::min<std::size_t>(line_end, 60)));
    std::size_t length = SIZE_MAX;
    for (std::size_t at = line_end + 2; at < head.size();) {
        std::size_t const end = head.find("\r\n", at);
        std::string_view const line = head.substr(at, end - at);
        at = end + 2;
        std::size_t const colon = line.find(':');
        if (colon == std::string_view::npos || !same_word(line.substr(0, colon), "content-length")) continue;
        std::string_view value = line.substr(colon + 1);
        while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
        if (std::from_chars(value.data(), value.data() + value.size(), length).ec != std::errc{})
            return fmt::format("its Content-Length is \"{}\"", value);
    }
    if (length == SIZE_MAX) return "it has no Content-Length";
    if (length == 0) return "its body is empty";
    std::size_t const got = received.size() - head_end - 4;
    if (got < length)
        return closed ? fmt::format("the body ended after {} of {} bytes", got, length) : "more";
    return got == length ? "" : fmt::format("{} bytes follow a body of {}", got - length, length);
}

std::uint16_t require_free_port(std::uint16_t port) {
    Socket probe;
    int const on = 1;
    setsockopt(probe.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address = loopback(port);
    if (bind(probe.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        listen(probe.fd, 1) != 0)
        throw std::runtime_error(fmt::format(
            "cannot listen on 127.0.0.1:{}: {}; choose another port with --forward HOST:GUEST", port,
            errno == EADDRINUSE ? "the port is in use by another program" : strerror(errno)));
    socklen_t length = sizeof address;
    getsockname(probe.fd, reinterpret_cast<sockaddr*>(&address), &length);
    return ntohs(address.sin_port);
}

SelfRequest::SelfRequest(std::uint16_t port, unsigned count, unsigned patience_seconds)
    : port_(port), count_(count), patience_seconds_(patience_seconds), thread_([this] { run(); }) {}

SelfRequest::~SelfRequest() { stop(); }

void SelfRequest::stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
}

void SelfRequest::finish(std::chrono::milliseconds grace) {
    auto const end = Clock::now() + grace;
    while (!done_ && Clock::now() < end) std::this_thread::sleep_for(1ms);
    stop();
}

std::string SelfRequest::problem() const {
    std::lock_guard const lock(mutex_);
    if (problem_.empty() && done_ && answered_ < count_)
        return fmt::format("{} of {} requests were answered before the end", answered_.load(), count_);
    return problem_;
}

void SelfRequest::run() {
    auto const patience = Clock::now() + std::chrono::seconds(patience_seconds_);
    while (answered_ < count_ && !stop_) {
        std::string const wrong = one_request();
        if (wrong.empty()) {
            ++answered_;
            continue;
        }
        // Before the first answer the guest may still be starting.
        if (answered_ == 0 && Clock::now() < patience && !stop_) {
            std::this_thread::sleep_for(20ms);
            continue;
        }
        std::lock_guard const lock(mutex_);
        if (!stop_) problem_ = fmt::format("request {} of {}: {}", answered_ + 1, count_, wrong);
        break;
    }
    done_ = true;
}

std::string SelfRequest::one_request() {
    Socket connection;
    sockaddr_in const to = loopback(port_);
    if (connect(connection.fd, reinterpret_cast<sockaddr const*>(&to), sizeof to) != 0)
        return fmt::format("cannot connect to 127.0.0.1:{}: {}", port_, strerror(errno));
    std::string const request =
        fmt::format("GET / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", port_);
    if (send(connection.fd, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size()))
        return fmt::format("cannot send: {}", strerror(errno));
    std::string received;
    auto const end = Clock::now() + answer_patience;
    while (Clock::now() < end && !stop_) {
        pollfd wanted{connection.fd, POLLIN, 0};
        if (poll(&wanted, 1, 50) <= 0) continue;
        char buffer[16384];
        ssize_t const got = recv(connection.fd, buffer, sizeof buffer, 0);
        if (got < 0) return fmt::format("the connection broke: {}", strerror(errno));
        received.append(buffer, static_cast<std::size_t>(got));
        if (received.size() > max_answer) return "the answer does not end";
        std::string const wrong = check_answer(received, got == 0);
        if (wrong != "more") return wrong;
    }
    return "no answer came";
}

}  // namespace sim::links
