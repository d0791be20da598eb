// SPDX-License-Identifier: MIT
#include "kernel/net/udp/sockets.hpp"

#include <cstring>

#include "kernel/net/nd/host.hpp"

namespace net::udp {
namespace {

// Ports that nobody has a claim on. [rfc6335 §6]
constexpr std::uint16_t first_dynamic = 49'152;
constexpr std::uint16_t dynamic_ports = 16'384;

}  // namespace

Sockets::~Sockets() {
    for (std::size_t i = 0; i < sockets_.size(); ++i)
        if (sockets_[i].used) close(name(i));
}

base::Result<SocketId, Error> Sockets::bind(Port local, Versions versions, bool shared) {
    if (local.is_any()) local = choose_port(versions);
    if (is_taken(local, versions, shared)) return base::fail(Error::AddressInUse);
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
        Socket& socket = sockets_[i];
        if (socket.used) continue;
        socket.used = true;
        socket.port = local;
        socket.versions = versions;
        socket.shared = shared;
        return name(i);
    }
    return base::fail(Error::NoMemory);
}

base::Result<void, Error> Sockets::connect(SocketId id, Endpoint peer) {
    Socket* socket = find(id);
    if (socket == nullptr) return base::fail(Error::InvalidSocket);
    bool const is_unicast = peer.address.is_v4() ? peer.address.v4().is_unicast()
                                                 : six_ != nullptr && peer.address.v6().is_unicast();
    if (!is_unicast || peer.port.is_any() || !includes(socket->versions, peer.address))
        return base::fail(Error::InvalidAddress);
    socket->peer = peer;
    socket->error.reset();
    while (socket->first != nullptr) drop_first(*socket);  // from whomever they were
    return {};
}

base::Result<void, Error> Sockets::send(SocketId id, Bytes data) {
    Socket const* socket = find(id);
    if (socket == nullptr) return base::fail(Error::InvalidSocket);
    if (!socket->peer) return base::fail(Error::NotConnected);
    return send(id, *socket->peer, data);
}

base::Result<IpAddress, Error> Sockets::source_for(IpAddress destination) const {
    if (!destination.is_v4()) {
        if (six_ == nullptr) return base::fail(Error::NetworkUnreachable);
        return IpAddress(TRY(six_->source_for(destination.v6())));
    }
    if (!own_.is_configured()) return base::fail(Error::NetworkUnreachable);
    return IpAddress(own_.address);
}

// The error that stands since the last call, told once.
base::Result<void, Error> Sockets::check(Socket& socket) {
    if (!socket.error) return {};
    Error const error = *socket.error;
    socket.error.reset();
    return base::fail(error);
}

base::Result<void, Error> Sockets::send(SocketId id, Endpoint to, Bytes data) {
    Socket* socket = find(id);
    if (socket == nullptr) return base::fail(Error::InvalidSocket);
    TRY(check(*socket));
    if (to.address.is_unspecified() || to.port.is_any() || !includes(socket->versions, to.address))
        return base::fail(Error::InvalidAddress);
    IpAddress const source = TRY(source_for(to.address));
    constexpr std::size_t headers = wire::Ipv4Header::size + wire::UdpHeader::size;
    if (data.size() > wire::Ipv4Header::largest_packet - headers) return base::fail(Error::MessageTooLong);

    std::size_t const length = wire::UdpHeader::size + data.size();
    bool const has_room = output_.has_room(length);
    if (socket->wants_room_for != 0) --without_;
    socket->wants_room_for = has_room ? 0 : length;
    if (!has_room) {
        ++without_;
        return base::fail(Error::WouldBlock);
    }
    Packet* packet = output_.make(length);
    if (packet == nullptr) return base::fail(Error::NoMemory);
    packet->source = source;
    packet->destination = to.address;
    packet->protocol = wire::IpProtocol::Udp;
    if (!data.empty()) std::memcpy(packet->data() + wire::UdpHeader::size, data.data(), data.size());
    wire::UdpHeader header;
    header.source = socket->port;
    header.destination = to.port;
    header.length = static_cast<std::uint16_t>(packet->length);
    header.emit(packet->bytes(), packet->source, packet->destination);
    output_.push(packet);
    return {};
}

base::Result<Received, Error> Sockets::receive(SocketId id, MutableBytes out) {
    Socket* socket = find(id);
    if (socket == nullptr) return base::fail(Error::InvalidSocket);
    TRY(check(*socket));
    if (socket->first == nullptr) return base::fail(Error::WouldBlock);
    Datagram* datagram = pop(*socket);
    Received received;
    received.from = datagram->from;
    received.truncated = datagram->length > out.size();
    received.length = received.truncated ? out.size() : datagram->length;
    if (received.length > 0) std::memcpy(out.data(), datagram->data(), received.length);
    memory_.release(datagram, sizeof(Datagram) + datagram->length);
    return received;
}

void Sockets::close(SocketId id) {
    Socket* socket = find(id);
    if (socket == nullptr) return;
    while (socket->first != nullptr) drop_first(*socket);
    if (socket->newly_ready) --ready_;
    if (socket->wants_room_for != 0) --without_;
    std::uint16_t const next_generation = static_cast<std::uint16_t>(socket->generation + 1);
    *socket = Socket{};
    socket->generation = next_generation;
}

Readiness Sockets::readiness(SocketId id) const {
    Socket const* socket = find(id);
    Readiness readiness;
    if (socket == nullptr) return readiness;
    readiness.failed = socket->error.has_value();
    readiness.readable = socket->first != nullptr || readiness.failed;
    readiness.writable = output_.has_room(socket->wants_room_for);
    return readiness;
}

Port Sockets::local_port(SocketId id) const {
    Socket const* socket = find(id);
    return socket == nullptr ? Port() : socket->port;
}

std::size_t Sockets::list(std::span<Information> out) const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < sockets_.size() && count < out.size(); ++i)
        if (Socket const& socket = sockets_[i]; socket.used) out[count++] = information_of(socket);
    return count;
}

Information Sockets::information_of(Socket const& socket) {
    return {socket.port, socket.versions, socket.peer, socket.queued, socket.octets};
}

base::Result<Information, Error> Sockets::information(SocketId id) const {
    Socket const* socket = find(id);
    if (socket == nullptr) return base::fail(Error::InvalidSocket);
    return information_of(*socket);
}

base::Result<void, Error> Sockets::set_receive_buffer(SocketId id, std::uint32_t octets) {
    Socket* socket = find(id);
    if (socket == nullptr) return base::fail(Error::InvalidSocket);
    socket->most_octets = octets;
    return {};
}

Error Sockets::take_error(SocketId id) {
    Socket* socket = find(id);
    if (socket == nullptr) return Error::InvalidSocket;
    auto const standing = check(*socket);
    return standing ? Error::WouldBlock : standing.error();
}

bool Sockets::on_datagram(wire::UdpHeader const& header, Endpoint from, Bytes data) {
    // [lab:11-on-datagram]
    Socket* socket = find(header.destination, from);
    if (socket == nullptr) return false;
    std::size_t const size = sizeof(Datagram) + data.size();
    bool const has_room =
        socket->queued < limits_.datagrams_per_socket && socket->octets + data.size() <= socket->most_octets;
    void* place = has_room ? memory_.allocate(size, alignof(Datagram)) : nullptr;
    if (place == nullptr) {
        statistics_.count(Drop::UdpQueueFull);
        return true;
    }
    Datagram* datagram = ::new (place) Datagram();
    datagram->from = from;
    datagram->length = static_cast<std::uint32_t>(data.size());
    if (!data.empty()) std::memcpy(datagram->data(), data.data(), data.size());
    (socket->last == nullptr ? socket->first : socket->last->next) = datagram;
    socket->last = datagram;
    ++socket->queued;
    socket->octets += datagram->length;
    notice(*socket);
    return true;
    // [/lab:11-on-datagram]
}

void Sockets::on_icmp_error(Port local, Endpoint remote, Error error) {
    Socket* socket = find(local, remote);
    if (socket == nullptr) return statistics_.count(Drop::IcmpBadQuote);
    // It may have sent there; which of its datagrams, and whether, nobody has noted.
    if (!socket->peer) return statistics_.count(Drop::IcmpUnheard);
    socket->error = error;
    notice(*socket);
}

void Sockets::notice(Socket& socket) {
    if (!socket.newly_ready) ++ready_;
    socket.newly_ready = true;
}

SocketId Sockets::next_ready() {
    if (!has_ready()) return SocketId();
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
        Socket& socket = sockets_[i];
        if (socket.wants_room_for != 0 && output_.has_room(socket.wants_room_for)) {
            socket.wants_room_for = 0;
            --without_;
            notice(socket);
        }
        if (!socket.newly_ready) continue;
        socket.newly_ready = false;
        --ready_;
        return name(i);
    }
    return SocketId();
}

Sockets::Socket* Sockets::find(SocketId id) {
    if (id.kind() != SocketId::Kind::Datagram || id.index() >= sockets_.size()) return nullptr;
    Socket& socket = sockets_[id.index()];
    return socket.used && socket.generation == id.generation() ? &socket : nullptr;
}

// Of several that share the port, who is connected to the peer comes first.
Sockets::Socket* Sockets::find(Port port, Endpoint peer) {
    Socket* found = nullptr;
    for (Socket& socket : sockets_) {
        if (!socket.used || socket.port != port || !includes(socket.versions, peer.address)) continue;
        if (socket.peer == peer) return &socket;
        if (!socket.peer) found = &socket;
    }
    return found;
}

bool Sockets::is_taken(Port port, Versions versions, bool shared) const {
    for (Socket const& socket : sockets_)
        if (socket.used && socket.port == port && overlap(socket.versions, versions) &&
            !(shared && socket.shared))
            return true;
    return false;
}

// Not the next one but any one: a stranger should not guess it. [rfc6056 §3.3.1]
Port Sockets::choose_port(Versions versions) {
    for (;;) {  // ends: there are far more ports than sockets
        Port const port(static_cast<std::uint16_t>(first_dynamic + random_.next() % dynamic_ports));
        if (!is_taken(port, versions, false)) return port;
    }
}

Sockets::Datagram* Sockets::pop(Socket& socket) {
    Datagram* datagram = socket.first;
    socket.first = datagram->next;
    if (socket.first == nullptr) socket.last = nullptr;
    --socket.queued;
    socket.octets -= datagram->length;
    return datagram;
}

void Sockets::drop_first(Socket& socket) {
    Datagram* datagram = pop(socket);
    memory_.release(datagram, sizeof(Datagram) + datagram->length);
}

}  // namespace net::udp
