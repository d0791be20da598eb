// SPDX-License-Identifier: MIT
#include "kernel/platform/socket_options.hpp"

#include "kernel/platform/waiting.hpp"

namespace platform {
namespace {

using net::Error;
using net::tcp::Settings;

// What fits the options of other systems.
bool is_interval(base::Duration d) {
    return d >= Settings::shortest_interval && d <= base::Duration::seconds(32'767);
}
constexpr std::uint8_t most_probes = 127;

bool is_open(net::tcp::Sockets const& tcp, net::SocketId id) {
    return tcp.state(id) == net::tcp::State::Listen || tcp.error(id) != Error::InvalidSocket;
}

}  // namespace

// ---- streams ----

template <class Change>
StreamOptions::Outcome StreamOptions::change(bool is_allowed, Change const& change) {
    if (!id_) return base::fail(Error::InvalidSocket);
    NetworkGuard guard(*network_);
    net::tcp::Sockets& tcp = network_->stack().tcp();
    if (!is_open(tcp, id_)) return base::fail(Error::InvalidSocket);
    if (!is_allowed) return base::fail(Error::InvalidValue);
    Settings settings = tcp.settings(id_);
    change(settings);
    tcp.configure(id_, settings);
    network_->flush();  // what waited may leave now
    return {};
}

StreamOptions::Outcome StreamOptions::set_no_delay(bool on) {
    return change(true, [on](Settings& settings) { settings.no_delay = on; });
}

StreamOptions::Outcome StreamOptions::set_keep_alive(std::optional<KeepAlive> const& choice) {
    bool const is_allowed = !choice || (is_interval(choice->idle) && is_interval(choice->interval) &&
                                        choice->probes >= 1 && choice->probes <= most_probes);
    return change(is_allowed, [&](Settings& settings) {
        settings.keep_alive = choice.has_value();
        if (!choice) return;
        settings.keep_alive_idle = choice->idle;
        settings.keep_alive_interval = choice->interval;
        settings.keep_alive_probes = choice->probes;
    });
}

StreamOptions::Outcome StreamOptions::set_linger(std::optional<Duration> after) {
    return change(!after || *after >= Duration(), [&](Settings& settings) { settings.linger = after; });
}

StreamOptions::Outcome StreamOptions::set_user_timeout(Duration after) {
    return change(after >= Duration(), [&](Settings& settings) { settings.user_timeout = after; });
}

StreamOptions::Outcome StreamOptions::set_send_buffer(std::uint32_t octets) {
    return change(octets >= Settings::smallest_buffer,
                  [&](Settings& settings) { settings.send_buffer = octets; });
}

StreamOptions::Outcome StreamOptions::set_receive_buffer(std::uint32_t octets) {
    return change(octets >= Settings::smallest_buffer,
                  [&](Settings& settings) { settings.receive_buffer = octets; });
}

StreamOptions::Answer<Settings> StreamOptions::chosen() const {
    if (!id_) return base::fail(Error::InvalidSocket);
    NetworkGuard guard(*network_);
    net::tcp::Sockets& tcp = network_->stack().tcp();
    if (!is_open(tcp, id_)) return base::fail(Error::InvalidSocket);
    return tcp.settings(id_);
}

StreamOptions::Answer<net::tcp::Information> StreamOptions::information() const {
    if (!id_) return base::fail(Error::InvalidSocket);
    NetworkGuard guard(*network_);
    net::tcp::Sockets& tcp = network_->stack().tcp();
    if (tcp.state(id_) == net::tcp::State::Listen) return base::fail(Error::NotConnected);
    return tcp.information(id_);
}

StreamOptions::Answer<net::Endpoint> StreamOptions::local() const { return TRY(information()).local; }

StreamOptions::Answer<net::Endpoint> StreamOptions::peer() const { return TRY(information()).remote; }

Error StreamOptions::error() const {
    if (!id_) return Error::InvalidSocket;
    NetworkGuard guard(*network_);
    net::tcp::Sockets& tcp = network_->stack().tcp();
    return tcp.state(id_) == net::tcp::State::Listen ? Error::WouldBlock : tcp.error(id_);
}

base::Result<TcpSocket, Error> connect(Network& network, net::Endpoint remote, Opening const& opening,
                                       base::Instant deadline) {
    net::tcp::Sockets& tcp = network.stack().tcp();
    net::SocketId id;
    {
        NetworkGuard guard(network);
        tcp.tell_time(now());
        id = TRY(tcp.connect(remote, opening.local, opening.reuse));
        tcp.configure(id, opening.settings);
    }
    TcpSocket socket(network, id);  // closed again if it comes to nothing
    TRY(wait_for(network, deadline, [&]() -> base::Result<void, Error> {
        net::Readiness const ready = tcp.readiness(id);
        if (ready.failed) return base::fail(tcp.error(id));
        if (!ready.writable) return base::fail(Error::WouldBlock);
        return {};
    }));
    return socket;
}

base::Result<TcpListener, Error> listen(Network& network, net::Endpoint local, std::uint16_t backlog,
                                        net::Versions versions) {
    NetworkGuard guard(network);
    return TcpListener(network, TRY(network.stack().tcp().listen(local, backlog, versions)));
}

// ---- datagrams ----

DatagramOptions::Outcome DatagramOptions::set_receive_buffer(std::uint32_t octets) {
    if (octets < Settings::smallest_buffer) return base::fail(Error::InvalidValue);
    if (!id_) return base::fail(Error::InvalidSocket);
    NetworkGuard guard(*network_);
    return network_->stack().udp().set_receive_buffer(id_, octets);
}

DatagramOptions::Answer<net::udp::Information> DatagramOptions::information() const {
    if (!id_) return base::fail(Error::InvalidSocket);
    NetworkGuard guard(*network_);
    return network_->stack().udp().information(id_);
}

DatagramOptions::Answer<net::Endpoint> DatagramOptions::peer() const {
    auto const seen = TRY(information());
    if (!seen.peer) return base::fail(Error::NotConnected);
    return *seen.peer;
}

Error DatagramOptions::take_error() {
    if (!id_) return Error::InvalidSocket;
    NetworkGuard guard(*network_);
    return network_->stack().udp().take_error(id_);
}

base::Result<UdpSocket, Error> UdpSocket::bind(Network& network, net::Port local, net::Versions versions,
                                               bool shared) {
    NetworkGuard guard(network);
    return UdpSocket(network, TRY(network.stack().udp().bind(local, versions, shared)));
}

}  // namespace platform
