// SPDX-License-Identifier: MIT
//
// The textbook's HTTP server: a thread for each connection, which waits where the one thread of
// main.cpp would go on to the next, and answers one request. With the textbook's TCP below it,
// this is the image http-textbook: what docs/explain/reading-path.md leads through.
//
//     exit-after=N    ends the machine with status 0 after N connections
//     ip=10.0.0.1/24  this address; without it the network is asked for one
#include <algorithm>
#include <array>

#include "kernel/apps/app.hpp"
#include "kernel/apps/http/bytes.hpp"
#include "kernel/apps/http/gather.hpp"
#include "kernel/apps/http/page.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/http/request_parser.hpp"
#include "kernel/http/router.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/net/address_text.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/platform/network.hpp"
#include "kernel/platform/socket.hpp"
#include "kernel/threads/thread.hpp"

constinit char const apps::help[] =
    "  exit-after=N  end with status 0 after N connections\n"
    "  ip=ADDRESS/PREFIX  our own address; without it the network is asked\n";

namespace {

using base::Duration;
using Progress = http::RequestParser::Progress;

constexpr auto patience = Duration::seconds(10);  // with a peer that says nothing, or takes nothing

platform::Network* network = nullptr;
std::uint64_t connections = 0;
std::size_t threads_of_ours = 0;  // that serve nobody

// ---- what is served ----

apps::Facts facts() {
    apps::Facts facts = apps::gather_facts(*network);
    facts.requests = facts.connections = connections;
    facts.open = threads::count() - threads_of_ours;
    return facts;
}
void serve_page(void*, http::Request const&, std::string_view, http::ResponseWriter& response) {
    apps::write_page(facts(), response);
}
void serve_json(void*, http::Request const&, std::string_view, http::ResponseWriter& response) {
    apps::write_json(facts(), response);
}

constexpr http::Route routes[] = {
    {http::Method::Get, http::Route::Match::Whole, "/", serve_page},
    {http::Method::Get, http::Route::Match::Whole, "/api/facts", serve_json},
    {http::Method::Get, http::Route::Match::Prefix, "/bytes/", apps::serve_bytes},
};

// ---- one connection, and its thread ----

struct Visitor {
    explicit Visitor(platform::TcpSocket&& accepted) : socket(std::move(accepted)) {}
    platform::TcpSocket socket;
    http::RequestParser parser;
    std::array<char, 11 * 1024> output;
};

// False: the peer went away, or said nothing for too long. Nobody waits for an answer then.
bool read_request(Visitor& visitor) {
    base::Instant const deadline = platform::now() + patience;
    while (visitor.parser.progress() == Progress::NeedsMore) {
        std::span<char> const room = visitor.parser.room();
        auto const got =
            visitor.socket.read({reinterpret_cast<std::uint8_t*>(room.data()), room.size()}, deadline);
        if (!got || got.value() == 0) return false;
        visitor.parser.feed(got.value());
    }
    return true;
}

bool write(Visitor& visitor, std::span<char const> text) {
    return visitor.socket
        .write({reinterpret_cast<std::uint8_t const*>(text.data()), text.size()}, platform::now() + patience)
        .ok();
}

bool answer(Visitor& visitor) {
    http::Request const& request = visitor.parser.request();
    bool const is_good = visitor.parser.progress() == Progress::Complete;
    http::ResponseWriter response(visitor.output);
    if (is_good)
        http::Router(routes).dispatch(request, response);
    else
        response.fail(visitor.parser.error());
    response.finish(false, is_good && request.method == http::Method::Head);
    PROBE(http_request, &visitor.socket, response.status());
    if (!write(visitor, response.bytes())) return false;

    // The rest of a body that is made while it is sent.
    http::BodySource const source = response.source();
    for (std::uint64_t at = 0; source && at < response.source_length();) {
        auto const piece =
            std::span(visitor.output)
                .first(std::min<std::uint64_t>(visitor.output.size(), response.source_length() - at));
        if (!source.make(source.context, source.item, source.start + at, piece)) return false;
        if (!write(visitor, piece)) return false;
        at += piece.size();
    }
    return true;
}

void serve(void* argument) {
    auto& visitor = *static_cast<Visitor*>(argument);
    if (read_request(visitor) && answer(visitor)) {
        // Closing at once would answer bytes still on their way with a reset, and a reset makes
        // the peer forget what it has not read yet. [rfc9112 §9.6]
        visitor.socket.shutdown();
        base::Instant const deadline = platform::now() + Duration::seconds(2);
        std::array<std::uint8_t, 256> rest;
        while (auto const got = visitor.socket.read(rest, deadline))
            if (got.value() == 0) break;
    }
    memory::destroy(&visitor);  // closes its socket
}

// Without memory for it, the connection is closed.
void welcome(platform::TcpSocket&& socket) {
    auto const visitor = memory::make<Visitor>(std::move(socket));
    if (!visitor) return;
    auto const thread = threads::create("visitor", serve, visitor.value());
    if (thread)
        threads::detach(thread.value());
    else
        memory::destroy(visitor.value());
}

}  // namespace

int apps::main(Boot const& boot) {
    std::uint64_t const exit_after = boot.words.number("exit-after").value_or(0);
    auto const own_text = boot.words.value("ip");
    auto const own = net::parse_ipv4_configuration(own_text.value_or(""));
    if (own_text && !own) boot.words.refuse("ip", "an address such as 10.0.0.1/24");
    boot.words.warn_about_the_rest();

    network = platform::network(own.value_or(net::Ipv4Configuration()));
    if (network == nullptr) return 1;
    auto listener = platform::TcpListener::listen(*network, net::Port(80), 64);
    if (!listener) return 1;
    (void)network->wait_for_address(platform::now() + Duration::seconds(30));
    base::log_info("http: serving one request a connection on port 80");
    PROBE_0(app_ready);

    threads_of_ours = threads::count();
    while (exit_after == 0 || connections < exit_after) {
        auto connection = listener.value().accept();
        ++connections;
        if (connection) welcome(std::move(connection).value());
    }
    while (threads::count() > threads_of_ours) threads::sleep_for(Duration::milliseconds(10));
    return network->wait_until_sent(platform::now() + Duration::seconds(5)) ? 0 : 1;
}
