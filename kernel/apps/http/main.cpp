// SPDX-License-Identifier: MIT
//
// The HTTP server. One thread serves all connections: it waits until some of
// them are ready, gives each a turn, and waits again.
//
//     exit-after=N    ends the machine with status 0 after N answers
//     The files of the first disk are below /files/.
//     ip=10.0.0.1/24  this address; without it the network is asked for one
#include <algorithm>
#include <array>
#include <new>

#include "kernel/apps/app.hpp"
#include "kernel/apps/http/bytes.hpp"
#include "kernel/apps/http/facts.hpp"
#include "kernel/apps/http/files.hpp"
#include "kernel/apps/http/gather.hpp"
#include "kernel/apps/http/page.hpp"
#include "kernel/apps/http/tcp_stream.hpp"
#include "kernel/base/checks.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/http/server.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/net/address_text.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/platform/files.hpp"
#include "kernel/platform/ipv6_word.hpp"
#include "kernel/platform/network.hpp"
#include "kernel/platform/poller.hpp"

constinit char const apps::help[] =
    "  exit-after=N  end with status 0 after N answers\n"
    "  ip=ADDRESS/PREFIX  our own address; without it the network is asked\n"
    "  ipv6=auto|off|ADDRESS/PREFIX  IPv6: addresses as routers say, none, or this one too\n";

namespace {

using base::Duration;
using base::Instant;

constexpr std::uint16_t backlog = 256;  // connections that wait to be accepted

class WebServer {
public:
    WebServer(platform::Network& network, platform::TcpListener& listener,
              std::span<http::Server::Slot> slots, std::span<apps::TcpStream> streams)
        : network_(network),
          listener_(listener),
          poller_(network),
          server_(router_, slots),
          streams_(streams) {
        poller_.watch(listener_, listener_token());
        if (files_ != nullptr) files_->wait_without(network.lock());
    }

    // Serves until `answers` were given; 0: for ever.
    void run(std::uint64_t answers) {
        serve(answers);
        (void)network_.wait_until_sent(platform::now() + Duration::seconds(5));  // the last answers
    }

private:
    // With the network's lock, from one wait to the next.
    void serve(std::uint64_t answers) {
        platform::NetworkGuard const turn(network_);
        for (;;) {
            bool const more = server_.run(platform::now());
            if (answers != 0 && server_.statistics().answers >= answers) return;
            if (newcomers_) accept();
            wait(more ? Instant() : server_.deadline());
        }
    }

    std::uint16_t listener_token() const { return static_cast<std::uint16_t>(streams_.size()); }

    void wait(Instant deadline) {
        std::array<std::uint16_t, 64> tokens;
        std::size_t const count = poller_.wait(tokens, deadline);
        for (std::size_t i = 0; i < count; ++i) {
            if (tokens[i] == listener_token())
                newcomers_ = true;
            else
                server_.ready(tokens[i]);
        }
    }

    CALLED_SELDOM void accept() {
        // Without room they wait outside; somebody's end will bring us back here.
        while (listener_.has_newcomer()) {
            std::uint16_t const slot = server_.make_room();
            if (slot == http::Server::none) return;
            auto socket = listener_.try_accept();
            if (!socket) break;
            streams_[slot].take(std::move(socket).value());
            poller_.watch(streams_[slot].socket(), slot);
            server_.admit(streams_[slot], platform::now());
        }
        newcomers_ = false;
    }

    static void serve_page(void* self, http::Request const&, std::string_view,
                           http::ResponseWriter& response) {
        apps::write_page(static_cast<WebServer*>(self)->facts(), response);
    }
    static void serve_json(void* self, http::Request const&, std::string_view,
                           http::ResponseWriter& response) {
        apps::write_json(static_cast<WebServer*>(self)->facts(), response);
    }
    static void serve_health(void*, http::Request const&, std::string_view, http::ResponseWriter& response) {
        response.write("ok\n");
    }

    apps::Facts facts() const {
        apps::Facts facts = apps::gather_facts(network_);
        facts.requests = server_.statistics().answers + 1;
        facts.connections = server_.statistics().connections;
        facts.open = server_.statistics().open;
        return facts;
    }

    platform::Network& network_;
    platform::TcpListener& listener_;
    platform::Poller poller_;
    platform::Files* files_ = platform::files(0);
    std::array<http::Route, 5> routes_{{
        {http::Method::Get, http::Route::Match::Whole, "/", serve_page, this},
        {http::Method::Get, http::Route::Match::Whole, "/api/facts", serve_json, this},
        {http::Method::Get, http::Route::Match::Whole, "/health", serve_health, nullptr},
        {http::Method::Get, http::Route::Match::Prefix, "/bytes/", apps::serve_bytes, nullptr},
        {http::Method::Get, http::Route::Match::Prefix, "/files/", apps::serve_file, files_},
    }};
    http::Router router_{routes_};
    http::Server server_;
    std::span<apps::TcpStream> streams_;
    bool newcomers_ = false;
};

// In one piece, for as long as the machine runs; empty when there is none that large.
template <class T>
std::span<T> allocate_array(std::size_t count) {
    auto const memory = memory::allocate(count * sizeof(T));
    if (!memory) return {};
    memory::keep(memory.value());
    std::span<T> const items(static_cast<T*>(memory.value()), count);
    for (T& item : items) ::new (&item) T();
    return items;
}

// What fits into the largest piece of memory that a machine's heap gives. That of a process
// gives larger ones.
constexpr std::size_t usual_connections = 256, most_connections = 16'000;
static_assert(usual_connections * sizeof(http::Server::Slot) <= 4 << 20);

// As many as an eighth of the free memory holds.
std::size_t connections_for(std::uint64_t free_bytes) {
    return std::clamp<std::size_t>(free_bytes / 8 / sizeof(http::Server::Slot), 4, most_connections);
}

}  // namespace

int apps::main(Boot const& boot) {
    std::uint64_t const exit_after = boot.words.number("exit-after").value_or(0);
    auto const own_text = boot.words.value("ip");
    platform::read_ipv6_word(boot.words);
    boot.words.warn_about_the_rest();
    auto const own = net::parse_ipv4_configuration(own_text.value_or(""));
    if (own_text && !own) boot.words.refuse("ip", "an address such as 10.0.0.1/24");

    platform::Network* const network = platform::network(own.value_or(net::Ipv4Configuration()));
    if (!network) return 1;
    auto listener = platform::TcpListener::listen(*network, net::Port(80), backlog);
    if (!listener) {
        base::log_error("http: cannot listen: {}", net::name(listener.error()));
        return 1;
    }
    // As many connections as there is memory for, in one piece each.
    std::size_t count = connections_for(memory::statistics().free_frames << base::page_shift);
    auto slots = allocate_array<http::Server::Slot>(count);
    while (slots.empty() && count > 1) {
        count = count > usual_connections ? usual_connections : count / 2;
        slots = allocate_array<http::Server::Slot>(count);
    }
    auto const streams = allocate_array<TcpStream>(count);
    auto const place = memory::allocate(sizeof(WebServer));
    if (slots.empty() || streams.empty() || !place) {
        base::log_error("http: too little memory for a single connection");
        return 1;
    }
    memory::keep(place.value());
    auto& server = *::new (place.value()) WebServer(*network, listener.value(), slots, streams);

    if (!network->wait_for_address(platform::now() + Duration::seconds(30)))
        base::log_warning("http: no address yet; serving as soon as there is one");
    base::log_info("http: serving up to {} connections on port 80", count);
    PROBE_0(app_ready);
    server.run(exit_after);
    return 0;
}
