// SPDX-License-Identifier: MIT
//
// TCP sockets that block, and give up at a deadline. Each has its try_ form,
// which never blocks; what that sends leaves at the thread's next wait, or at
// Network::flush().
//
// What one may choose of a socket stands in socket_options.hpp.
//
// A socket belongs to one object, which closes it at its end. One thread may
// read while another writes; nothing else may be shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "kernel/base/result.hpp"
#include "kernel/base/time.hpp"
#include "kernel/net/socket.hpp"
#include "kernel/net/tcp/sockets.hpp"
#include "kernel/platform/network.hpp"
#include "kernel/platform/timeouts.hpp"

namespace platform {

class TcpSocket {
public:
    TcpSocket() = default;
    TcpSocket(Network& network, net::SocketId id) : network_(&network), id_(id) {}
    TcpSocket(TcpSocket&& other)
        : network_(other.network_), id_(std::exchange(other.id_, {})), timeouts_(other.timeouts_) {}
    TcpSocket& operator=(TcpSocket&& other);
    ~TcpSocket() { close(); }

    static base::Result<TcpSocket, net::Error> connect(Network& network, net::Endpoint remote,
                                                       base::Instant deadline = base::Instant::never());

    // At least one byte; 0 is the end of the stream.
    base::Result<std::size_t, net::Error> read(std::span<std::uint8_t> into,
                                               base::Instant deadline = base::Instant::never());
    // All of it; TimedOut if the deadline came first, with an unknown part sent.
    base::Result<void, net::Error> write(std::span<std::uint8_t const> from,
                                         base::Instant deadline = base::Instant::never());

    // The same without waiting: WouldBlock when nothing can be done now.
    base::Result<std::size_t, net::Error> try_read(std::span<std::uint8_t> into);
    base::Result<std::size_t, net::Error> try_write(std::span<std::uint8_t const> from);

    // No more bytes from us; reading goes on.
    void shutdown();
    // What was written is still delivered.
    void close();
    // The peer sees a reset.
    void abort();

    // Bytes that the peer has not acknowledged yet.
    std::uint32_t unacknowledged() const;

    // Of calls that are given no deadline.
    Timeouts& timeouts() { return timeouts_; }

    bool is_open() const { return static_cast<bool>(id_); }
    net::SocketId id() const { return id_; }
    Network* network() const { return network_; }

private:
    Network* network_ = nullptr;
    net::SocketId id_;
    Timeouts timeouts_;
};

class TcpListener {
public:
    TcpListener() = default;
    TcpListener(Network& network, net::SocketId id) : network_(&network), id_(id) {}
    TcpListener(TcpListener&& other) : network_(other.network_), id_(std::exchange(other.id_, {})) {}
    TcpListener& operator=(TcpListener&&) = delete;
    ~TcpListener() { close(); }

    // `backlog` connections may wait to be accepted; more are put off.
    static base::Result<TcpListener, net::Error> listen(Network& network, net::Port port,
                                                        std::uint16_t backlog);

    base::Result<TcpSocket, net::Error> accept(base::Instant deadline = base::Instant::never());
    base::Result<TcpSocket, net::Error> try_accept();
    // A connection waits to be accepted.
    bool has_newcomer() const;

    void close();
    net::SocketId id() const { return id_; }
    Network* network() const { return network_; }

private:
    Network* network_ = nullptr;
    net::SocketId id_;
};

}  // namespace platform
