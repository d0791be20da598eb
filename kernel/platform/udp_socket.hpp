// SPDX-License-Identifier: MIT
//
// UDP sockets that block, and give up at a deadline. try_send() and
// try_receive() never block; what they send leaves at the thread's next wait, or
// at Network::flush(). [rfc768]
//
//     auto socket = TRY(platform::UdpSocket::bind(network, net::Port(7)));
//     auto const got = TRY(socket.receive(buffer));
//     TRY(socket.send(got.from, {buffer.data(), got.length}));
//
// A socket belongs to one object, which closes it at its end. One thread may
// receive while another sends; nothing else may be shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "kernel/base/result.hpp"
#include "kernel/base/time.hpp"
#include "kernel/net/socket.hpp"
#include "kernel/net/udp/sockets.hpp"
#include "kernel/platform/network.hpp"
#include "kernel/platform/timeouts.hpp"

namespace platform {

class UdpSocket {
public:
    using Received = net::udp::Received;  // how much, from whom, was it cut

    UdpSocket() = default;
    UdpSocket(UdpSocket&& other)
        : network_(other.network_), id_(std::exchange(other.id_, {})), timeouts_(other.timeouts_) {}
    UdpSocket& operator=(UdpSocket&& other);
    ~UdpSocket() { close(); }

    // Port 0: one of the stack's choice. AddressInUse: another socket has it.
    static base::Result<UdpSocket, net::Error> bind(Network& network, net::Port local = {});
    // Of these versions of IP only; `shared`: with all others that say so, too (SO_REUSEADDR).
    // What comes then is for who is connected to its sender, or else for one that is not
    // connected.
    static base::Result<UdpSocket, net::Error> bind(Network& network, net::Port local, net::Versions versions,
                                                    bool shared = false);

    // From now on only this peer is heard, send() needs no address, and
    // ConnectionRefused or HostUnreachable tells that it is not there.
    base::Result<void, net::Error> connect(net::Endpoint peer);

    // One datagram, the oldest. What does not fit is lost, and `truncated` says so.
    base::Result<Received, net::Error> receive(std::span<std::uint8_t> into,
                                               base::Instant deadline = base::Instant::never());
    // One datagram, of at most 65,507 bytes (MessageTooLong). Sent is not arrived:
    // nobody says what becomes of it.
    base::Result<void, net::Error> send(net::Endpoint to, std::span<std::uint8_t const> data,
                                        base::Instant deadline = base::Instant::never());
    base::Result<void, net::Error> send(std::span<std::uint8_t const> data,
                                        base::Instant deadline = base::Instant::never());

    // The same without waiting: WouldBlock when nothing can be done now.
    base::Result<Received, net::Error> try_receive(std::span<std::uint8_t> into);
    base::Result<void, net::Error> try_send(net::Endpoint to, std::span<std::uint8_t const> data);

    // Also from another thread than the one that receives: its call fails with
    // InvalidSocket.
    void close();

    // Of calls that are given no deadline.
    Timeouts& timeouts() { return timeouts_; }

    net::Port local_port() const;
    bool is_open() const { return static_cast<bool>(id_); }
    net::SocketId id() const { return id_; }
    Network* network() const { return network_; }

private:
    UdpSocket(Network& network, net::SocketId id) : network_(&network), id_(id) {}
    net::udp::Sockets& sockets() const { return network_->stack().udp(); }

    Network* network_ = nullptr;
    net::SocketId id_;
    Timeouts timeouts_;
};

}  // namespace platform
