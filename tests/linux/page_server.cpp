// SPDX-License-Identifier: MIT
#include "tests/linux/page_server.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace scenario {

PageServer::PageServer(std::string page) : page_(std::move(page)) {
    socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (socket_ < 0 || bind(socket_, any, length) != 0 || listen(socket_, 8) != 0 ||
        getsockname(socket_, any, &length) != 0)
        throw std::runtime_error("cannot open a server on 127.0.0.1");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
}

PageServer::~PageServer() {
    stop_ = true;
    thread_.join();
    close(socket_);
}

void PageServer::serve() {
    while (!stop_) {
        pollfd waiting{socket_, POLLIN, 0};
        if (poll(&waiting, 1, 50) != 1) continue;
        int const visitor = accept(socket_, nullptr, nullptr);
        if (visitor < 0) continue;
        std::string request;
        pollfd talking{visitor, POLLIN, 0};
        while (request.find("\r\n\r\n") == std::string::npos && request.size() < 65536 && !stop_) {
            if (poll(&talking, 1, 50) != 1) continue;
            char bytes[4096];
            ssize_t const got = recv(visitor, bytes, sizeof bytes, 0);
            if (got <= 0) break;
            request.append(bytes, static_cast<std::size_t>(got));
        }
        std::string const answer = "HTTP/1.0 200 OK\r\nContent-Length: " + std::to_string(page_.size()) +
                                   "\r\nConnection: close\r\n\r\n" + page_;
        if (send(visitor, answer.data(), answer.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(answer.size()))
            ++answered_;
        close(visitor);
    }
}

}  // namespace scenario
