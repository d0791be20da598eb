// SPDX-License-Identifier: MIT
//
// What an application may choose of its sockets, and ask of them. One function an option, so
// that an image has those that it uses and no others:
//
//     platform::StreamOptions options(socket);   // or of a listener: for all that it accepts
//     TRY(options.set_keep_alive(platform::KeepAlive{base::Duration::seconds(60)}));
//     base::log_info("{}", TRY(options.information()));
//
// Every function may be called from any thread that may use the socket; only connect() waits. All fail
// with InvalidSocket once the socket is closed, and with InvalidValue, which changes nothing,
// if there is no such choice. net::usual_name() has the names that other systems use: EBADF
// and EINVAL are these two. There is no ENOPROTOOPT: what a kind of socket has not got does not
// compile.
//
//     option                       others call it                    RFC 9293
//     set_no_delay                 TCP_NODELAY                       §3.7.4, MUST-17
//     set_keep_alive               SO_KEEPALIVE, TCP_KEEPIDLE,       §3.8.4, MAY-5
//                                  TCP_KEEPINTVL, TCP_KEEPCNT
//     set_linger                   SO_LINGER                         §3.6, §3.10.5
//     set_send_buffer, set_receive_buffer  SO_SNDBUF, SO_RCVBUF      §3.8.6
//     set_user_timeout             TCP_USER_TIMEOUT                  §3.8.3, MUST-21; RFC 5482
//     Opening::reuse, bind(shared) SO_REUSEADDR                      §3.6.1, RFC 6191
//     listen(versions), bind(versions)  IPV6_V6ONLY                  RFC 3493 §5.3
//     timeouts() of the sockets    SO_RCVTIMEO, SO_SNDTIMEO
//     local(), peer(), error(), information()  getsockname, getpeername, SO_ERROR, TCP_INFO
//
// A listener may always have its port again while connections of an earlier one live or wait in
// TIME-WAIT: for that SO_REUSEADDR is not needed. (MUST-41, MUST-42)
#pragma once

#include <cstdint>
#include <optional>

#include "kernel/base/result.hpp"
#include "kernel/base/time.hpp"
#include "kernel/net/socket.hpp"
#include "kernel/net/tcp/sockets.hpp"
#include "kernel/net/udp/sockets.hpp"
#include "kernel/platform/socket.hpp"
#include "kernel/platform/udp_socket.hpp"

namespace platform {

// When to ask a silent peer whether it is still there.
struct KeepAlive {
    base::Duration idle = base::Duration::seconds(7200);    // nothing came for so long; 1 s to 32767 s
    base::Duration interval = base::Duration::seconds(75);  // between questions; 1 s to 32767 s
    std::uint8_t probes = 9;                                // so many are not answered: TimedOut; 1 to 127
};

// What a connection begins with.
struct Opening {
    // An address of ours, or any; a port, or one of the stack's choice. InvalidAddress: it is
    // not ours. AddressInUse: there is such a connection to the same peer.
    net::Endpoint local{};
    // One that is over, a second ago or more, and waits in TIME-WAIT is none if both had time
    // stamps. [rfc7323 §5.8]
    bool reuse = false;
    net::tcp::Settings settings{};  // put right where they are not allowed
};

base::Result<TcpSocket, net::Error> connect(Network& network, net::Endpoint remote, Opening const& opening,
                                            base::Instant deadline = base::Instant::never());

// At one address of ours, or at all of some versions: OnlyV6 is what others call IPV6_V6ONLY, and
// leaves the port of IPv4 to somebody else. [rfc3493 §5.3]
base::Result<TcpListener, net::Error> listen(Network& network, net::Endpoint local, std::uint16_t backlog,
                                             net::Versions versions);

class StreamOptions {
public:
    using Duration = base::Duration;
    using Outcome = base::Result<void, net::Error>;
    template <class T>
    using Answer = base::Result<T, net::Error>;

    // The socket may be moved meanwhile, and closed.
    explicit StreamOptions(TcpSocket const& socket) : network_(socket.network()), id_(socket.id()) {}
    explicit StreamOptions(TcpListener const& listener) : network_(listener.network()), id_(listener.id()) {}

    // Small segments leave at once, and do not wait for the ACK of earlier ones.
    Outcome set_no_delay(bool on);
    // Nothing: nobody is asked, as at first.
    Outcome set_keep_alive(std::optional<KeepAlive> const& choice);
    // How long after close() what was written may still be on its way, before the connection is
    // reset; 0: at once, and the peer sees a reset. Nothing: as long as it takes, as at first.
    // close() itself never waits.
    Outcome set_linger(std::optional<Duration> after);
    // How long the peer may acknowledge nothing before the connection fails with TimedOut. 0: as
    // long as the stack does by itself, 100 s. What is not data but SYNs has its own time.
    Outcome set_user_timeout(Duration after);
    // Octets, 1 KiB at least; at most as many as the stack gives everybody, which depends on
    // the memory of the machine: chosen() says what became of it. What is in a buffer already
    // stays, and no window is taken back.
    Outcome set_send_buffer(std::uint32_t octets);
    Outcome set_receive_buffer(std::uint32_t octets);

    // All of it, as it is now.
    Answer<net::tcp::Settings> chosen() const;

    // Of connections only; a listener is NotConnected.
    Answer<net::Endpoint> local() const;
    Answer<net::Endpoint> peer() const;
    // Why the connection failed; WouldBlock: it did not. Asking does not change it.
    net::Error error() const;
    // State, round trips, windows, what was sent and came, what was agreed. Sizes in octets.
    Answer<net::tcp::Information> information() const;

private:
    template <class Change>
    Outcome change(bool is_allowed, Change const& change);

    Network* network_;
    net::SocketId id_;
};

class DatagramOptions {
public:
    using Outcome = base::Result<void, net::Error>;
    template <class T>
    using Answer = base::Result<T, net::Error>;

    explicit DatagramOptions(UdpSocket const& socket) : network_(socket.network()), id_(socket.id()) {}

    // Octets of data that may wait to be read, 1 KiB at least; at first only the number of
    // datagrams has a bound. What does not fit is dropped, and counted. There is no buffer for
    // sending: all sockets share the stack's queue, whose end send() waits for.
    Outcome set_receive_buffer(std::uint32_t octets);

    Answer<net::Endpoint> peer() const;  // NotConnected: there is none
    // What ICMP said of the peer, told once, here or by the next call; WouldBlock: nothing.
    // [rfc1122 §4.1.3.3]
    net::Error take_error();
    Answer<net::udp::Information> information() const;

private:
    Network* network_;
    net::SocketId id_;
};

}  // namespace platform
