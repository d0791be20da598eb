// SPDX-License-Identifier: MIT
#include "tests/conformance/sockets.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace conformance {
namespace {

// An IPv4 address in a socket of IPv6 is a mapped one, as it is in the stack.
std::optional<net::Endpoint> endpoint_of(bool six, sockaddr const* address, socklen_t size) {
    if (address == nullptr || size < (six ? sizeof(sockaddr_in6) : sizeof(sockaddr_in)) ||
        address->sa_family != (six ? AF_INET6 : AF_INET))
        return std::nullopt;
    if (six) {
        sockaddr_in6 in;
        std::memcpy(&in, address, sizeof in);
        return net::Endpoint{net::wire::load_ipv6(in.sin6_addr.s6_addr), net::Port(ntohs(in.sin6_port))};
    }
    sockaddr_in in;
    std::memcpy(&in, address, sizeof in);
    return net::Endpoint{net::Ipv4Address(ntohl(in.sin_addr.s_addr)), net::Port(ntohs(in.sin_port))};
}

void put_endpoint(bool six, net::Endpoint const& endpoint, sockaddr* address, socklen_t* size) {
    if (address == nullptr || size == nullptr) return;
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    net::wire::store_ipv6(in6.sin6_addr.s6_addr, endpoint.address.v6());
    in6.sin6_port = htons(endpoint.port.value());
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(endpoint.address.v4().value());
    in.sin_port = htons(endpoint.port.value());
    socklen_t const whole = six ? sizeof in6 : sizeof in;
    std::memcpy(address, six ? static_cast<void*>(&in6) : &in, std::min<std::size_t>(*size, whole));
    *size = whole;
}

int linux_state(net::tcp::State state) {
    using net::tcp::State;
    switch (state) {
        case State::Established:
            return TCP_ESTABLISHED;
        case State::SynSent:
            return TCP_SYN_SENT;
        case State::SynReceived:
            return TCP_SYN_RECV;
        case State::FinWait1:
            return TCP_FIN_WAIT1;
        case State::FinWait2:
            return TCP_FIN_WAIT2;
        case State::TimeWait:
            return TCP_TIME_WAIT;
        case State::Closed:
            return TCP_CLOSE;
        case State::CloseWait:
            return TCP_CLOSE_WAIT;
        case State::LastAck:
            return TCP_LAST_ACK;
        case State::Listen:
            return TCP_LISTEN;
        case State::Closing:
            return TCP_CLOSING;
    }
    return 0;
}

template <class T>
int put_value(T const& value, void* out, socklen_t* size) {
    if (out == nullptr || size == nullptr) return -EFAULT;
    std::size_t const count = std::min<std::size_t>(*size, sizeof value);
    std::memcpy(out, &value, count);
    *size = static_cast<socklen_t>(count);
    return 0;
}

}  // namespace

int errno_of(net::Error error) {
    switch (error) {
        case net::Error::WouldBlock:
            return EAGAIN;
        case net::Error::NoMemory:
            return ENOBUFS;
        case net::Error::InvalidSocket:
            return EBADF;
        case net::Error::InvalidAddress:
            return EADDRNOTAVAIL;
        case net::Error::InvalidValue:
            return EINVAL;
        case net::Error::AddressInUse:
            return EADDRINUSE;
        case net::Error::NotConnected:
            return ENOTCONN;
        case net::Error::AlreadyConnected:
            return EISCONN;
        case net::Error::Shutdown:
            return EPIPE;
        case net::Error::ConnectionRefused:
            return ECONNREFUSED;
        case net::Error::ConnectionReset:
            return ECONNRESET;
        case net::Error::ConnectionAborted:
            return ECONNABORTED;
        case net::Error::TimedOut:
            return ETIMEDOUT;
        case net::Error::HostUnreachable:
            return EHOSTUNREACH;
        case net::Error::NetworkUnreachable:
            return ENETUNREACH;
        case net::Error::MessageTooLong:
            return EMSGSIZE;
        case net::Error::NoSuchName:
            return ENOENT;
    }
    return EIO;
}

Sockets::~Sockets() {
    while (!open_.empty()) close(open_.begin()->first);
}

Socket* Sockets::find(int fd) {
    auto const at = open_.find(fd);
    return at == open_.end() ? nullptr : &at->second;
}

int Sockets::remember(Socket socket) {
    int const fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd < 0) return -errno;
    open_[fd] = std::move(socket);
    return fd;
}

int Sockets::open(int domain, int type, int protocol) {
    if (domain != AF_INET && domain != AF_INET6) return -EAFNOSUPPORT;
    Socket socket;
    socket.six = domain == AF_INET6;
    socket.nonblocking = (type & SOCK_NONBLOCK) != 0;
    switch (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) {
        case SOCK_STREAM:
            if (protocol != 0 && protocol != IPPROTO_TCP) return -EPROTONOSUPPORT;
            break;
        case SOCK_DGRAM:
            if (protocol != 0 && protocol != IPPROTO_UDP) return -EPROTONOSUPPORT;
            socket.kind = Socket::Kind::datagram;
            break;
        default:
            return -ESOCKTNOSUPPORT;
    }
    return remember(std::move(socket));
}

int Sockets::bind(int fd, sockaddr const* address, socklen_t size) {
    Socket* const socket = find(fd);
    if (socket == nullptr) return -EBADF;
    auto const local = endpoint_of(socket->six, address, size);
    if (!local) return -EINVAL;
    if (!local->address.is_unspecified() && !is_ours(local->address)) return -EADDRNOTAVAIL;
    if (socket->kind == Socket::Kind::datagram) {
        if (int const wrong = bind_datagrams(*socket, local->port); wrong != 0) return wrong;
        socket->local = {local->address, stack_.udp().local_port(socket->id)};
        return 0;
    }
    socket->local = *local;
    return 0;
}

bool Sockets::is_ours(net::IpAddress address) const {
    return address.is_v4() ? address.v4() == stack_.ipv4().address
                           : stack_.ipv6() != nullptr && stack_.ipv6()->is_ours(address.v6());
}

static net::Versions versions_of(Socket const& socket) {
    if (!socket.six) return net::Versions::OnlyV4;
    return socket.only_six ? net::Versions::OnlyV6 : net::Versions::Both;
}

int Sockets::bind_datagrams(Socket& socket, net::Port port) {
    auto const bound = stack_.udp().bind(port, versions_of(socket));
    if (!bound) return -errno_of(bound.error());
    socket.id = bound.value();
    return 0;
}

int Sockets::listen(int fd, int backlog) {
    Socket* const socket = find(fd);
    if (socket == nullptr) return -EBADF;
    if (socket->kind != Socket::Kind::stream) return -EOPNOTSUPP;
    // Linux lets one more wait than it was told.
    auto const made = stack_.tcp().listen(
        socket->local, static_cast<std::uint16_t>(std::clamp(backlog, 0, 4095) + 1), versions_of(*socket));
    if (!made) return -errno_of(made.error());
    socket->id = made.value();
    apply_kept(fd);  // the connections it accepts have them from there
    return 0;
}

void Sockets::apply_kept(int fd) {
    for (auto const& [option, value] : std::map(open_[fd].kept))
        (void)set_option(fd, option.first, option.second, &value, sizeof value);
}

int Sockets::accept(int fd, sockaddr* address, socklen_t* size) {
    Socket* const socket = find(fd);
    if (socket == nullptr) return -EBADF;
    auto const accepted = stack_.tcp().accept(socket->id);
    if (!accepted)
        return accepted.error() == net::Error::InvalidSocket ? -EINVAL : -errno_of(accepted.error());
    Socket made;
    made.id = accepted.value();
    made.six = socket->six;
    auto const information = stack_.tcp().information(made.id);
    if (information) {
        made.local = information.value().local;
        made.peer = information.value().remote;
        put_endpoint(made.six, *made.peer, address, size);
    }
    made.kept = socket->kept;
    return remember(std::move(made));
}

int Sockets::connect(int fd, sockaddr const* address, socklen_t size) {
    Socket* const socket = find(fd);
    if (socket == nullptr) return -EBADF;
    if (socket->connecting) {
        net::Readiness const ready = stack_.tcp().readiness(socket->id);
        if (ready.failed) return error_of(*socket);
        if (!ready.writable) return -EALREADY;
        socket->connecting = false;
        return 0;
    }
    auto const remote = endpoint_of(socket->six, address, size);
    if (!remote) return -EINVAL;
    if (socket->kind == Socket::Kind::datagram) {
        if (!socket->id)
            if (int const wrong = bind_datagrams(*socket, net::Port()); wrong != 0) return wrong;
        auto const done = stack_.udp().connect(socket->id, *remote);
        if (!done) return -errno_of(done.error());
        socket->peer = *remote;
        return 0;
    }
    if (socket->id) return -EISCONN;
    auto const made = stack_.tcp().connect(*remote, socket->local);
    if (!made) return -errno_of(made.error());
    socket->id = made.value();
    socket->peer = *remote;
    socket->connecting = true;
    apply_kept(fd);
    return -EINPROGRESS;
}

// Told once, as SO_ERROR and as the result of a call.
int Sockets::error_of(Socket& socket) {
    net::Error const error = stack_.tcp().error(socket.id);
    if (error == net::Error::WouldBlock || error == net::Error::InvalidSocket || socket.told_error) return 0;
    socket.told_error = true;
    return -errno_of(error);
}

long Sockets::receive(int fd, net::MutableBytes into, int flags, sockaddr* from, socklen_t* size) {
    Socket* const socket = find(fd);
    if (socket == nullptr) return -EBADF;
    if (socket->kind == Socket::Kind::datagram) {
        auto const got = stack_.udp().receive(socket->id, into);
        if (!got) return -errno_of(got.error());
        put_endpoint(socket->six, got.value().from, from, size);
        return static_cast<long>(got.value().length);
    }
    if (!socket->id) return -ENOTCONN;
    if (socket->shut_reading) return 0;
    if ((flags & MSG_PEEK) != 0) {
        auto const seen = stack_.tcp().peek(socket->id);
        if (!seen) return -errno_of(seen.error());
        std::size_t const count = std::min(into.size(), seen.value().size());
        std::memcpy(into.data(), seen.value().data(), count);
        return static_cast<long>(count);
    }
    auto const got = stack_.tcp().receive(socket->id, into);
    if (got) return static_cast<long>(got.value());
    if (socket->told_error) return 0;  // the error is told once; then the stream is at its end
    if (got.error() != net::Error::WouldBlock) socket->told_error = true;
    return -errno_of(got.error());
}

long Sockets::send(int fd, net::Bytes data, sockaddr const* to, socklen_t size) {
    Socket* const socket = find(fd);
    if (socket == nullptr) return -EBADF;
    if (socket->kind == Socket::Kind::datagram) {
        auto const remote = to != nullptr ? endpoint_of(socket->six, to, size) : socket->peer;
        if (!remote) return to != nullptr ? -EINVAL : -EDESTADDRREQ;
        if (!socket->id)
            if (int const wrong = bind_datagrams(*socket, net::Port()); wrong != 0) return wrong;
        auto const sent = stack_.udp().send(socket->id, *remote, data);
        return sent ? static_cast<long>(data.size()) : -errno_of(sent.error());
    }
    if (!socket->id) return -EPIPE;
    auto const sent = stack_.tcp().send(socket->id, data);
    if (sent) return static_cast<long>(sent.value());
    if (sent.error() == net::Error::WouldBlock) return -EAGAIN;
    if (socket->told_error) return -EPIPE;
    socket->told_error = sent.error() != net::Error::Shutdown;
    return -errno_of(sent.error());
}

int Sockets::shutdown(int fd, int how) {
    Socket* const socket = find(fd);
    if (socket == nullptr) return -EBADF;
    if (socket->kind == Socket::Kind::datagram) return socket->peer ? 0 : -ENOTCONN;
    if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR) return -EINVAL;
    if (!socket->id) return -ENOTCONN;
    if (how != SHUT_WR) socket->shut_reading = true;
    if (how == SHUT_RD) return 0;
    auto const done = stack_.tcp().shutdown(socket->id);
    return done ? 0 : -ENOTCONN;
}

int Sockets::close(int fd) {
    Socket* const socket = find(fd);
    if (socket == nullptr) return -EBADF;
    if (socket->id) {
        if (socket->kind == Socket::Kind::datagram)
            stack_.udp().close(socket->id);
        else if (socket->resets_at_close)
            stack_.tcp().abort(socket->id);
        else
            stack_.tcp().close(socket->id);
    }
    open_.erase(fd);
    ::close(fd);
    return 0;
}

int Sockets::get_option(int fd, int level, int option, void* value, socklen_t* size) {
    Socket* const socket = find(fd);
    if (socket == nullptr) return -EBADF;
    if (level == SOL_SOCKET && option == SO_ERROR) {
        int const error = socket->kind == Socket::Kind::stream && socket->id ? -error_of(*socket) : 0;
        if (error == 0 && socket->connecting && stack_.tcp().readiness(socket->id).writable)
            socket->connecting = false;
        return put_value(error, value, size);
    }
    if (level == SOL_SOCKET && option == SO_TYPE)
        return put_value(socket->kind == Socket::Kind::stream ? int{SOCK_STREAM} : int{SOCK_DGRAM}, value,
                         size);
    if (level == IPPROTO_TCP && option == TCP_INFO) return fill_information(*socket, value, size);
    if (level == IPPROTO_TCP && option == TCP_MAXSEG) {
        auto const information = stack_.tcp().information(socket->id);
        return put_value(information ? int{information.value().segment_size} : 536, value, size);
    }
    auto const kept = socket->kept.find({level, option});
    return put_value(kept == socket->kept.end() ? 0 : kept->second, value, size);
}

int Sockets::fill_information(Socket& socket, void* value, socklen_t* size) {
    tcp_info out{};
    out.tcpi_state = static_cast<std::uint8_t>(linux_state(stack_.tcp().state(socket.id)));
    auto const got = stack_.tcp().information(socket.id);
    if (got) {
        net::tcp::Information const& in = got.value();
        std::uint32_t const mss = std::max<std::uint32_t>(in.segment_size, 1);
        out.tcpi_rto = static_cast<std::uint32_t>(in.retransmission_timeout.as_microseconds());
        out.tcpi_snd_mss = in.segment_size;
        out.tcpi_unacked = (in.unacknowledged + mss - 1) / mss;
        out.tcpi_rtt = static_cast<std::uint32_t>(in.smoothed_rtt.as_microseconds());
        out.tcpi_snd_cwnd = in.congestion_window / mss;
        out.tcpi_snd_ssthresh = in.threshold / mss;
        out.tcpi_ca_state = in.recovering ? 3 : 0;  // TCP_CA_Recovery
        if (in.timestamps) out.tcpi_options |= TCPI_OPT_TIMESTAMPS;
        if (in.sack) out.tcpi_options |= TCPI_OPT_SACK;
        out.tcpi_snd_wscale = in.send_shift & 0xf;
        out.tcpi_rcv_space = in.receive_window;
        out.tcpi_total_retrans = static_cast<std::uint32_t>(in.retransmissions);
    }
    return put_value(out, value, size);
}

// One option of Linux among our settings.
int Sockets::change(net::tcp::Settings& settings, int level, int option, int number) {
    bool const is_octet = number >= 0 && number <= 255;
    bool const is_positive = number > 0 && number <= 32'767;
    using base::Duration;
    if (level == SOL_SOCKET) {
        settings.keep_alive = number != 0;
        return 0;
    }
    if (level == IPPROTO_IP) {
        if (option != IP_TTL && option != IP_TOS) return -ENOPROTOOPT;
        if (!is_octet || (option == IP_TTL && number == 0)) return -EINVAL;
        (option == IP_TTL ? settings.time_to_live : settings.traffic_class) =
            static_cast<std::uint8_t>(number);
        return 0;
    }
    if (level == IPPROTO_IPV6) {
        if (option != IPV6_UNICAST_HOPS && option != IPV6_TCLASS) return -ENOPROTOOPT;
        if (!is_octet || (option == IPV6_UNICAST_HOPS && number == 0)) return -EINVAL;
        (option == IPV6_UNICAST_HOPS ? settings.time_to_live : settings.traffic_class) =
            static_cast<std::uint8_t>(number);
        return 0;
    }
    switch (option) {
        case TCP_NODELAY:
            settings.no_delay = number != 0;
            return 0;
        case TCP_CORK:
            settings.cork = number != 0;
            return 0;
        case TCP_KEEPIDLE:
            settings.keep_alive_idle = Duration::seconds(number);
            return is_positive ? 0 : -EINVAL;
        case TCP_KEEPINTVL:
            settings.keep_alive_interval = Duration::seconds(number);
            return is_positive ? 0 : -EINVAL;
        case TCP_KEEPCNT:
            settings.keep_alive_probes = static_cast<std::uint8_t>(number);
            return number > 0 && number <= 127 ? 0 : -EINVAL;
        case TCP_USER_TIMEOUT:
            settings.user_timeout = Duration::milliseconds(number);
            return number >= 0 ? 0 : -EINVAL;
        default:
            return -ENOPROTOOPT;
    }
}

int Sockets::set_option(int fd, int level, int option, void const* value, socklen_t size) {
    Socket* const socket = find(fd);
    if (socket == nullptr) return -EBADF;
    int number = 0;
    if (value == nullptr || size < sizeof number) return -EINVAL;
    std::memcpy(&number, value, sizeof number);
    bool const stream = socket->kind == Socket::Kind::stream;
    if (level == IPPROTO_TCP && !stream) return -ENOPROTOOPT;
    if (level == SOL_SOCKET && option == SO_LINGER) {
        linger value_of{};
        if (size < sizeof value_of) return -EINVAL;
        std::memcpy(&value_of, value, sizeof value_of);
        socket->resets_at_close = value_of.l_onoff != 0 && value_of.l_linger == 0;
        return 0;
    }
    if (level == IPPROTO_IPV6 && option == IPV6_V6ONLY) {
        if (!socket->six) return -ENOPROTOOPT;
        if (socket->id) return -EINVAL;  // it listens already, or is connected
        socket->only_six = number != 0;
        socket->kept[{level, option}] = number != 0;
        return 0;
    }
    if (level == IPPROTO_IPV6 && !socket->six) return -ENOPROTOOPT;
    if (stream &&
        (level == IPPROTO_TCP || level == IPPROTO_IP || level == IPPROTO_IPV6 || option == SO_KEEPALIVE)) {
        net::tcp::Settings settings = socket->id ? stack_.tcp().settings(socket->id) : net::tcp::Settings();
        if (int const wrong = change(settings, level, option, number); wrong != 0) return wrong;
        socket->kept[{level, option}] = number;
        if (socket->id) stack_.tcp().configure(socket->id, settings);
        return 0;
    }
    // They change nothing that a peer sees here. All buffers are as large as the library's flags
    // say; Linux doubles what it is told, for its own book-keeping.
    bool const size_of_buffer = level == SOL_SOCKET && (option == SO_SNDBUF || option == SO_RCVBUF);
    bool const harmless =
        size_of_buffer || (level == SOL_SOCKET && (option == SO_REUSEADDR || option == SO_REUSEPORT));
    if (!harmless) return -ENOPROTOOPT;
    socket->kept[{level, option}] = size_of_buffer ? 2 * number : number;
    return 0;
}

int Sockets::control(int fd, unsigned long request, void* argument) {
    Socket* const socket = find(fd);
    if (socket == nullptr) return -EBADF;
    auto const information = stack_.tcp().information(socket->id);
    int number = 0;
    switch (request) {
        case FIONBIO:
            std::memcpy(&number, argument, sizeof number);
            socket->nonblocking = number != 0;
            return 0;
        case FIONREAD:  // SIOCINQ
            if (!information) return -EINVAL;
            number = static_cast<int>(information.value().unread);
            break;
        case TIOCOUTQ:  // SIOCOUTQ
            if (!information) return -EINVAL;
            number = static_cast<int>(information.value().unacknowledged);
            break;
        default:
            return -ENOTTY;
    }
    std::memcpy(argument, &number, sizeof number);
    return 0;
}

std::uint32_t Sockets::unread(int fd) {
    Socket* const socket = find(fd);
    if (socket == nullptr || socket->kind != Socket::Kind::stream) return 0;
    auto const information = stack_.tcp().information(socket->id);
    return information ? information.value().unread : 0;
}

short Sockets::events(int fd) {
    Socket* const socket = find(fd);
    if (socket == nullptr) return POLLNVAL;
    if (!socket->id) return socket->kind == Socket::Kind::stream ? POLLOUT | POLLHUP : POLLOUT;
    bool const stream = socket->kind == Socket::Kind::stream;
    net::Readiness const ready =
        stream ? stack_.tcp().readiness(socket->id) : stack_.udp().readiness(socket->id);
    short result = 0;
    if (ready.readable) result |= POLLIN;
    if (ready.writable) result |= POLLOUT;
    if (ready.hung_up) result |= POLLHUP;
    if (ready.failed && !socket->told_error) result |= POLLERR;
    // The peer sends no more: what Linux calls RDHUP.
    if (stream && stack_.tcp().state(socket->id) >= net::tcp::State::CloseWait) result |= POLLRDHUP;
    return result;
}

}  // namespace conformance
