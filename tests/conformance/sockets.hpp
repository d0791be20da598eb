// SPDX-License-Identifier: MIT
//
// The calls of Linux on the stack's sockets. None of them waits: what would have to
// fails with EAGAIN, and whoever called waits for the stack to change. Every call gives
// a number that is not negative, or an errno with a minus before it.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <map>
#include <optional>

#include "kernel/net/interface.hpp"

namespace conformance {

// One descriptor. The number is a real one of this process, so that a caller who closes
// it by the host's close(2) hits nothing else.
struct Socket {
    enum class Kind { stream, datagram };
    Kind kind = Kind::stream;
    bool six = false;       // AF_INET6
    bool only_six = false;  // IPV6_V6ONLY
    bool nonblocking = false;
    bool connecting = false;
    bool told_error = false;
    bool shut_reading = false;
    bool resets_at_close = false;  // SO_LINGER with no time
    net::Endpoint local;
    net::SocketId id;  // false: neither bound (datagrams) nor connected nor listening
    std::optional<net::Endpoint> peer;
    std::map<std::pair<int, int>, int> kept;  // options, by level and name, as they were set
};

class Sockets {
public:
    explicit Sockets(net::Interface& stack) : stack_(stack) {}
    ~Sockets();

    int open(int domain, int type, int protocol);
    int bind(int fd, sockaddr const* address, socklen_t size);
    int listen(int fd, int backlog);
    int accept(int fd, sockaddr* address, socklen_t* size);
    // Starts; then EINPROGRESS until it is done.
    int connect(int fd, sockaddr const* address, socklen_t size);
    long receive(int fd, net::MutableBytes into, int flags, sockaddr* from, socklen_t* size);
    // May take a part only.
    long send(int fd, net::Bytes data, sockaddr const* to, socklen_t size);
    int shutdown(int fd, int how);
    int close(int fd);
    int get_option(int fd, int level, int option, void* value, socklen_t* size);
    int set_option(int fd, int level, int option, void const* value, socklen_t size);
    int control(int fd, unsigned long request, void* argument);
    // What poll(2) would say of it: POLLIN, POLLOUT, POLLERR, POLLHUP.
    short events(int fd);
    std::uint32_t unread(int fd);

    Socket* find(int fd);

private:
    int remember(Socket socket);
    bool is_ours(net::IpAddress address) const;
    int bind_datagrams(Socket& socket, net::Port port);
    void apply_kept(int fd);
    int error_of(Socket& socket);
    static int change(net::tcp::Settings& settings, int level, int option, int number);
    int fill_information(Socket& socket, void* value, socklen_t* size);

    net::Interface& stack_;
    std::map<int, Socket> open_;
};

int errno_of(net::Error error);

}  // namespace conformance
