// SPDX-License-Identifier: MIT
//
// Datagrams: one arrives and wakes the thread that waits for it, one leaves.
#include <array>

#include "kernel/apps/costs/mark.hpp"
#include "kernel/apps/need.hpp"
#include "kernel/base/log.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/platform/network.hpp"
#include "kernel/platform/udp_socket.hpp"

namespace costs {
namespace {

constexpr net::Port port(7);
constexpr auto patience = base::Duration::milliseconds(100);

}  // namespace

void exchange_datagrams() {
    net::Ipv4Configuration own;
    own.address = net::Ipv4Address(10, 0, 2, 15);
    own.prefix_length = 24;
    platform::Network* const network = platform::network(own);
    if (network == nullptr) return;
    auto socket = apps::need(platform::UdpSocket::bind(*network, port));
    std::array<std::uint8_t, 512> buffer;
    COST_ENTRIES(packet_wake);
    for (unsigned i = 0; i < rounds; ++i) {
        COST_DATAGRAM();
        auto const got = socket.receive(buffer, platform::now() + patience);
        if (!got) {
            base::log_warning("costs: nobody sends datagrams here");
            break;
        }
        COST_END(packet_wake);
        COST_BEGIN(packet_send);
        auto const sent = socket.send(got.value().from, std::span(buffer).first(got.value().length));
        COST_END(packet_send);
        if (!sent) break;
    }
    COST_STOP();
}

}  // namespace costs
