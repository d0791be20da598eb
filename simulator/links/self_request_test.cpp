// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/self_request.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace sim::links {
namespace {

TEST(CheckAnswer, takes_a_right_answer_only) {
    EXPECT_EQ(check_answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false), "");
    EXPECT_EQ(check_answer("HTTP/1.1 200 OK\r\ncontent-length:2\r\nX: y\r\n\r\nok", true), "");
    EXPECT_EQ(check_answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", false), "more");
    EXPECT_EQ(check_answer("HTTP/1.1 200 OK\r\nContent-Le", false), "more");
    EXPECT_EQ(check_answer("", false), "more");
    for (char const* wrong :
         {"", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no",
          "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", "HTTP/1.1 200 OK\r\n\r\nok",
          "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok!", "\r\n\r\n"})
        EXPECT_NE(check_answer(wrong, true), "") << wrong;
}

// A listening socket on a free port.
struct Listener {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    std::uint16_t port = 0;
    Listener() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        bind(fd, reinterpret_cast<sockaddr*>(&address), length);
        listen(fd, 8);
        getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
        port = ntohs(address.sin_port);
    }
    ~Listener() { close(fd); }
    void answer(std::string const& text) {
        int const client = accept(fd, nullptr, nullptr);
        char buffer[1024];
        EXPECT_GT(recv(client, buffer, sizeof buffer, 0), 0);
        send(client, text.data(), text.size(), MSG_NOSIGNAL);
        close(client);
    }
};

TEST(SelfRequest, counts_right_answers) {
    Listener server;
    SelfRequest requests(server.port, 3);
    for (int i = 0; i < 3; ++i) server.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    while (!requests.done()) usleep(1000);
    EXPECT_EQ(requests.answered(), 3u);
    EXPECT_EQ(requests.problem(), "");
}

TEST(SelfRequest, says_which_answer_was_wrong) {
    Listener server;
    SelfRequest requests(server.port, 3);
    server.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    server.answer("HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno");
    while (!requests.done()) usleep(1000);
    EXPECT_EQ(requests.answered(), 1u);
    EXPECT_NE(requests.problem().find("request 2 of 3"), std::string::npos) << requests.problem();
}

TEST(SelfRequest, can_be_stopped_while_nobody_answers) {
    Listener silent;
    SelfRequest requests(silent.port, 3);
    requests.stop();
    EXPECT_EQ(requests.answered(), 0u);
}

TEST(RequireFreePort, refuses_a_busy_one_and_finds_a_free_one) {
    Listener busy;
    EXPECT_THROW(require_free_port(busy.port), std::runtime_error);
    EXPECT_NE(require_free_port(0), 0);
}

}  // namespace
}  // namespace sim::links
