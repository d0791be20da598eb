// SPDX-License-Identifier: MIT
#include "kernel/platform/udp_socket.hpp"

#include "kernel/platform/waiting.hpp"

namespace platform {

base::Result<UdpSocket, net::Error> UdpSocket::bind(Network& network, net::Port local) {
    NetworkGuard guard(network);
    net::SocketId const id = TRY(network.stack().udp().bind(local));
    return UdpSocket(network, id);
}

UdpSocket& UdpSocket::operator=(UdpSocket&& other) {
    if (this == &other) return *this;
    close();
    network_ = other.network_;
    id_ = std::exchange(other.id_, {});
    timeouts_ = other.timeouts_;
    return *this;
}

base::Result<void, net::Error> UdpSocket::connect(net::Endpoint peer) {
    NetworkGuard guard(*network_);
    return sockets().connect(id_, peer);
}

base::Result<UdpSocket::Received, net::Error> UdpSocket::receive(std::span<std::uint8_t> into,
                                                                 base::Instant deadline) {
    return wait_for(*network_, timeouts_.receive_by(deadline), [&] { return sockets().receive(id_, into); });
}

base::Result<void, net::Error> UdpSocket::send(net::Endpoint to, std::span<std::uint8_t const> data,
                                               base::Instant deadline) {
    return wait_for(*network_, timeouts_.send_by(deadline), [&] { return sockets().send(id_, to, data); });
}

base::Result<void, net::Error> UdpSocket::send(std::span<std::uint8_t const> data, base::Instant deadline) {
    return wait_for(*network_, timeouts_.send_by(deadline), [&] { return sockets().send(id_, data); });
}

base::Result<UdpSocket::Received, net::Error> UdpSocket::try_receive(std::span<std::uint8_t> into) {
    NetworkGuard guard(*network_);
    return sockets().receive(id_, into);
}

base::Result<void, net::Error> UdpSocket::try_send(net::Endpoint to, std::span<std::uint8_t const> data) {
    NetworkGuard guard(*network_);
    return sockets().send(id_, to, data);
}

void UdpSocket::close() {
    if (!id_) return;
    NetworkGuard guard(*network_);
    network_->forget(id_);
    sockets().close(id_);
    id_ = {};
}

net::Port UdpSocket::local_port() const {
    NetworkGuard guard(*network_);
    return sockets().local_port(id_);
}

}  // namespace platform
