// SPDX-License-Identifier: MIT
#include "kernel/platform/socket.hpp"

#include "kernel/platform/waiting.hpp"

namespace platform {

// --- a connection ----------------------------------------------------------

TcpSocket& TcpSocket::operator=(TcpSocket&& other) {
    if (this == &other) return *this;
    close();
    network_ = other.network_;
    id_ = std::exchange(other.id_, {});
    timeouts_ = other.timeouts_;
    return *this;
}

base::Result<TcpSocket, net::Error> TcpSocket::connect(Network& network, net::Endpoint remote,
                                                       base::Instant deadline) {
    net::SocketId id;
    {
        NetworkGuard guard(network);
        id = TRY(network.stack().tcp().connect(remote));
    }
    TcpSocket socket(network, id);  // closed again if it comes to nothing
    TRY(wait_for(network, deadline, [&]() -> base::Result<void, net::Error> {
        net::tcp::Sockets& tcp = network.stack().tcp();
        net::Readiness const ready = tcp.readiness(id);
        if (ready.failed) return base::fail(tcp.error(id));
        if (!ready.writable) return base::fail(net::Error::WouldBlock);
        return {};
    }));
    return socket;
}

base::Result<std::size_t, net::Error> TcpSocket::read(std::span<std::uint8_t> into, base::Instant deadline) {
    deadline = timeouts_.receive_by(deadline);
    return wait_for(*network_, deadline, [&] { return network_->stack().tcp().receive(id_, into); });
}

base::Result<void, net::Error> TcpSocket::write(std::span<std::uint8_t const> from, base::Instant deadline) {
    deadline = timeouts_.send_by(deadline);
    while (!from.empty()) {
        std::size_t const sent =
            TRY(wait_for(*network_, deadline, [&] { return network_->stack().tcp().send(id_, from); }));
        from = from.subspan(sent);
    }
    return {};
}

base::Result<std::size_t, net::Error> TcpSocket::try_read(std::span<std::uint8_t> into) {
    NetworkGuard guard(*network_);
    return network_->stack().tcp().receive(id_, into);
}

base::Result<std::size_t, net::Error> TcpSocket::try_write(std::span<std::uint8_t const> from) {
    NetworkGuard guard(*network_);
    return network_->stack().tcp().send(id_, from);
}

void TcpSocket::shutdown() {
    NetworkGuard guard(*network_);
    // It fails only for a connection that is over already.
    (void)network_->stack().tcp().shutdown(id_).ok();
}

void TcpSocket::close() {
    if (!id_) return;
    NetworkGuard guard(*network_);
    network_->forget(id_);
    network_->stack().tcp().close(id_);
    network_->flush();
    id_ = {};
}

void TcpSocket::abort() {
    if (!id_) return;
    NetworkGuard guard(*network_);
    network_->forget(id_);
    network_->stack().tcp().abort(id_);
    network_->flush();
    id_ = {};
}

std::uint32_t TcpSocket::unacknowledged() const {
    if (!id_) return 0;
    NetworkGuard guard(*network_);
    auto const information = network_->stack().tcp().information(id_);
    return information ? information.value().unacknowledged : 0;
}

// --- a listener ------------------------------------------------------------

base::Result<TcpListener, net::Error> TcpListener::listen(Network& network, net::Port port,
                                                          std::uint16_t backlog) {
    NetworkGuard guard(network);
    net::SocketId const id = TRY(network.stack().tcp().listen({net::IpAddress(), port}, backlog));
    return TcpListener(network, id);
}

base::Result<TcpSocket, net::Error> TcpListener::accept(base::Instant deadline) {
    net::SocketId const id =
        TRY(wait_for(*network_, deadline, [&] { return network_->stack().tcp().accept(id_); }));
    return TcpSocket(*network_, id);
}

base::Result<TcpSocket, net::Error> TcpListener::try_accept() {
    NetworkGuard guard(*network_);
    net::SocketId const id = TRY(network_->stack().tcp().accept(id_));
    return TcpSocket(*network_, id);
}

bool TcpListener::has_newcomer() const {
    NetworkGuard guard(*network_);
    return network_->stack().tcp().readiness(id_).readable;
}

void TcpListener::close() {
    if (!id_) return;
    NetworkGuard guard(*network_);
    network_->forget(id_);
    network_->stack().tcp().close(id_);
    network_->flush();
    id_ = {};
}

}  // namespace platform
