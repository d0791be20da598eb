// SPDX-License-Identifier: MIT
//
// A client that says exactly the bytes it is told to.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace scenario {

struct Answer {
    int status = 0;
    std::string head, body;
};

class Client {
public:
    // Tries until somebody listens there, a minute at most.
    explicit Client(std::string const& port) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        for (unsigned tries = 0; tries < 600; ++tries) {
            socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
            timeval const patience{60, 0};  // only a hang takes that long
            setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
            if (connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) return;
            close(socket_);
            usleep(100'000);
        }
        throw std::runtime_error("nobody listens on port " + port);
    }
    Client(Client&& other) : socket_(std::exchange(other.socket_, -1)), rest_(std::move(other.rest_)) {}
    ~Client() {
        if (socket_ >= 0) close(socket_);
    }

    void say(std::string_view bytes) {
        while (!bytes.empty()) {
            ssize_t const sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) throw std::runtime_error("cannot send");
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    void ask(std::string const& path, std::string const& fields = "") {
        say("GET " + path + " HTTP/1.1\r\nHost: vivarium\r\n" + fields + "\r\n");
    }

    // The next answer; status 0 when the connection ended instead.
    Answer answer() {
        std::size_t head = 0;
        while ((head = rest_.find("\r\n\r\n")) == std::string::npos)
            if (!more()) return {};
        Answer result;
        result.head = rest_.substr(0, head + 4);
        result.status = std::stoi(result.head.substr(result.head.find(' ')));
        std::size_t const at = result.head.find("Content-Length: ");
        std::size_t const length = at == std::string::npos ? 0 : std::stoul(result.head.substr(at + 16));
        rest_.erase(0, head + 4);
        while (rest_.size() < length)
            if (!more()) return {};
        result.body = rest_.substr(0, length);
        rest_.erase(0, length);
        return result;
    }
    Answer get(std::string const& path, std::string const& fields = "") {
        ask(path, fields);
        return answer();
    }
    // The server has said all it will ever say here.
    bool ended() { return rest_.empty() && !more(); }

private:
    bool more() {
        char buffer[65536];
        ssize_t const got = recv(socket_, buffer, sizeof buffer, 0);
        if (got < 0) throw std::runtime_error("no answer in a minute, or a reset");
        rest_.append(buffer, static_cast<std::size_t>(got));
        return got > 0;
    }

    int socket_ = -1;
    std::string rest_;
};

// The body of /bytes/N.
inline std::string bytes_body(std::size_t size) {
    std::string body(size, 0);
    for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>(i ^ i >> 8 ^ i >> 16 ^ i >> 24);
    return body;
}

}  // namespace scenario
