// SPDX-License-Identifier: MIT
//
// The program of the Linux guest that Vivarium's is compared with: a web server
// by epoll with an answer of 13 bytes, and what takes (port 9) and gives (port 19)
// bytes. Linked statically, for there is nothing else in that guest. One thread,
// as our server has; no call more than the work asks for.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

namespace {

// The port of a listener, or what a connection is for.
enum class Role : unsigned { web = 80, take = 9, give = 19 };

constexpr char answer[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, world\n";
constexpr char last_answer[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\nConnection: close\r\n\r\n"
    "Hello, world\n";
constexpr unsigned most = 65536;  // descriptors
Role roles[most];
bool is_listener[most];
char buffer[64 * 1024];

void give_up(char const* what) {
    std::printf("server: %s: %s\n", what, std::strerror(errno));
    std::exit(1);
}

void watch(int epoll, int descriptor, unsigned events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = descriptor;
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0) give_up("epoll_ctl");
}

// `congestion`: how it shall react to losses; null: as the system does.
void listen_on(int epoll, Role role, char const* congestion) {
    int const listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int const on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (congestion != nullptr && setsockopt(listener, IPPROTO_TCP, TCP_CONGESTION, congestion,
                                            static_cast<socklen_t>(std::strlen(congestion))) != 0)
        give_up(congestion);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<in_port_t>(role));
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener, 1024) != 0)
        give_up("listen");
    roles[listener] = role;
    is_listener[listener] = true;
    watch(epoll, listener, EPOLLIN);
}

void accept_all(int epoll, int listener) {
    for (;;) {
        int const one = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (one < 0) return;
        int const on = 1;
        setsockopt(one, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        roles[one] = roles[listener];
        is_listener[one] = false;
        watch(epoll, one, roles[one] == Role::give ? EPOLLOUT : EPOLLIN);
    }
}

// A client of the measurement sends a whole request at a time. False: it is over.
bool serve_web(int one) {
    ssize_t const got = read(one, buffer, sizeof buffer);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    if (memmem(buffer, static_cast<std::size_t>(got), "Connection: close", 17) != nullptr) {
        (void)!write(one, last_answer, sizeof last_answer - 1);
        return false;
    }
    return write(one, answer, sizeof answer - 1) == sizeof answer - 1;
}

bool take(int one) {
    ssize_t const got = read(one, buffer, sizeof buffer);
    return got > 0 || (got < 0 && errno == EAGAIN);
}

bool give(int one) { return write(one, buffer, sizeof buffer) > 0 || errno == EAGAIN; }

bool serve(int one) {
    switch (roles[one]) {
        case Role::web:
            return serve_web(one);
        case Role::take:
            return take(one);
        case Role::give:
            return give(one);
    }
    return false;
}

}  // namespace

int main(int count, char** words) {
    signal(SIGPIPE, SIG_IGN);
    int const epoll = epoll_create1(0);
    for (Role const role : {Role::web, Role::take, Role::give})
        listen_on(epoll, role, count > 1 ? words[1] : nullptr);
    std::printf("server: ready\n");
    std::fflush(stdout);
    for (;;) {
        epoll_event events[64];
        int const count = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < count; ++i) {
            int const one = events[i].data.fd;
            if (is_listener[one])
                accept_all(epoll, one);
            else if (!serve(one))
                close(one);
        }
    }
}
