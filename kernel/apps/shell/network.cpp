// SPDX-License-Identifier: MIT
//
// The shell's look at the network.
#include "kernel/apps/shell/commands.hpp"
#include "kernel/net/address_text.hpp"

namespace apps {
namespace {

using base::print;

void show_end(Terminal& out, net::Endpoint const& end) {
    print(out, "{}:{}  ", end.address.v4(), end.port.value());
}

}  // namespace

void show_network(Call const& call) {
    if (call.network == nullptr) return print(call.out, "netstat: this machine has no network\n");
    auto const& card = call.network->statistics();
    auto const own = call.network->address();
    print(call.out, "address {}/{}, gateway {}\n", own.address, own.prefix_length, own.gateway);
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

}  // namespace apps
