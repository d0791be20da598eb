// SPDX-License-Identifier: MIT
//
// The echo service, over TCP and over UDP: what comes in goes out. How little a
// server needs: a thread for each connection, one for all datagrams. [rfc862]
#include <array>

#include "kernel/apps/app.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/platform/ipv6_word.hpp"
#include "kernel/platform/network.hpp"
#include "kernel/platform/socket.hpp"
#include "kernel/platform/udp_socket.hpp"
#include "kernel/threads/thread.hpp"

constinit char const apps::help[] = "  exit-after=N  end with status 0 after N connections\n";

namespace {

constexpr net::Port echo_port(7);
constexpr net::Port first_of_clients(1024);

void echo(void* argument) {
    auto* const socket = static_cast<platform::TcpSocket*>(argument);
    std::array<std::uint8_t, 2048> buffer;
    for (;;) {
        auto const got = socket->read(buffer);
        if (!got || got.value() == 0) break;
        if (!socket->write(std::span(buffer).first(got.value()))) break;
    }
    memory::destroy(socket);  // closes it
}

// False: no memory for it; the connection is closed.
bool serve(platform::TcpSocket&& connection) {
    auto const socket = memory::make<platform::TcpSocket>(std::move(connection));
    if (!socket) return false;
    auto const thread = threads::create("echo", echo, socket.value());
    if (!thread) {
        memory::destroy(socket.value());
        return false;
    }
    threads::detach(thread.value());
    return true;
}

// A service answers no service: two that echo would never stop.
void echo_datagrams(void* argument) {
    auto& socket = *static_cast<platform::UdpSocket*>(argument);
    static std::array<std::uint8_t, 16 * 1024> buffer;
    for (;;) {
        auto const got = socket.receive(buffer);
        if (!got) return;  // it was closed
        if (got.value().from.port.value() < first_of_clients.value()) continue;
        (void)socket.send(got.value().from, std::span(buffer).first(got.value().length));
    }
}

}  // namespace

int apps::main(Boot const& boot) {
    std::uint64_t const exit_after = boot.words.number("exit-after").value_or(0);
    platform::read_ipv6_word(boot.words);
    boot.words.warn_about_the_rest();
    platform::Network* const network = platform::network();
    if (network == nullptr) return 1;
    auto listener = platform::TcpListener::listen(*network, echo_port, 16);
    auto datagrams = platform::UdpSocket::bind(*network, echo_port);
    if (!listener || !datagrams) {
        base::log_error("echo: cannot listen: {}",
                        net::name(listener ? datagrams.error() : listener.error()));
        return 1;
    }
    auto const datagram_thread = threads::create("datagrams", echo_datagrams, &datagrams.value());
    if (!datagram_thread) base::log_warning("echo: no memory for a thread: TCP only");
    (void)network->wait_for_address(platform::now() + base::Duration::seconds(30));
    base::log_info("echo: listening on port 7");
    PROBE_0(app_ready);
    std::size_t const threads_of_ours = threads::count();
    for (std::uint64_t served = 0; exit_after == 0 || served < exit_after; ++served) {
        auto connection = listener.value().accept();
        if (!connection || !serve(std::move(connection).value()))
            base::log_warning("echo: a connection was lost");
    }
    // The last ones may still talk.
    while (threads::count() > threads_of_ours) threads::sleep_for(base::Duration::milliseconds(10));
    bool const sent = network->wait_until_sent(platform::now() + base::Duration::seconds(30));
    datagrams.value().close();
    if (datagram_thread) threads::join(datagram_thread.value());
    return sent ? 0 : 1;
}
