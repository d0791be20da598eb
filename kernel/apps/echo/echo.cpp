// SPDX-License-Identifier: MIT
//
// The echo service: what comes in goes out, a thread for each connection. How
// little a server needs. [rfc862]
#include <array>

#include "kernel/apps/app.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/platform/network.hpp"
#include "kernel/platform/socket.hpp"
#include "kernel/threads/thread.hpp"

constinit char const apps::help[] = "  exit-after=N  end with status 0 after N connections\n";

namespace {

constexpr net::Port echo_port(7);

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

}  // namespace

int apps::main(Boot const& boot) {
    std::uint64_t const exit_after = boot.words.number("exit-after").value_or(0);
    boot.words.warn_about_the_rest();
    platform::Network* const network = platform::network();
    if (network == nullptr) return 1;
    auto listener = platform::TcpListener::listen(*network, echo_port, 16);
    if (!listener) {
        base::log_error("echo: cannot listen: {}", net::name(listener.error()));
        return 1;
    }
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
    return network->wait_until_sent(platform::now() + base::Duration::seconds(30)) ? 0 : 1;
}
