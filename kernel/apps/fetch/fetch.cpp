// SPDX-License-Identifier: MIT
//
// A client: asks an HTTP server for the same page again and again, on a new
// connection each time, and compares what comes.
//
//     peer=10.0.0.1[:80]   whom to ask; or www.example.com[:80], a name with a dot, of whose
//                          addresses the first is taken that answers
//     dns=10.0.0.3         who knows names, beside ip=; else DHCP or a router says it
//     ip=10.0.0.2/24       our own address; without it the network is asked
//     count=N              how often (3)
//     bytes=N              how long a page: /bytes/N, whose content is known (4000)
//     patience=MS          how long one answer may take (120000)
//
// Status 0: every answer was right. 1: no network or peer. 2: a wrong answer.
#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "kernel/apps/app.hpp"
#include "kernel/apps/http/bytes.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/net/address_text.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/platform/ipv6_word.hpp"
#include "kernel/platform/network.hpp"
#include "kernel/platform/resolve.hpp"
#include "kernel/platform/socket.hpp"

constinit char const apps::help[] =
    "  peer=ADDRESS|NAME[:PORT]  whom to ask (port 80)\n"
    "  dns=ADDRESS  who knows names, beside ip=\n"
    "  ip=ADDRESS/PREFIX  our own address; without it the network is asked\n"
    "  ipv6=auto|off|ADDRESS/PREFIX  IPv6: addresses as routers say, none, or this one too\n"
    "  count=N  how often (3)\n"
    "  bytes=N  how long a page (4000)\n"
    "  patience=MS  how long one answer may take (120000)\n";

namespace {

using base::Duration;

constexpr std::string_view head_end = "\r\n\r\n";

struct Request {
    std::array<char, 128> text;
    std::size_t length = 0;
    void add(std::string_view more) {
        std::size_t const room = std::min(more.size(), text.size() - length);
        std::memcpy(text.data() + length, more.data(), room);
        length += room;
    }
    void add(std::uint64_t number) {
        std::array<char, 20> digits;
        std::size_t at = digits.size();
        do digits[--at] = static_cast<char>('0' + number % 10);
        while (number /= 10);
        add({digits.data() + at, digits.size() - at});
    }
};

// Reads an answer piece by piece: the status line, the end of the head, then
// the body, every byte of which is known.
class Answer {
public:
    explicit Answer(std::uint64_t wanted) : wanted_(wanted) {}

    bool take(std::span<std::uint8_t const> bytes) {
        for (std::uint8_t const byte : bytes) {
            char const c = static_cast<char>(byte);
            if (in_body_) {
                if (body_ >= wanted_ || c != apps::byte_at(body_)) return false;
                ++body_;
                continue;
            }
            constexpr std::string_view status = "HTTP/1.1 200";
            if (head_ < status.size() && c != status[head_]) return false;
            ++head_;
            matched_ = c == head_end[matched_] ? matched_ + 1 : (c == '\r' ? 1 : 0);
            in_body_ = matched_ == head_end.size();
        }
        return true;
    }
    bool complete() const { return in_body_ && body_ == wanted_; }
    std::uint64_t body() const { return body_; }

private:
    std::uint64_t wanted_;
    std::uint64_t head_ = 0, body_ = 0;
    std::size_t matched_ = 0;
    bool in_body_ = false;
};

bool fetch_once(platform::Network& network, net::Endpoint peer, std::uint64_t bytes, Duration patience) {
    base::Instant const deadline = platform::now() + patience;
    auto connected = platform::TcpSocket::connect(network, peer, deadline);
    if (!connected) {
        base::log_error("fetch: cannot connect: {}", net::name(connected.error()));
        return false;
    }
    platform::TcpSocket& socket = connected.value();
    Request request;
    request.add("GET /bytes/");
    request.add(bytes);
    request.add(" HTTP/1.1\r\nHost: peer\r\nConnection: close\r\n\r\n");
    auto const sent =
        socket.write({reinterpret_cast<std::uint8_t const*>(request.text.data()), request.length}, deadline);
    if (!sent) {
        base::log_error("fetch: cannot send: {}", net::name(sent.error()));
        return false;
    }
    Answer answer(bytes);
    std::array<std::uint8_t, 2048> buffer;
    for (;;) {
        auto const got = socket.read(buffer, deadline);
        if (!got) {
            base::log_error("fetch: cannot read: {}", net::name(got.error()));
            return false;
        }
        if (got.value() == 0) break;
        if (!answer.take(std::span(buffer).first(got.value()))) {
            base::log_error("fetch: wrong answer at byte {} of the page", answer.body());
            return false;
        }
    }
    if (!answer.complete()) base::log_error("fetch: {} bytes of {}", answer.body(), bytes);
    return answer.complete();
}

// Ten thousand octets: more than a stack has to spare.
constinit std::optional<platform::Resolver> resolver;

// A router is asked after a second, may take three to answer [rfc4861 §6.2.6], and the address
// that we make of it is tried out for another.
constexpr Duration patience_for_ipv6 = Duration::seconds(6);
// DHCP has begun at the same time.
constexpr Duration patience_for_ipv4 = Duration::seconds(2);

bool has_named_server(platform::Network& network) {
    platform::NetworkGuard guard(network);
    for (auto const& each : network.stack().ipv6()->routers().name_servers())
        if (each.until > platform::now()) return true;
    return false;
}

// Whoever looks on is told what takes so long.
template <class Wait>
bool wait_aloud(char const* what, base::Instant deadline, Wait wait) {
    base::Instant const soon = std::min(platform::now() + Duration::seconds(1), deadline);
    if (wait(soon)) return true;
    if (platform::now() < soon) return false;  // it will never be
    base::log_info("fetch: waiting for {}", what);
    return wait(deadline);
}

bool wait_for_network(platform::Network& network, std::optional<net::Endpoint> const& peer) {
    auto const in_time = platform::now() + Duration::seconds(30);
    auto const way = [&](net::IpAddress to) {
        return [&network, to](base::Instant until) { return network.wait_for_way_to(to, until); };
    };
    auto const ipv6 = [&](base::Instant until) { return network.wait_for_ipv6(until); };
    if (peer) return wait_aloud("an address of our own", in_time, way(peer->address));
    // A name may have addresses of both versions. One of them will do, if anybody has said who
    // knows names.
    bool const has_v6 = wait_aloud("an IPv6 router", platform::now() + patience_for_ipv6, ipv6);
    bool const is_enough = has_v6 && has_named_server(network);
    bool const has_v4 =
        wait_aloud(is_enough ? "DHCP" : "DHCP: no router names a name server",
                   is_enough ? platform::now() + patience_for_ipv4 : in_time, way(net::Ipv4Address()));
    if (has_v4 && !has_v6 && network.address().name_servers[0].is_unspecified())
        wait_aloud("a router that names a name server", in_time, ipv6);
    return has_v4 || has_v6;
}

// The first of its addresses that takes a connection. [rfc6724 §2]
std::optional<net::Endpoint> find_peer(platform::Network& network, net::NamedEndpoint const& peer,
                                       Duration patience) {
    auto const found = resolver.emplace(network).resolve(peer.name, platform::now() + patience);
    if (!found) {
        base::log_error("fetch: cannot find {}: {}", peer.name, net::name(found.error()));
        return std::nullopt;
    }
    for (net::IpAddress const address : found.value().all()) {
        net::Endpoint const one{address, peer.port};
        auto const connected = platform::TcpSocket::connect(network, one, platform::now() + patience);
        base::log_info("fetch: {} is {}: {}", peer.name, one,
                       connected ? "it answers" : net::name(connected.error()));
        if (connected) return one;
    }
    return std::nullopt;
}

}  // namespace

int apps::main(Boot const& boot) {
    auto const peer_text = boot.words.value("peer");
    auto const own_text = boot.words.value("ip");
    auto const dns_text = boot.words.value("dns");
    std::uint64_t const count = boot.words.number("count").value_or(3);
    std::uint64_t const bytes = boot.words.number("bytes").value_or(4000);
    Duration const patience = Duration::milliseconds(
        static_cast<std::int64_t>(boot.words.number("patience", 0, 86'400'000).value_or(120'000)));
    platform::read_ipv6_word(boot.words);
    boot.words.warn_about_the_rest();

    auto peer = net::parse_endpoint(peer_text.value_or(""), net::Port(80));
    auto const named = net::parse_named_endpoint(peer_text.value_or(""), net::Port(80));
    auto own = net::parse_ipv4_configuration(own_text.value_or(""));
    auto const dns = net::parse_ipv4(dns_text.value_or(""));
    if (!peer && !named)
        boot.words.refuse("peer", "an address such as 10.0.0.1 or a name such as www.example.com");
    if (own_text && !own) boot.words.refuse("ip", "an address such as 10.0.0.2/24");
    if (dns_text && (!dns || !own)) boot.words.refuse("dns", "an address, beside one of our own (ip=)");
    if (dns) own->name_servers[0] = *dns;
    platform::Network* const network = platform::network(own.value_or(net::Ipv4Configuration()));
    if (!network || !wait_for_network(*network, peer)) {
        base::log_error("fetch: no network");
        return 1;
    }
    PROBE_0(app_ready);
    if (!peer) peer = find_peer(*network, *named, patience);
    if (!peer) return 1;
    for (std::uint64_t i = 1; i <= count; ++i) {
        if (!fetch_once(*network, *peer, bytes, patience)) return 2;
        base::log_info("fetch: answer {} of {} is right", i, count);
    }
    return 0;
}
