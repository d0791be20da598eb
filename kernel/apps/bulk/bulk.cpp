// SPDX-License-Identifier: MIT
//
// Bytes as fast as they go, one way each: port 9 takes and forgets all that comes,
// port 19 gives until the peer has had enough. What `viv bench net` measures a
// stream with. [rfc863] [rfc864]
#include <array>

#include "kernel/apps/app.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/net/address_text.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/platform/network.hpp"
#include "kernel/platform/socket.hpp"
#include "kernel/threads/thread.hpp"

constinit char const apps::help[] = "  ip=ADDRESS/PREFIX  our own address; without it the network is asked\n";

namespace {

using platform::TcpListener;
using platform::TcpSocket;

constexpr net::Port discard_port(9), character_port(19);
constexpr std::size_t piece = 64 * 1024;

void take_all(TcpSocket& socket) {
    static std::array<std::uint8_t, piece> buffer;  // everybody's: nobody looks into it
    std::uint64_t bytes = 0;
    for (;;) {
        auto const got = socket.read(buffer);
        if (!got || got.value() == 0) break;
        bytes += got.value();
    }
    base::log_info("bulk: took {} bytes", bytes);
}

// Lines of printable characters. [rfc864 §2]
struct Characters {
    std::array<std::uint8_t, piece> bytes{};
    constexpr Characters() {
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = i % 74 == 72 ? '\r' : i % 74 == 73 ? '\n' : static_cast<std::uint8_t>(' ' + i % 74);
    }
};

constinit Characters const characters;

void give_for_ever(TcpSocket& socket) {
    while (socket.write(characters.bytes)) {
    }
}

struct Service {
    TcpListener listener;
    void (*serve)(TcpSocket&);
};

struct Visit {
    TcpSocket socket;
    void (*serve)(TcpSocket&);
};

void run_visit(void* argument) {
    auto* const visit = static_cast<Visit*>(argument);
    visit->serve(visit->socket);
    memory::destroy(visit);  // closes it
}

void accept_for_ever(void* argument) {
    auto& service = *static_cast<Service*>(argument);
    for (;;) {
        auto connection = service.listener.accept();
        if (!connection) return;
        auto const visit = memory::make<Visit>(std::move(connection).value(), service.serve);
        if (!visit) continue;  // it is closed
        auto const thread = threads::create("visit", run_visit, visit.value());
        if (thread)
            threads::detach(thread.value());
        else
            memory::destroy(visit.value());
    }
}

}  // namespace

int apps::main(Boot const& boot) {
    auto const own_text = boot.words.value("ip");
    boot.words.warn_about_the_rest();
    auto const own = net::parse_ipv4_configuration(own_text.value_or(""));
    if (own_text && !own) boot.words.refuse("ip", "an address such as 10.0.0.1/24");
    platform::Network* const network = platform::network(own.value_or(net::Ipv4Configuration()));
    if (network == nullptr) return 1;
    auto takes = TcpListener::listen(*network, discard_port, 16);
    auto gives = TcpListener::listen(*network, character_port, 16);
    if (!takes || !gives) {
        base::log_error("bulk: cannot listen: {}", net::name(takes ? gives.error() : takes.error()));
        return 1;
    }
    Service taker{std::move(takes).value(), take_all};
    Service giver{std::move(gives).value(), give_for_ever};
    auto const thread = threads::create("giver", accept_for_ever, &giver);
    if (!thread) {
        base::log_error("bulk: no memory for a thread");
        return 1;
    }
    (void)network->wait_for_address(platform::now() + base::Duration::seconds(30));
    base::log_info("bulk: taking on port 9, giving on port 19");
    PROBE_0(app_ready);
    accept_for_ever(&taker);
    return 1;
}
