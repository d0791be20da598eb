// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/attach/connection.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace sim::attach {

using Clock = std::chrono::steady_clock;
using Kind = debug::gdb::PacketReader::Kind;
using std::chrono::milliseconds;

namespace {

constexpr unsigned most_damaged = 8;

// Ready before the time is over?
bool wait_for(int descriptor, short what, Clock::time_point until) {
    for (;;) {
        auto const left = std::chrono::ceil<milliseconds>(until - Clock::now()).count();
        pollfd one{descriptor, what, 0};
        int const ready = poll(&one, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) throw Lost(fmt::format("poll: {}", strerror(errno)));
        if (ready == 0) return false;
    }
}

void make_non_blocking(int descriptor) {
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

// Empty: connected; else why not.
std::string try_connect(int descriptor, sockaddr const* address, socklen_t length, milliseconds patience) {
    make_non_blocking(descriptor);
    if (connect(descriptor, address, length) == 0) return {};
    if (errno != EINPROGRESS) return strerror(errno);
    if (!wait_for(descriptor, POLLOUT, Clock::now() + patience)) return "no answer";
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
    return error == 0 ? std::string() : strerror(error);
}

std::runtime_error cannot(std::string const& place, std::string const& why) {
    return std::runtime_error(
        fmt::format("{}: {}; is QEMU running, with -gdb tcp:127.0.0.1:1234?", place, why));
}

Socket connect_local(std::string const& place, std::string const& path, milliseconds patience) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) throw cannot(place, "no such path");
    std::copy(path.begin(), path.end(), address.sun_path);
    Socket made(socket(AF_UNIX, SOCK_STREAM, 0));
    std::string const why =
        try_connect(made.descriptor(), reinterpret_cast<sockaddr const*>(&address), sizeof address, patience);
    if (!why.empty()) throw cannot(place, why);
    return made;
}

}  // namespace

Socket::~Socket() {
    if (descriptor_ >= 0) close(descriptor_);
}

Socket connect_to(std::string const& place, milliseconds patience) {
    constexpr std::string_view local = "unix:";
    if (place.starts_with(local)) return connect_local(place, place.substr(local.size()), patience);
    std::size_t const colon = place.rfind(':');
    std::string host = colon == std::string::npos ? "" : place.substr(0, colon);
    std::string const port = colon == std::string::npos ? place : place.substr(colon + 1);
    if (host.empty()) host = "127.0.0.1";
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (port.empty() || port.size() > 5 ||
        !std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; }))
        throw std::runtime_error(
            fmt::format("{}: want HOST:PORT or unix:PATH, such as 127.0.0.1:1234", place));
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (int const error = getaddrinfo(host.c_str(), port.c_str(), &wanted, &found); error != 0)
        throw cannot(place, gai_strerror(error));
    std::string why = "no address";
    Socket made;
    for (addrinfo const* one = found; one; one = one->ai_next) {
        made = Socket(socket(one->ai_family, one->ai_socktype, one->ai_protocol));
        why = made.descriptor() < 0 ? std::string(strerror(errno))
                                    : try_connect(made.descriptor(), one->ai_addr, one->ai_addrlen, patience);
        if (why.empty()) break;
    }
    freeaddrinfo(found);
    if (!why.empty()) throw cannot(place, why);
    // A question of a few bytes shall not wait for the acknowledgement of the one before.
    int const on = 1;
    setsockopt(made.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return made;
}

Connection::Connection(Socket socket, Duration patience) : socket_(std::move(socket)), patience_(patience) {
    make_non_blocking(socket_.descriptor());
}

void Connection::write(std::string_view bytes) {
    auto const until = Clock::now() + patience_;
    while (!bytes.empty()) {
        ssize_t const n = ::send(socket_.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
        } else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (!wait_for(socket_.descriptor(), POLLOUT, until)) throw Lost("it takes no more bytes");
        } else {
            throw Lost("the connection is closed");
        }
    }
}

void Connection::read(Duration most) {
    if (!wait_for(socket_.descriptor(), POLLIN, Clock::now() + most)) return;
    std::array<std::uint8_t, 16384> bytes;
    ssize_t const n = recv(socket_.descriptor(), bytes.data(), bytes.size(), 0);
    if (n > 0) return reader_.feed(std::span(bytes).first(static_cast<std::size_t>(n)));
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    throw Lost("the connection is closed");
}

void Connection::send(std::string_view body) {
    last_ = debug::gdb::frame_packet(body);
    write(last_);
}

void Connection::send_interrupt() { write("\x03"); }

std::optional<std::string> Connection::receive(Duration most) {
    auto const until = Clock::now() + most;
    for (bool looked = false;; looked = true) {
        while (auto item = reader_.next()) {
            switch (item->kind) {
                case Kind::packet:
                    damaged_ = 0;
                    write("+");
                    return std::move(item->body);
                case Kind::damaged:
                case Kind::nack:
                    if (++damaged_ > most_damaged) throw Lost("what it sends is damaged");
                    if (item->kind == Kind::nack)
                        write(last_);
                    else
                        write("-");
                    break;
                case Kind::too_long:
                    throw Lost("it sent a packet longer than was agreed");
                case Kind::ack:
                case Kind::interrupt:
                    break;
            }
        }
        auto const now = Clock::now();
        if (looked && now >= until) return std::nullopt;
        read(std::max(std::chrono::ceil<milliseconds>(until - now), Duration(0)));
    }
}

std::string Connection::answer() {
    if (auto packet = receive(patience_)) return std::move(*packet);
    throw Lost(fmt::format("no answer within {} s", std::chrono::duration<double>(patience_).count()));
}

}  // namespace sim::attach
