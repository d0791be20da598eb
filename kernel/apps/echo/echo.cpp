// SPDX-License-Identifier: MIT
//
// The echo service, over TCP and over UDP: what comes in goes out. How little a
// server needs: a thread for each connection, one for all datagrams. [rfc862]
#include <array>

#include "kernel/apps/app.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/net/address_text.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/platform/ipv6_word.hpp"
#include "kernel/platform/network.hpp"
#include "kernel/platform/socket.hpp"
#include "kernel/platform/socket_options.hpp"
#include "kernel/platform/udp_socket.hpp"
#include "kernel/threads/thread.hpp"

constinit char const apps::help[] =
    "  exit-after=N    end with status 0 after N connections\n"
    "  report          say of each connection, at its end, what it was like\n"
    "  no-delay        small segments leave at once\n"
    "  keep-alive=S    ask a peer that was silent for S seconds whether it is there\n"
    "  user-timeout=S  give up a peer that acknowledges nothing for S seconds\n"
    "  idle-timeout=S  close a connection on which nothing came for S seconds\n"
    "  buffers=N       octets that each connection may have in either direction\n";

namespace {

constexpr net::Port echo_port(7);
constexpr net::Port first_of_clients(1024);

bool reports = false;
base::Duration idle_timeout;  // 0: none

void report(platform::TcpSocket const& socket, net::Error end) {
    auto const seen = platform::StreamOptions(socket).information();
    if (!seen) return;
    char const* const why = end == net::Error::WouldBlock ? "the end" : net::usual_name(end);
    base::log_info("echo: {}: {}", seen.value().remote, why);
    base::log_info("echo: {}", seen.value());
}

void echo(void* argument) {
    auto* const socket = static_cast<platform::TcpSocket*>(argument);
    std::array<std::uint8_t, 2048> buffer;
    net::Error end = net::Error::WouldBlock;  // none: the peer's stream ended
    (void)socket->timeouts().set_receive(idle_timeout);
    for (;;) {
        auto const got = socket->read(buffer);
        if (!got) end = got.error();
        if (!got || got.value() == 0) break;
        auto const sent = socket->write(std::span(buffer).first(got.value()));
        if (!sent) end = sent.error();
        if (!sent) break;
    }
    if (reports) report(*socket, end);
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

// The words of the command line, as the listener's options: all that it accepts have them.
platform::StreamOptions::Outcome choose(base::CommandLine& words, platform::TcpListener const& listener) {
    constexpr std::uint64_t longest = 32'767;
    constexpr auto seconds = [](std::uint64_t n) {
        return base::Duration::seconds(static_cast<std::int64_t>(n));
    };
    platform::StreamOptions options(listener);
    reports = words.has("report");
    idle_timeout = seconds(words.number("idle-timeout", 0, longest).value_or(0));
    if (words.has("no-delay")) TRY(options.set_no_delay(true));
    if (auto const n = words.number("keep-alive", 1, longest))
        TRY(options.set_keep_alive(platform::KeepAlive{seconds(*n)}));
    if (auto const n = words.number("user-timeout", 0, longest)) TRY(options.set_user_timeout(seconds(*n)));
    if (auto const n = words.number("buffers", 0, UINT32_MAX)) {
        TRY(options.set_send_buffer(static_cast<std::uint32_t>(*n)));
        TRY(options.set_receive_buffer(static_cast<std::uint32_t>(*n)));
    }
    return {};
}

}  // namespace

int apps::main(Boot const& boot) {
    std::uint64_t const exit_after = boot.words.number("exit-after").value_or(0);
    platform::read_ipv6_word(boot.words);
    platform::Network* const network = platform::network();
    if (network == nullptr) return 1;
    auto listener = platform::TcpListener::listen(*network, echo_port, 16);
    auto datagrams = platform::UdpSocket::bind(*network, echo_port);
    if (!listener || !datagrams) {
        base::log_error("echo: cannot listen: {}",
                        net::name(listener ? datagrams.error() : listener.error()));
        return 1;
    }
    if (auto const chosen = choose(boot.words, listener.value()); !chosen) {
        base::log_error("echo: {}", net::usual_name(chosen.error()));
        return 1;
    }
    boot.words.warn_about_the_rest();
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
