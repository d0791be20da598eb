// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/net_load.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "simulator/bench/program.hpp"
#include "simulator/bench/tap_guest.hpp"

namespace sim::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

// A connection to the guest that gives up after ten seconds of nothing.
class Connection {
public:
    explicit Connection(std::uint16_t port)
        : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), port_(port) {
        timeval const patience{10, 0};
        int const on = 1;
        setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        inet_pton(AF_INET, guest_address, &address.sin_addr);
        if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            int const why = errno;
            close(socket_);
            throw std::runtime_error(fmt::format("port {} of the guest: {}", port, strerror(why)));
        }
    }
    ~Connection() { close(socket_); }
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    std::size_t send(void const* bytes, std::size_t count) {
        return checked(::send(socket_, bytes, count, MSG_NOSIGNAL), "takes no bytes");
    }
    std::size_t receive(void* bytes, std::size_t count) {
        std::size_t const got = checked(recv(socket_, bytes, count, 0), "gives no bytes");
        received_ += got;
        return got;
    }

    // The whole answer, which has a length.
    void ask(std::string const& path) {
        std::string const request = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", path, guest_address);
        send(request.data(), request.size());
        std::string answer;
        char buffer[4096];
        for (std::size_t whole = std::string::npos; answer.size() < whole;) {
            answer.append(buffer, receive(buffer, sizeof buffer));
            std::size_t const head = answer.find("\r\n\r\n"), length = answer.find("Content-Length: ");
            if (head != std::string::npos && length < head)
                whole = head + 4 + static_cast<std::size_t>(std::atoi(answer.c_str() + length + 16));
        }
        if (!answer.starts_with("HTTP/1.1 200"))
            throw std::runtime_error(fmt::format("the guest answered: {}", answer.substr(0, 40)));
    }

private:
    std::size_t checked(ssize_t result, char const* what) const {
        if (result > 0) return static_cast<std::size_t>(result);
        bool const was_silent = result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        throw std::runtime_error(fmt::format("port {} of the guest {} any more, after {} received: {}", port_,
                                             what, received_,
                                             result == 0  ? "it ended the connection"
                                             : was_silent ? "ten seconds of silence"
                                                          : strerror(errno)));
    }
    int socket_;
    std::uint16_t port_;
    std::uint64_t received_ = 0;
};

}  // namespace

double read_wrk(std::string const& said) {
    constexpr std::string_view word = "Requests/sec:";
    std::size_t const at = said.find(word);
    double const speed = at == std::string::npos ? 0 : std::atof(said.c_str() + at + word.size());
    bool const errors =
        said.find("Socket errors") != std::string::npos || said.find("Non-2xx") != std::string::npos;
    if (speed <= 0 || errors) throw std::runtime_error(fmt::format("wrk was not served well: {}", said));
    return speed;
}

double requests_per_second(std::string const& path, unsigned connections, unsigned seconds, bool keep_alive) {
    std::vector<std::string> words = {"wrk", "-t1", fmt::format("-c{}", connections),
                                      fmt::format("-d{}", seconds)};
    if (!keep_alive) words.insert(words.end(), {"-H", "Connection: close"});
    words.push_back(fmt::format("http://{}{}", guest_address, path));
    return read_wrk(read_program(words, 0));
}

Clock::time_point first_answer(std::string const& path) {
    Connection(80).ask(path);
    return Clock::now();
}

double latency_us(std::string const& path, unsigned requests) {
    Connection connection(80);
    std::vector<double> times;
    for (unsigned i = 0; i < requests; ++i) {
        auto const start = Clock::now();
        connection.ask(path);
        times.push_back(seconds_since(start) * 1e6);
    }
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                     times.end());
    return times[times.size() / 2];
}

double bulk_mbits(Way way, unsigned seconds) {
    Connection connection(way == Way::in ? 9 : 19);
    std::vector<char> piece(128 * 1024, 'v');
    double bytes = 0;
    auto const move = [&](double until) {
        auto const start = Clock::now();
        bytes = 0;
        while (seconds_since(start) < until)
            bytes += static_cast<double>(way == Way::in ? connection.send(piece.data(), piece.size())
                                                        : connection.receive(piece.data(), piece.size()));
        return bytes * 8 / 1e6 / seconds_since(start);
    };
    move(0.3);  // slow start, and buffers that fill
    return move(seconds);
}

}  // namespace sim::bench
