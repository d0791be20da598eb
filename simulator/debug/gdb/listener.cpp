// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/gdb/listener.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace sim::debug::gdb {

namespace {

constexpr int patience_ms = 10'000;

bool ready(int descriptor, short what, int wait_ms) {
    pollfd p{descriptor, what, 0};
    return ::poll(&p, 1, wait_ms) > 0;
}

}  // namespace

Connection::~Connection() { close(); }

void Connection::close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
}

std::size_t Connection::receive(std::span<std::uint8_t> into, int wait_ms) {
    if (closed() || !ready(descriptor_, POLLIN, wait_ms)) return 0;
    ssize_t const n = ::recv(descriptor_, into.data(), into.size(), MSG_DONTWAIT);
    if (n > 0) return static_cast<std::size_t>(n);
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) close();
    return 0;
}

void Connection::send(std::string_view bytes) {
    while (!bytes.empty() && !closed()) {
        ssize_t const n = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0)
            bytes.remove_prefix(static_cast<std::size_t>(n));
        else if (errno == EINTR)
            continue;
        else if (errno != EAGAIN || !ready(descriptor_, POLLOUT, patience_ms))
            close();
    }
}

Listener::Listener(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    int const on = 1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (descriptor_ >= 0) ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (descriptor_ < 0 || ::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(descriptor_, 4) != 0 ||
        ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
        std::string const why = std::strerror(errno);
        if (descriptor_ >= 0) ::close(descriptor_);
        throw std::runtime_error(
            fmt::format("port {} for gdb cannot be opened: {}; give another one, or 0 for any", port, why));
    }
    port_ = ntohs(address.sin_port);
}

Listener::~Listener() { ::close(descriptor_); }

std::optional<Connection> Listener::accept(int wait_ms) {
    if (!ready(descriptor_, POLLIN, wait_ms)) return std::nullopt;
    int const client = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return std::nullopt;
    int const on = 1;
    ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // small packets, each waited for
    return Connection(client);
}

}  // namespace sim::debug::gdb
