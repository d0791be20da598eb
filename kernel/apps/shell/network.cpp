// SPDX-License-Identifier: MIT
//
// The shell's look at the network, and its one way to use it.
#include "kernel/apps/shell/commands.hpp"
#include "kernel/base/command_line.hpp"
#include "kernel/net/address_text.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/platform/udp_socket.hpp"

namespace apps {
namespace {

using base::print;

constexpr auto patience = base::Duration::seconds(30);
constexpr std::uint64_t last_port = 65535;

void show_end(Terminal& out, net::Endpoint const& end) { print(out, "{}  ", end); }

void show_entry(Terminal& out, net::nd::Neighbours::Entry const& entry) {
    print(out, "neighbour {}  {}{}\n", entry.address, net::nd::name(entry.state),
          entry.router ? ", router" : "");
}

// Our addresses, the routers and the neighbours of IPv6, taken at one moment.
void show_ipv6(Call const& call) {
    using net::nd::Neighbours;
    std::array<net::nd::OwnAddress, net::nd::Addresses::most> own{};
    std::array<net::nd::Routers::Router, net::nd::Routers::most_routers> routers{};
    std::array<Neighbours::Entry, 16> neighbours{};
    std::size_t count = 0;
    {
        threads::MutexGuard guard(call.network->lock());
        net::nd::Host const* const host = call.network->stack().ipv6();
        if (host == nullptr) return;
        own = host->addresses().all();
        routers = host->routers().routers();
        for (Neighbours::Entry const& entry : host->neighbours().entries())
            if (entry.state != Neighbours::Entry::State::Free && count < neighbours.size())
                neighbours[count++] = entry;
    }
    for (net::nd::OwnAddress const& each : own)
        if (each.state != net::nd::OwnAddress::State::Free)
            print(call.out, "address {}/{}, {}\n", each.address, each.prefix_length,
                  net::nd::name(each.state));
    for (auto const& each : routers)
        if (!each.address.is_unspecified()) print(call.out, "router {}\n", each.address);
    for (std::size_t i = 0; i < count; ++i) show_entry(call.out, neighbours[i]);
}

}  // namespace

void show_network(Call const& call) {
    if (call.network == nullptr) return print(call.out, "netstat: this machine has no network\n");
    auto const& card = call.network->statistics();
    auto const own = call.network->address();
    print(call.out, "address {}/{}, gateway {}\n", own.address, own.prefix_length, own.gateway);
    show_ipv6(call);
    print(call.out, "frames in {}, out {}; bytes in {}, out {}; bad {}; interrupts {}\n", card.received,
          card.sent, card.bytes_received, card.bytes_sent, card.bad_frames, card.interrupts);
    auto& connections = call.scratch.connections;
    auto& datagram_sockets = call.scratch.datagram_sockets;
    std::size_t count = 0, datagram_count = 0;
    net::Statistics seen;
    {
        threads::MutexGuard guard(call.network->lock());
        count = call.network->stack().tcp().list(connections);
        datagram_count = call.network->stack().udp().list(datagram_sockets);
        seen = call.network->stack().statistics();
    }
    for (std::size_t i = 0; i < count; ++i) {
        print(call.out, "tcp  {:<12}  ", name(connections[i].state));
        show_end(call.out, connections[i].local);
        show_end(call.out, connections[i].remote);
        print(call.out, "unread {}, unacknowledged {}\n", connections[i].unread,
              connections[i].unacknowledged);
    }
    for (std::size_t i = 0; i < datagram_count; ++i) {
        print(call.out, "udp  {:<12}  :{}  ", datagram_sockets[i].peer ? "connected" : "bound",
              datagram_sockets[i].local.value());
        if (datagram_sockets[i].peer) show_end(call.out, *datagram_sockets[i].peer);
        print(call.out, "unread {}\n", datagram_sockets[i].unread);
    }
    for (std::size_t i = 0; i < net::drop_reasons; ++i)
        if (seen.drops[i] > 0)
            print(call.out, "dropped {}: {}\n", seen.drops[i], net::description(static_cast<net::Drop>(i)));
}

void show_connections(Call const& call) {
    if (call.network == nullptr) return print(call.out, "ss: this machine has no network\n");
    auto& connections = call.scratch.connections;
    std::size_t count = 0;
    {
        threads::MutexGuard guard(call.network->lock());
        count = call.network->stack().tcp().list(connections);
    }
    for (net::tcp::Information const& each : std::span(connections).first(count)) {
        print(call.out, "{}  {}\n  {}\n", each.local, each.remote, each);
        print(call.out, "  unread {} of {}, unacknowledged {} of {}; windows {} in, {} out;{}{}{}\n",
              each.unread, each.receive_buffer, each.unacknowledged, each.send_buffer, each.receive_window,
              each.send_window, each.timestamps ? " timestamps" : "", each.sack ? " sack" : "",
              each.ecn ? " ecn" : "");
    }
}

namespace {

// Waits for one datagram, and shows what of it can be shown.
void hear(Terminal& out, platform::UdpSocket& socket) {
    out.flush();
    std::array<std::uint8_t, 256> buffer;
    auto const got = socket.receive(buffer, platform::now() + patience);
    if (!got) return print(out, "udp: {}\n", net::name(got.error()));
    auto const& [length, cut, from] = got.value();
    print(out, "{} bytes from {}{}: ", length, from, cut ? ", cut" : "");
    for (std::uint8_t const byte : std::span(buffer).first(length)) {
        char const c = byte >= ' ' && byte <= '~' ? static_cast<char>(byte) : '.';
        out.write({&c, 1});
    }
    print(out, "\n");
}

}  // namespace

void use_datagrams(Call const& call) {
    if (call.network == nullptr) return print(call.out, "udp: this machine has no network\n");
    std::string_view words = call.words;
    std::string_view const where = take_word(words), text = take_word(words);
    auto const peer = net::parse_endpoint(where, net::Port());
    std::uint64_t const own = base::parse_number(where).value_or(0);
    bool const is_peer = peer && peer->port.value() != 0 && !text.empty();
    if (!is_peer && (own == 0 || own > last_port))
        return print(call.out, "udp: want PORT, or ADDRESS:PORT WORD\n");
    auto socket = platform::UdpSocket::bind(*call.network, net::Port(static_cast<std::uint16_t>(own)));
    if (!socket) return print(call.out, "udp: {}\n", net::name(socket.error()));
    if (is_peer) {
        auto const* const bytes = reinterpret_cast<std::uint8_t const*>(text.data());
        auto done = socket.value().connect(*peer);
        if (done) done = socket.value().send({bytes, text.size()}, platform::now() + patience);
        if (!done) return print(call.out, "udp: {}\n", net::name(done.error()));
    }
    print(call.out, "listening on port {}\n", socket.value().local_port().value());
    hear(call.out, socket.value());
}

}  // namespace apps
