// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/page_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>

namespace viz::app {

namespace {

using Clock = std::chrono::steady_clock;

// What stands behind "name:" in the head of a request; "" when it is not there.
std::string_view field(std::string_view head, std::string_view name) {
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
        at += 2;
        std::string_view line = head.substr(at, head.find("\r\n", at) - at);
        if (line.size() <= name.size() || line[name.size()] != ':') continue;
        bool const same = std::equal(name.begin(), name.end(), line.begin(), [](char a, char b) {
            return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
        });
        if (!same) continue;
        line.remove_prefix(name.size() + 1);
        while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
        while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
        return line;
    }
    return {};
}

std::string head_of(char const* status, std::string_view type, std::size_t length, std::string_view more = {}) {
    return fmt::format(
        "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\nCache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n{}\r\n",
        status, type, length, more);
}

std::string refusal(char const* status) {
    return head_of(status, "text/plain", std::strlen(status) + 1) + status + "\n";
}

}  // namespace

struct PageServer::Connection {
    int socket = -1;
    std::string request, head;
    std::span<std::uint8_t const> body;
    bool answering = false, answered = false;
    std::size_t head_sent = 0, body_sent = 0;
    Clock::time_point heard = Clock::now();

    bool writes() const { return answering && !answered; }
    // False: it is done with.
    bool take(PageServer& server) {
        char bytes[2048];
        ssize_t const n = recv(socket, bytes, sizeof bytes, 0);
        if (n <= 0) return n < 0 && (errno == EAGAIN || errno == EINTR);
        if (answered) return true;  // what nobody asked for: thrown away, until it hangs up
        heard = Clock::now();
        request.append(bytes, static_cast<std::size_t>(n));
        std::size_t const end = request.find("\r\n\r\n");
        if (end == std::string::npos && request.size() <= most_request) return true;
        Reply reply = end == std::string::npos || end > most_request
                          ? Reply{refusal("431 Request Header Fields Too Large"), -1}
                          : server.reply_to(std::string_view(request).substr(0, end + 2));
        head = std::move(reply.head);
        if (reply.file >= 0) body = server.files_[static_cast<std::size_t>(reply.file)].bytes;
        answering = true;
        return true;
    }
    bool give() {
        bool const of_head = head_sent < head.size();
        char const* const from =
            of_head ? head.data() + head_sent : reinterpret_cast<char const*>(body.data()) + body_sent;
        std::size_t const left = of_head ? head.size() - head_sent : body.size() - body_sent;
        if (left > 0) {
            ssize_t const n = send(socket, from, left, MSG_NOSIGNAL);
            if (n < 0) return errno == EAGAIN || errno == EINTR;
            heard = Clock::now();
            (of_head ? head_sent : body_sent) += static_cast<std::size_t>(n);
        }
        if (head_sent < head.size() || body_sent < body.size()) return true;
        // Closed with something unread, the answer could be lost with it.
        shutdown(socket, SHUT_WR);
        answered = true;
        return true;
    }
};

PageServer::PageServer(std::uint16_t port, std::vector<ServedFile> files) : files_(std::move(files)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int const yes = 1;
    if (listener_ >= 0) setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (listener_ < 0 || bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
        listen(listener_, 16) != 0 || getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
        std::string const why = std::strerror(errno);
        if (listener_ >= 0) close(listener_);
        throw std::runtime_error(
            fmt::format("cannot serve on 127.0.0.1:{}: {}; choose another with --port, or 0 for any", port, why));
    }
    port_ = ntohs(address.sin_port);
}

PageServer::~PageServer() { close(listener_); }

std::string PageServer::url() const { return fmt::format("http://127.0.0.1:{}/", port_); }

void PageServer::give(std::string_view path, std::vector<std::uint8_t> bytes) {
    for (ServedFile& file : files_)
        if (file.path == path) file.bytes = std::move(bytes);
}

PageServer::Reply PageServer::reply_to(std::string_view request) const {
    std::string_view line = request.substr(0, request.find("\r\n"));
    auto const word = [&] {
        std::size_t const end = std::min(line.find(' '), line.size());
        std::string_view const found = line.substr(0, end);
        line.remove_prefix(std::min(end + 1, line.size()));
        return found;
    };
    std::string_view const method = word();
    std::string_view path = word();
    std::string_view const protocol = word();
    if (!protocol.starts_with("HTTP/1.") || !path.starts_with('/')) return {refusal("400 Bad Request")};
    std::string_view const host = field(request, "Host");
    if (host != fmt::format("127.0.0.1:{}", port_) && host != fmt::format("localhost:{}", port_))
        return {refusal("403 Forbidden")};
    if (method != "GET" && method != "HEAD") return {refusal("405 Method Not Allowed")};
    path = path.substr(0, path.find('?'));
    for (std::size_t i = 0; i < files_.size(); ++i) {
        ServedFile const& file = files_[i];
        if (file.path != path) continue;
        std::string name;
        for (char c : file.name) name += c >= 32 && c < 127 ? c : '_';
        std::string const more = name.empty() ? "" : fmt::format("X-Album-Name: {}\r\n", name);
        return {head_of("200 OK", file.type, file.bytes.size(), more), method == "GET" ? static_cast<int>(i) : -1};
    }
    return {refusal("404 Not Found")};
}

void PageServer::accept_one(std::vector<Connection>& connections) {
    int const socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) return;
    connections.emplace_back().socket = socket;
}

void PageServer::run(std::function<bool()> const& stop) {
    std::vector<Connection> connections;
    while (!stop()) {
        std::vector<pollfd> waits;
        for (Connection const& c : connections)
            waits.push_back({c.socket, static_cast<short>(c.writes() ? POLLOUT : POLLIN), 0});
        // With all places taken the next one waits outside.
        if (connections.size() < most_connections) waits.push_back({listener_, POLLIN, 0});
        if (poll(waits.data(), waits.size(), 100) < 0) continue;  // a signal: perhaps it says stop
        std::vector<bool> keep;
        for (std::size_t i = 0; i < connections.size(); ++i) {
            Connection& c = connections[i];
            bool on = Clock::now() - c.heard < std::chrono::seconds(patience_seconds);
            if (on && waits[i].revents) on = c.writes() ? c.give() : c.take(*this);
            keep.push_back(on);
        }
        std::size_t next = 0;
        std::erase_if(connections, [&](Connection const& c) {
            bool const gone = !keep[next++];
            if (gone) close(c.socket);
            return gone;
        });
        if (waits.size() > keep.size() && waits.back().revents) accept_one(connections);
    }
    for (Connection const& c : connections) close(c.socket);
}

}  // namespace viz::app
